//! What CI runs, one line a step, so that a failure can be repeated by copy and paste.

mod tools;

use std::{env, process::Command};

use anyhow::bail;
use tools::{Outcome, TOOLS};

/// Each step: a cargo command, with the environment it needs.
const STEPS: [(&str, &[(&str, &str)]); 7] = [
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
];

/// Runs all steps, and stops at the first that fails.
pub fn run() -> anyhow::Result<()> {
    cargo_steps()?;
    say("all steps passed");
    Ok(())
}

/// Runs all steps, and then those that need Node and Python.
pub fn run_full(allow_missing: bool) -> anyhow::Result<()> {
    cargo_steps()?;
    say("cargo xtask document");
    document(allow_missing)?;
    say("all steps passed");
    Ok(())
}

/// Lets tools of others judge the OpenAPI document.
///
/// A step whose tool cannot be had is named at the end. It is a failure unless `allow_missing`.
pub fn document(allow_missing: bool) -> anyhow::Result<()> {
    let mut outcomes = Vec::new();
    for tool in &TOOLS {
        say(&format!("{} judges the document", tool.package));
        outcomes.push((tool.package, tool.check()?));
    }
    conclude(&outcomes, allow_missing)
}

fn cargo_steps() -> anyhow::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (step, variables) in STEPS {
        let shown: String = variables
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\" "))
            .collect();
        say(&format!("{shown}cargo {step}"));
        let status = Command::new(&cargo)
            .args(step.split(' '))
            .envs(variables.iter().copied())
            .status()?;
        if !status.success() {
            bail!("`{shown}cargo {step}` failed");
        }
    }
    Ok(())
}

/// Names what was not run, and fails if a step failed or must not be missing.
fn conclude(outcomes: &[(&str, Outcome)], allow_missing: bool) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    let mut missing = Vec::new();
    for (step, outcome) in outcomes {
        match outcome {
            Outcome::Passed => {}
            Outcome::Failed => failed.push(*step),
            Outcome::NotRun(reason) => {
                say(&format!("NOT RUN: {step}: {reason}"));
                missing.push(*step);
            }
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    if !missing.is_empty() && !allow_missing {
        bail!(
            "not run: {}; install Node and Python, or give --allow-missing",
            missing.join(", ")
        );
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a task says what it does")]
fn say(text: &str) {
    println!("::: {text}");
}

#[cfg(test)]
mod tests {
    use super::{Outcome, conclude};

    #[test]
    fn a_step_that_was_not_run_is_a_failure_unless_it_may_be_missing() {
        let not_run = || Outcome::NotRun("no npm".to_owned());
        let passed = ("a", Outcome::Passed);
        assert!(conclude(std::slice::from_ref(&passed), false).is_ok());
        let outcomes = [passed, ("b", not_run())];
        let error = conclude(&outcomes, false).expect_err("missing").to_string();
        assert!(error.starts_with("not run: b;"), "{error}");
        assert!(conclude(&outcomes, true).is_ok());
        let outcomes = [("b", not_run()), ("c", Outcome::Failed)];
        let error = conclude(&outcomes, true).expect_err("failed").to_string();
        assert_eq!(error, "failed: c");
    }
}
