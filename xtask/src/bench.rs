//! Benchmarks of the program in its release build. They compare figures within one run.

mod memory;
mod pacing;
mod process;
mod report;
mod server;
mod sync;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, bail};
use clap::ValueEnum;
pub use report::Filter;

/// A benchmark.
#[derive(Clone, Copy, ValueEnum)]
pub enum Bench {
    /// `sync` without a rate limit: entries per CPU second, peak memory at 10,000 messages and at a million.
    Sync,
    /// `messages` without a rate limit: peak memory at 100,000 messages and at a million, with a reader
    /// that stops for a minute, and with pages of 8 MB.
    Memory,
    /// `messages` at 20 and 60 requests a second: the used part of the rate, and how many requests
    /// exceed it.
    Pacing,
}

/// Builds the program for release and measures it.
pub fn run(bench: Bench, only: &Filter) -> anyhow::Result<()> {
    let program = build()?;
    match bench {
        Bench::Sync => sync::run(&program, only),
        Bench::Memory => memory::run(&program, only),
        Bench::Pacing => pacing::run(&program, only),
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
