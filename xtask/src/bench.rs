//! Benchmarks: ratios within one run, of the program as it is released.

mod process;
mod sync;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, bail};
use clap::ValueEnum;

/// What is measured.
#[derive(Clone, Copy, ValueEnum)]
pub enum Bench {
    /// `sync` at no rate limit: entries a CPU second, peak memory at 10,000 messages and at a million.
    Sync,
}

/// Builds the program for release and measures it.
pub fn run(bench: Bench) -> anyhow::Result<()> {
    let program = build()?;
    match bench {
        Bench::Sync => sync::run(&program),
    }
}

fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--release",
            "-p",
            "zoom-chat-cli",
            "--message-format=json",
        ])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !built.status.success() {
        bail!("the program cannot be built");
    }
    let lines = String::from_utf8(built.stdout)?;
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo names no program")
}
