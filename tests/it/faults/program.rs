//! The real program under faults: 03, 05, 09, 14, 25, 40, and never exit 0 with less.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
    thread,
};

use serde_json::Value;
use zoom_chat_reports_sandbox::{Sandbox, TruthKind};

use crate::support::{self, truth};

use super::{ACCOUNT, account, month};

/// The program, pointed at an account; nothing of this process's environment that it would heed.
pub fn program(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-chat-under-test"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("ZOOM_") || name == "CREDENTIALS_DIRECTORY" || name == "COLUMNS" {
            command.env_remove(&*name);
        }
    }
    command
        .args(arguments)
        .env("ZOOM_API_URL", sandbox.api_url())
        .env("ZOOM_AUTH_URL", sandbox.auth_url())
        .env("ZOOM_ACCOUNT_ID", sandbox.account_id())
        .env("ZOOM_CLIENT_ID", sandbox.client_id())
        .env("ZOOM_CLIENT_SECRET", sandbox.client_secret())
        .stdin(Stdio::null());
    command
}

/// All messages of the month, fast.
pub const MONTH: [&str; 8] = [
    "messages",
    "--all",
    "--everything",
    "--from=2026-08-01",
    "--to=2026-08-31",
    "--plan=2000",
    "--page-size=20",
    "--quiet",
];

