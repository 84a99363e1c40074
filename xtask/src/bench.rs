//! Benchmarks: ratios within one run, of the program as it is released.

mod memory;
mod pacing;
mod process;
mod server;
mod sync;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, bail};
use clap::ValueEnum;

/// What is measured.
#[derive(Clone, Copy, ValueEnum)]
pub enum Bench {
    /// `sync` at no rate limit: entries a CPU second, peak memory at 10,000 messages and at a million.
    Sync,
    /// `messages` at no rate limit: peak memory at 100,000 messages and at a million, with a reader
    /// that stops for a minute, and with pages of 8 MB.
    Memory,
    /// `messages` at 20 and 60 requests a second: how much of the rate is used, and how often it is
    /// overstepped.
    Pacing,
}

/// Which rows of a benchmark are run.
pub struct Only(pub Option<String>);

impl Only {
    /// Whether a row of this name is.
    fn takes(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|text| name.contains(text))
    }
}

/// Builds the program for release and measures it.
pub fn run(bench: Bench, only: &Only) -> anyhow::Result<()> {
    let program = build()?;
    match bench {
        Bench::Sync => sync::run(&program, only),
        Bench::Memory => memory::run(&program, only),
        Bench::Pacing => pacing::run(&program, only),
    }
}

/// Says what was found, what was asked for, and whether that was met.
#[expect(clippy::print_stdout, reason = "a task says what it found")]
fn judge(what: &str, figure: &str, asked: &str, met: bool) {
    let verdict = if met { "met" } else { "MISSED" };
    println!("{what:<30}  {figure:>9}, asked {asked:>6}: {verdict}");
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
