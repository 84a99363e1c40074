//! What CI runs, one line a step, so that a failure can be repeated by copy and paste.

use std::{env, process::Command};

use anyhow::bail;

/// Each step: a cargo command, with the environment it needs.
const STEPS: [(&str, &[(&str, &str)]); 5] = [
    ("fmt --all --check", &[]),
    (
        "clippy --workspace --all-targets --locked -- -D warnings",
        &[],
    ),
    ("xtask codegen --check", &[]),
    ("test --workspace", &[("INSTA_UPDATE", "no")]),
    (
        "doc --workspace --no-deps --locked",
        &[("RUSTDOCFLAGS", "-D warnings")],
    ),
];

/// Runs all steps, and stops at the first that fails.
#[expect(clippy::print_stdout, reason = "a task says what it does")]
pub fn run() -> anyhow::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (step, variables) in STEPS {
        let shown: String = variables
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\" "))
            .collect();
        println!("::: {shown}cargo {step}");
        let status = Command::new(&cargo)
            .args(step.split(' '))
            .envs(variables.iter().copied())
            .status()?;
        if !status.success() {
            bail!("`{shown}cargo {step}` failed");
        }
    }
    println!("::: all steps passed");
    Ok(())
}