/// Runs a command beside the runtime that serves the account.
pub async fn output(mut command: Command) -> Output {
    let run = thread::spawn(move || command.output().unwrap());
    while !run.is_finished() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    run.join().unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Session, kind and id; several edits of one message share them, so they are counted.
type Lines = BTreeMap<(String, String, String), usize>;

fn printed(stdout: &str) -> Lines {
    let mut keys = Lines::new();
    for line in stdout.lines() {
        // A lone surrogate is no text in Rust: any other character stands in for it.
        let line = line.replace("\\ud", "\\u0").replace("\\uD", "\\u0");
        let line: Value = serde_json::from_str(&line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = (
            text(&line["session_id"]),
            text(&line["kind"]),
            text(&line["message"]["id"]),
        );
        *keys.entry(key).or_default() += 1;
    }
    keys
}

fn due(sandbox: &Sandbox) -> Lines {
    let mut keys = Lines::new();
    for ((session, kind, id, ..), count) in truth(sandbox, &month()).1 {
        let kind = match kind {
            TruthKind::Sent => "sent",
            TruthKind::Edited => "edited",
            TruthKind::Deleted => "deleted",
        };
        *keys.entry((session, kind.to_owned(), id)).or_default() += count;
    }
    keys
}

/// Fails unless a rerun without faults exits 0 with all of the month.
async fn assert_rerun_is_whole(sandbox: &Sandbox) {
    sandbox.clear_faults();
    let output = output(program(sandbox, &MONTH)).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(printed(text(&output.stdout)) == due(sandbox));
}

/// Fails if anything was printed that does not exist. What two windows share may stand there twice,
/// once of a window that was not read to its end.
fn assert_part(sandbox: &Sandbox, stdout: &str) {
    let due = due(sandbox);
    for (key, count) in printed(stdout) {
        assert!(
            due.get(&key).is_some_and(|most| count <= 2 * *most),
            "{key:?}"
        );
    }
}

#[tokio::test]
async fn fault_03_a_wait_that_is_too_long_is_incomplete_and_says_when_to_go_on() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let fault = "messages:nth=25:times=0:status=429:header=Retry-After=7200";
    sandbox.add_fault(fault.parse().unwrap());
    let output = output(program(&sandbox, &MONTH)).await;
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(
        said.contains("hint: try again after 2026-11-20T14:"),
        "{said}"
    );
    assert!(!said.contains("of the day"), "{said}");
    assert!(!output.stdout.is_empty());
}

#[tokio::test]
async fn fault_03_the_program_keeps_what_it_has_and_exits_5_with_the_instant() {
    let sandbox = support::sandbox(&format!("{ACCOUNT},daily_limit=40")).await;
    let output = output(program(&sandbox, &MONTH)).await;
    assert_eq!(output.status.code(), Some(5));
    let said = text(&output.stderr);
    assert!(
        said.contains("hint: try again after 2026-11-21T00:00:00Z"),
        "{said}"
    );
    assert!(said.contains("missing: "), "{said}");
    assert!(!output.stdout.is_empty());
    assert_part(&sandbox, text(&output.stdout));
}

#[tokio::test]
async fn fault_05_the_program_comes_through_failures_with_exit_0() {
    let faults = [
        "messages:nth=4:times=2:status=503",
        "messages:nth=9:cut_after=500",
        "sessions:nth=2:status=502",
        "messages:nth=15:status=429:header=Retry-After=1",
        "messages:nth=20:expire_token",
        "messages:page=2:nth=3:expire_page_token",
    ];
    let sandbox = account(ACCOUNT, &faults).await;
    let output = output(program(&sandbox, &MONTH)).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    assert!(printed(text(&output.stdout)) == due(&sandbox));
}

#[tokio::test]
async fn fault_09_an_error_is_never_an_account_without_messages() {
    for fault in [
        "sessions:times=0:status=200:body={\"code\"%3A300}",
        "sessions:times=0:status=404",
        "sessions:times=0:status=403",
    ] {
        let sandbox = account(ACCOUNT, &[fault]).await;
        let output = output(program(&sandbox, &MONTH)).await;
        assert_ne!(output.status.code(), Some(0), "{fault}");
        assert!(!output.stderr.is_empty(), "{fault}");
        assert_part(&sandbox, text(&output.stdout));
        assert_rerun_is_whole(&sandbox).await;
    }
}

#[tokio::test]
async fn fault_14_refused_credentials_exit_4_and_the_secret_is_not_shown() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let mut command = program(&sandbox, &MONTH);
    command.env("ZOOM_CLIENT_SECRET", "CANARY-SECRET");
    let output = output(command).await;
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stdout.is_empty());
    let said = text(&output.stderr);
    assert!(
        said.contains("invalid_client") && said.contains("hint: "),
        "{said}"
    );
    assert!(!said.contains("CANARY"));
    assert_eq!(sandbox.stats().count("token", 400), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn fault_25_a_signal_ends_the_run_with_a_summary_and_its_own_code() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = support::sandbox(&format!("{ACCOUNT},latency_ms=20")).await;
        let mut command = program(&sandbox, &MONTH);
        // Slow enough to be stopped in the middle.
        command.args(["--share=0.02"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let run = thread::spawn(move || {
            let mut child = command.spawn().unwrap();
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            let mut printed = String::new();
            stdout.read_line(&mut printed).unwrap();
            let id = child.id().to_string();
            let kill = Command::new("kill").args(["-s", signal, &id]).status();
            assert!(kill.unwrap().success());
            stdout.read_to_string(&mut printed).unwrap();
            (printed, child.wait_with_output().unwrap())
        });
        while !run.is_finished() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let (stdout, output) = run.join().unwrap();
        assert_eq!(output.status.code(), Some(code));
        let said = text(&output.stderr);
        assert!(
            said.contains(&format!("interrupted by SIG{signal}")),
            "{said}"
        );
        assert!(said.contains("missing: "), "{said}");
        assert!(said.contains("not read: the run ended first"), "{said}");
        assert!(stdout.ends_with('\n'));
        assert_part(&sandbox, &stdout);
        assert!(printed(&stdout).len() < due(&sandbox).len());
        assert_rerun_is_whole(&sandbox).await;
    }
}

#[tokio::test]
async fn fault_40_one_session_that_fails_is_listed_and_exits_3() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let bad = sandbox.session_ids()[1].clone();
    let fault = format!(
        "messages:session={}:times=0:status=400:body={{\"code\"%3A1010%2C\"message\"%3A\"CANARY\"}}",
        bad.replace(':', "%3A")
    );
    sandbox.add_fault(fault.parse().unwrap());
    let output = output(program(&sandbox, &MONTH)).await;
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(
        said.contains(&format!("missing: session {bad}: ")),
        "{said}"
    );
    assert!(said.contains("400 Bad Request (Zoom code 1010)"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(!said.contains("CANARY"));
    let mut others = due(&sandbox);
    others.retain(|key, _| key.0 != bad);
    assert!(printed(text(&output.stdout)) == others);
    assert_rerun_is_whole(&sandbox).await;
}
