//! What CI runs, one line a step, so that a failure can be repeated by copy and paste.

mod compatibility;
mod document;
mod outcome;
mod tools;

use std::process::Command;

use anyhow::bail;
use compatibility::RUST;
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
    // Alone, so that no other crate switches on what it needs.
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

/// Runs all steps, and stops at the first that fails.
pub fn run() -> anyhow::Result<()> {
    cargo_steps()?;
    say("all steps passed");
    Ok(())
}

/// Runs all steps, and then those that need more than cargo, or long.
pub fn run_full(allow_missing: bool) -> anyhow::Result<()> {
    cargo_steps()?;
    say("cargo xtask package --build");
    package::build()?;
    let mut outcomes = judge()?;
    say(&format!("Rust {RUST} compiles the workspace"));
    outcomes.push(("the oldest Rust", compatibility::oldest_rust()));
    say("cargo-semver-checks compares the interfaces");
    outcomes.push(("cargo-semver-checks", compatibility::interfaces()));
    say("promtool tests the alert rules");
    match alerts() {
        // It cannot be installed from a registry, so it is no condition.
        Outcome::NotRun(reason) => say(&format!("NOT RUN: promtool: {reason}")),
        outcome => outcomes.push(("promtool", outcome)),
    }
    conclude(&outcomes, allow_missing)?;
    say("all steps passed");
    Ok(())
}

/// Tests the alert rules of the documents; promtool comes with Prometheus, which a system installs.
fn alerts() -> Outcome {
    let mut test = Command::new("promtool");
    Outcome::of(
        test.args(["test", "rules", "tests/alerts_test.yml"])
            .current_dir(root()),
    )
}

/// Lets validators of others judge the OpenAPI document.
///
/// A step whose tool cannot be had is named at the end. It is a failure unless `allow_missing`.
pub fn document(allow_missing: bool) -> anyhow::Result<()> {
    conclude(&judge()?, allow_missing)
}

fn judge() -> anyhow::Result<Vec<(&'static str, Outcome)>> {
    let judged = VALIDATORS.iter().map(|validator| {
        let package = validator.tool.package;
        say(&format!("{package} judges the document"));
        Ok((package, validator.judge()?))
    });
    judged.collect()
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
