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
        .args(["sync", "--quiet", "--plan", "100000"])
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
