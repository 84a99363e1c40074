//! Runs the steps of CI. Prints the command of each, so that a failure can be repeated by copy and paste.

mod compatibility;
mod document;
mod habits;
mod outcome;
mod tools;

use std::process::Command;

use anyhow::bail;
use clap::ValueEnum;
use document::VALIDATORS;
use outcome::{Outcome, conclude};

use crate::{
    package,
    workspace::{cargo, root, say},
};

/// Each step: a cargo command, with the environment it needs.
const STEPS: [(&str, &[(&str, &str)]); 8] = [
    ("fmt --all --check", &[]),
    (
        "clippy --workspace --all-targets --locked -- -D warnings",
        &[],
    ),
    // Alone, so that no other crate switches on a feature that these need.
    ("check -p zoom-chat-reports --locked", &[]),
    ("check -p zoom-chat-archive --locked", &[]),
    ("xtask codegen --check", &[]),
    ("test --workspace", &[("INSTA_UPDATE", "no")]),
    (
        "doc --workspace --no-deps --locked",
        &[("RUSTDOCFLAGS", "-D warnings")],
    ),
    ("xtask package", &[]),
];

/// A step that needs more than cargo, or much time.
#[derive(Clone, Copy, ValueEnum)]
pub enum Step {
    /// Compile the workspace with the oldest Rust that Cargo.toml names; rustup installs it.
    OldestRust,
    /// Check each published crate alone, with its default features.
    Crates,
    /// Compare the public interfaces with those of an earlier commit (cargo-semver-checks).
    Interfaces,
    /// Look for misspelt words (typos).
    Typos,
    /// Check licences, duplicates and sources of all dependencies (cargo-deny).
    Dependencies,
    /// Look for advisories about dependencies (cargo-deny); needs GitHub, so `--full` leaves it out.
    Advisories,
    /// Test the alert rules with promtool, if the system has it.
    Alerts,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::OldestRust => "oldest-rust",
            Self::Crates => "crates",
            Self::Interfaces => "interfaces",
            Self::Typos => "typos",
            Self::Dependencies => "dependencies",
            Self::Advisories => "advisories",
            Self::Alerts => "alerts",
        }
    }

    /// Whether `--full` runs it.
    fn is_in_full(self) -> bool {
        !matches!(self, Self::Advisories)
    }

    /// Whether its tool can be installed from a registry. A missing tool is no failure otherwise.
    fn is_required(self) -> bool {
        !matches!(self, Self::Alerts)
    }

    fn run(self) -> Outcome {
        say(&format!("cargo xtask ci --only {}", self.name()));
        match self {
            Self::OldestRust => compatibility::oldest_rust(),
            Self::Crates => crates(),
            Self::Interfaces => compatibility::interfaces(),
            Self::Typos => habits::typos(),
            Self::Dependencies => habits::dependencies(&["bans", "licenses", "sources"]),
            Self::Advisories => habits::dependencies(&["advisories"]),
            Self::Alerts => alerts(),
        }
    }
}

/// Runs the cargo steps, and stops at the first that fails.
pub fn run() -> anyhow::Result<()> {
    cargo_steps()?;
    say("all steps passed");
    Ok(())
}

/// Runs all steps.
pub fn run_full(allow_missing: bool) -> anyhow::Result<()> {
    cargo_steps()?;
    say("cargo xtask package --build");
    package::build()?;
    let mut outcomes = validate()?;
    for step in Step::value_variants() {
        if !step.is_in_full() {
            let name = step.name();
            say(&format!(
                "NOT RUN: {name}: it needs GitHub; run `cargo xtask ci --only {name}`"
            ));
            continue;
        }
        match step.run() {
            Outcome::NotRun(reason) if !step.is_required() => {
                say(&format!("NOT RUN: {}: {reason}", step.name()));
            }
            outcome => outcomes.push((step.name(), outcome)),
        }
    }
    conclude(&outcomes, allow_missing)?;
    say("all steps passed");
    Ok(())
}

/// Runs one step alone.
pub fn run_only(step: Step, allow_missing: bool) -> anyhow::Result<()> {
    conclude(&[(step.name(), step.run())], allow_missing)
}

/// Checks the OpenAPI document with validators that others wrote.
pub fn document(allow_missing: bool) -> anyhow::Result<()> {
    conclude(&validate()?, allow_missing)
}

fn validate() -> anyhow::Result<Vec<(&'static str, Outcome)>> {
    let outcomes = VALIDATORS.iter().map(|validator| {
        let package = validator.tool.package;
        say(&format!("{package} checks the document"));
        Ok((package, validator.validate()?))
    });
    outcomes.collect()
}

/// Checks each crate alone: no other crate switches on a feature that it needs.
fn crates() -> Outcome {
    package::CRATES
        .iter()
        .map(|name| Outcome::of(cargo().args(["check", "--locked", "-p", name])))
        .find(|outcome| *outcome != Outcome::Passed)
        .unwrap_or(Outcome::Passed)
}

/// Tests the alert rules of the documents. promtool is part of Prometheus, which a system installs.
fn alerts() -> Outcome {
    let mut test = Command::new("promtool");
    Outcome::of(
        test.args(["test", "rules", "tests/alerts_test.yml"])
            .current_dir(root()),
    )
}

fn cargo_steps() -> anyhow::Result<()> {
    for (step, variables) in STEPS {
        let shown: String = variables
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\" "))
            .collect();
        say(&format!("{shown}cargo {step}"));
        let status = cargo()
            .args(step.split(' '))
            .envs(variables.iter().copied())
            .status()?;
        if !status.success() {
            bail!("`{shown}cargo {step}` failed");
        }
    }
    Ok(())
}
