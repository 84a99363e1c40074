//! Two promises to users: the oldest compiler, and an interface that does not break silently.

use std::process::Command;

use super::{
    outcome::Outcome,
    tools::{Registry, Tool},
};
use crate::workspace::{root, target};

/// The oldest Rust that builds the crates.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The present interfaces are compared with those of this commit. An intended break goes into the
/// changelog, and this constant moves to its commit.
const BASELINE: &str = "29aaceb7c9f3caabe892d3617ec22601dfd9b79f";

/// The crates whose interfaces are for others.
const LIBRARIES: [&str; 4] = [
    "zoom-chat-reports",
    "zoom-chat-reports-sandbox",
    "zoom-chat-reports-httpmock",
    "zoom-chat-archive",
];

const SEMVER: Tool = Tool {
    package: "cargo-semver-checks",
    version: "0.51.0",
    registry: Registry::Cargo,
    binary: "bin/cargo-semver-checks",
};

/// Compiles the workspace with the oldest Rust; rustup installs it.
pub fn oldest_rust() -> Outcome {
    let installed = Command::new("rustup")
        .args(["toolchain", "install", RUST, "--profile", "minimal"])
        .status();
    match installed {
        Ok(status) if status.success() => {}
        Ok(_) => return Outcome::NotRun(format!("rustup cannot install Rust {RUST}")),
        Err(error) => return Outcome::NotRun(format!("there is no rustup: {error}")),
    }
    let mut command = Command::new("rustup");
    command.args(["run", RUST, "cargo", "check"]);
    command.args(["--workspace", "--all-features", "--locked"]);
    // Otherwise each of the two compilers would discard what the other built.
    command.env("CARGO_TARGET_DIR", target().join("oldest-rust"));
    // Cargo sets these to its own compiler.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    Outcome::of(command.current_dir(root()))
}

/// Compares the public interfaces with those of the baseline.
pub fn interfaces() -> Outcome {
    let known = format!("{BASELINE}^{{commit}}");
    let known = Command::new("git")
        .args(["cat-file", "-e", &known])
        .current_dir(root())
        .status();
    if !known.is_ok_and(|status| status.success()) {
        return Outcome::NotRun(format!("this clone does not hold {BASELINE}"));
    }
    let folder = match SEMVER.installed() {
        Ok(folder) => folder,
        Err(reason) => return Outcome::NotRun(reason),
    };
    let mut command = Command::new(folder.join(SEMVER.binary));
    command.args([
        "semver-checks",
        "--all-features",
        "--baseline-rev",
        BASELINE,
    ]);
    command.args(LIBRARIES.iter().flat_map(|name| ["-p", name]));
    Outcome::of(command.current_dir(root()))
}
