//! Writes that fail: each in its turn, once or from then on, or half done.
//!
//! A library that is loaded before libc makes them fail, so this needs Linux and a C compiler.
//! `ZOOM_CHAT_WRITES=all` tries every write of a sync; usually a part of them is.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use zoom_chat_archive::{Archive, ErrorKind, OpenOptions};
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, assert_whole, keys, read};
use crate::support::{Key, sandbox};

/// How many writes are tried where not all are.
const TRIED: u64 = 60;

/// `EIO` and `ENOSPC`, as Linux numbers them.
const ERRORS: [(&str, &str); 2] = [("5", "Input/output error"), ("28", "No space left")];

/// Compiles the library that makes writes fail.
fn library(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/archive/fail_writes.c");
    let library = folder.join("fail_writes.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .status()
        .expect("a C compiler");
    assert!(compiled.success());
    library
}

/// A program that syncs, killed if it hangs.
fn program(sandbox: &Sandbox, archive: &Path) -> Command {
    let mut command = Command::new("timeout");
    command
        .args([
            "-s",
            "KILL",
            "60",
            env!("CARGO_BIN_EXE_zoom-chat-under-test"),
        ])
        .args(["sync", "--json", "--plan", "100000"])
        .arg(archive)
        .env("ZOOM_API_URL", sandbox.api_url())
        .env("ZOOM_AUTH_URL", sandbox.auth_url())
        .env("ZOOM_ACCOUNT_ID", sandbox.account_id())
        .env("ZOOM_CLIENT_ID", sandbox.client_id())
        .env("ZOOM_CLIENT_SECRET", sandbox.client_secret())
        .stdin(Stdio::null());
    command
}

async fn ended(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

/// What a failing write must leave: nothing at all yet, or a whole archive.
fn assert_nothing_is_damaged(context: &str, path: &Path) {
    match Archive::open_read_only(path, &OpenOptions::default()) {
        Ok(archive) => assert_whole(&archive),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotAnArchive, "{context}: {error}"),
    }
}

/// The calls of a sync that changed something in an archive, in their order: what was done, and to which of its files.
async fn calls_of_a_sync(sandbox: &Sandbox, place: &Place) -> Vec<(String, String)> {
    let tools = tempfile::tempdir().unwrap();
    let record = tools.path().join("record");
    let mut command = program(sandbox, &place.path());
    command
        .env("LD_PRELOAD", library(tools.path()))
        .env("FAIL_UNDER", place.path().parent().unwrap())
        .env("FAIL_RECORD", &record);
    let output = ended(command).await;
    assert!(output.status.success(), "{output:?}");
    let root = place.path().parent().unwrap().display().to_string();
    let text = std::fs::read_to_string(record).unwrap();
    text.lines()
        .map(|line| {
            let (what, path) = line.split_once(' ').unwrap();
            (what.to_owned(), path.replacen(&root, "", 1))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ledger_tells_of_is_on_the_disk_before_it_and_the_head_before_it_is_printed() {
    let sandbox = sandbox("sessions=3,messages=400").await;
    let place = Place::new();
    let calls = calls_of_a_sync(&sandbox, &place).await;
    let is =
        |place: usize, what: &str, path: &str| calls[place] == (what.to_owned(), path.to_owned());
    let next = |from: usize, what: &str, path: &str| {
        (from..calls.len()).find(|place| is(*place, what, path))
    };
    let last = |until: usize, what: &str, path: &str| {
        (0..until).rev().find(|place| is(*place, what, path))
    };
    let log = "/archive/archive.db-wal";
    let after_log = |from: usize| next(from, "write", log).unwrap();

    // A new folder outlives a loss of power, and what lies in it.
    let made = next(0, "make", "/archive").unwrap();
    assert!(next(made, "sync", "").unwrap() < after_log(0));
    assert!(next(made, "sync", "/archive").unwrap() < after_log(0));

    let mut files = 0;
    for at in 0..calls.len() {
        let (what, path) = &calls[at];
        if what == "to" && path.starts_with("/archive/files/") {
            files += 1;
            // The bytes first, then the name, then the row that tells of it.
            let part = &calls[at - 1].1;
            let (written, synced) = (last(at, "write", part), last(at, "sync", part));
            assert!(synced.is_some() && written < synced, "{path}");
            let folder = path.rsplit_once('/').unwrap().0;
            assert!(next(at, "sync", folder).unwrap() < after_log(at), "{path}");
        }
        if what == "make" && path.starts_with("/archive/files/") {
            assert!(
                next(at, "sync", "/archive/files").unwrap() < after_log(at),
                "{path}"
            );
        }
    }
    assert!(files > 5, "{files}");

    // The last rows are in the log, or moved into the database, and synced before the head is printed.
    let printed = calls.iter().position(|(what, _)| what == "print").unwrap();
    let (written, synced) = (last(printed, "write", log), last(printed, "sync", log));
    assert!(written.unwrap() < synced.unwrap());
    let database = "/archive/archive.db";
    let (written, synced) = (
        last(printed, "write", database),
        last(printed, "sync", database),
    );
    assert!(written.unwrap() < synced.unwrap());
    assert_eq!(next(printed, "write", log), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_26_a_write_that_fails_is_told_and_the_next_sync_heals() {
    let sandbox = sandbox("sessions=3,messages=60").await;
    let tools = tempfile::tempdir().unwrap();
    let library = library(tools.path());
    let count = tools.path().join("count");

    // Undisturbed: what comes out, and how many writes it takes.
    let whole = Place::new();
    let mut command = program(&sandbox, &whole.path());
    command
        .env("LD_PRELOAD", &library)
        .env("FAIL_UNDER", whole.path())
        .env("FAIL_COUNT", &count);
    let output = ended(command).await;
    assert!(output.status.success());
    let writes: u64 = std::fs::read_to_string(&count).unwrap().parse().unwrap();
    let expected: BTreeSet<Key> = keys(&read(&whole.path()));
    assert!(
        writes > 100 && expected.len() > 60,
        "{writes} {}",
        expected.len()
    );

    let all = std::env::var("ZOOM_CHAT_WRITES").is_ok_and(|which| which == "all");
    let step = if all { 1 } else { writes / TRIED };
    let mut failed = 0;
    for (turn, at) in (1..=writes).step_by(step.max(1) as usize).enumerate() {
        let how = ["once", "on", "short"][turn % 3];
        let (number, text) = ERRORS[turn / 3 % 2];
        let context = format!("write {at} of {writes}, {how}, {text}");
        let place = Place::new();
        let mut command = program(&sandbox, &place.path());
        command
            .env("LD_PRELOAD", &library)
            .env("FAIL_UNDER", place.path())
            .env("FAIL_AT", at.to_string())
            .env("FAIL_HOW", how)
            .env("FAIL_WITH", number);
        let output = ended(command).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code();
        assert!(matches!(code, Some(0..=3)), "{context}: {code:?}: {said}");
        assert!(!said.contains("panicked"), "{context}: {said}");
        if code == Some(0) {
            // A short write is finished by a second one; other calls may fail without harm.
            assert_eq!(keys(&read(&place.path())), expected, "{context}");
        } else {
            failed += 1;
            assert!(
                said.contains("error: ") && said.contains("\nhint: "),
                "{context}: {said}"
            );
        }
        assert_nothing_is_damaged(&context, &place.path());

        let again = ended(program(&sandbox, &place.path())).await;
        let said = String::from_utf8_lossy(&again.stderr);
        assert_eq!(again.status.code(), Some(0), "{context}, again: {said}");
        let archive = read(&place.path());
        assert_eq!(keys(&archive), expected, "{context}");
        assert_whole(&archive);
    }
    assert!(
        failed > 20,
        "only {failed} of the writes that failed were noticed"
    );
}
