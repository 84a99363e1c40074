//! How each step ended, and whether all of them together passed.

use std::process::Command;

use anyhow::bail;

use crate::workspace::say;

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// A tool is missing; the text says why.
    NotRun(String),
}

impl Outcome {
    /// Runs a command. One that cannot be started counts as not run.
    pub fn of(command: &mut Command) -> Self {
        match command.status() {
            Ok(status) if status.success() => Self::Passed,
            Ok(_) => Self::Failed,
            // For instance because Python was removed after the tool was installed.
            Err(error) => Self::NotRun(format!("it cannot be started: {error}")),
        }
    }
}

/// Names the steps that were not run. Fails if a step failed, or was not run and must not be missing.
pub fn conclude(outcomes: &[(&str, Outcome)], allow_missing: bool) -> anyhow::Result<()> {
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
            "not run: {}; install their tools, or give --allow-missing",
            missing.join(", ")
        );
    }
    Ok(())
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
