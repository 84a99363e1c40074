//! The program as its users run it: the real binary, its streams and its exit codes.

mod account;
mod archive;
mod arguments;
mod completions;
mod endings;
mod lies;
mod messages;
mod outages;
mod progress;
mod try_it;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
    time::Duration,
};

use httpmock::MockServer;
use serde_json::Value;
use zoom_chat_reports_sandbox::{Sandbox, Settings, TruthKind};

const SMALL: &str = "--sandbox=seed=7,sessions=5,messages=300";
/// The same account with texts in many scripts, markup and odd items.
const HOSTILE: &str = "--sandbox=seed=7,sessions=5,messages=300,quirks=yes";

/// The program, with nothing of this process's environment that it would heed.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-chat-under-test"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("ZOOM_") || name == "CREDENTIALS_DIRECTORY" || name == "COLUMNS" {
            command.env_remove(&*name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal killed it")
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

fn lines(output: &Output) -> Vec<&str> {
    str::from_utf8(&output.stdout).unwrap().lines().collect()
}

/// A line as JSON. Lone surrogates are no text in Rust: any other character stands in for them.
fn json(line: &str) -> Value {
    serde_json::from_str(&line.replace("\\ud", "\\u0").replace("\\uD", "\\u0")).unwrap()
}

/// Text without the commands to the terminal.
fn visible(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut visible = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(char::is_alphabetic)
            .map_or(part.len(), |at| at + 1);
        visible.push_str(&part[end..]);
    }
    visible
}
