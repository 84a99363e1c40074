//! The program as its users run it: the real binary, its streams and its exit codes.

mod account;
mod archive;
mod arguments;
mod completions;
mod endings;
mod lies;
mod messages;
mod outages;
mod output;
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

/// A terminal of this width: its screen, and the side that a program writes to.
#[cfg(target_os = "linux")]
fn terminal(columns: u16) -> (File, File) {
    use rustix::{
        pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
        termios::{Winsize, tcsetwinsize},
    };

    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&screen, size).unwrap();
    let path = ptsname(&screen, Vec::new()).unwrap();
    let mut options = File::options();
    let side = options.read(true).write(true).open(path.to_str().unwrap());
    (File::from(screen), side.unwrap())
}

/// Everything that is drawn on a terminal until the last program has left it.
#[cfg(target_os = "linux")]
fn drawn_on(mut screen: File) -> String {
    let (mut drawn, mut buffer) = (Vec::new(), [0; 4096]);
    // Reading fails when the last user of the other side has gone.
    while let Ok(length @ 1..) = screen.read(&mut buffer) {
        drawn.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8(drawn).unwrap()
}
