//! Spelling of the whole tree, and the rules for dependencies (`typos.toml`, `deny.toml`).

use std::process::Command;

use super::{
    outcome::Outcome,
    tools::{Registry, Tool},
};
use crate::workspace::root;

const TYPOS: Tool = Tool {
    package: "typos",
    version: "1.52.0",
    registry: Registry::PyPi,
    binary: "bin/typos",
};

const DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    registry: Registry::Cargo,
    binary: "bin/cargo-deny",
};

/// Looks for misspelt words in all files of the repository.
pub fn typos() -> Outcome {
    run(&TYPOS, &[])
}

/// Holds the dependencies against these groups of rules.
pub fn dependencies(groups: &[&str]) -> Outcome {
    run(&DENY, &[&["--locked", "check"], groups].concat())
}

fn run(tool: &Tool, arguments: &[&str]) -> Outcome {
    match tool.installed() {
        Ok(folder) => Outcome::of(
            Command::new(folder.join(tool.binary))
                .args(arguments)
                .current_dir(root()),
        ),
        Err(reason) => Outcome::NotRun(reason),
    }
}
