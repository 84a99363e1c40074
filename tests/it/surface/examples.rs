//! The examples of the SDK, run against the simulated account.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use chrono::Utc;
use zoom_chat_reports_sandbox::Sandbox;

use crate::support;

/// Cargo builds examples with the tests of the workspace.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap().join("examples");
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{name} is not built: cargo build -p zoom-chat-reports --examples"
    );
    path
}

/// Runs one; the account must go on serving meanwhile.
async fn run(sandbox: &Sandbox, name: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(example(name));
    command
        .args(arguments)
        .env_clear()
        .env("ZOOM_API_URL", sandbox.api_url())
        .env("ZOOM_AUTH_URL", sandbox.auth_url())
        .env("ZOOM_ACCOUNT_ID", sandbox.account_id())
        .env("ZOOM_CLIENT_ID", sandbox.client_id())
        .env("ZOOM_CLIENT_SECRET", sandbox.client_secret());
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An account of today, since the examples look at the machine's clock.
async fn account() -> Sandbox {
    let now = Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let settings =
        format!("now={now},anchor={now},clock=running,sessions=4,messages=800,quirks=no");
    support::sandbox(&settings).await
}

#[tokio::test]
async fn one_session_comes_whole() {
    let sandbox = account().await;
    let output = run(&sandbox, "one_session", &[]).await;
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("complete from"), "{told}");
    assert!(text(&output.stdout).lines().count() > 0);

    let output = run(&sandbox, "one_session", &["nobody"]).await;
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("error: "));
}

#[tokio::test]
async fn the_whole_account_comes_once_over_two_runs() {
    let sandbox = account().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coverage.json");
    let path = path.to_str().unwrap();
    let first = run(&sandbox, "whole_account", &[path]).await;
    assert!(first.status.success(), "{}", text(&first.stderr));
    let range = zoom_chat_reports::DateRange::last_six_months(sandbox.today());
    let (_, due) = support::truth(&sandbox, &range);
    let lines = text(&first.stdout).lines().count();
    assert!(lines >= due.values().sum::<usize>());

    // The second asks for the last days only, of which more may have come.
    let second = run(&sandbox, "whole_account", &[path]).await;
    assert!(second.status.success(), "{}", text(&second.stderr));
    assert!(text(&second.stdout).lines().count() < lines / 4);
}

#[tokio::test]
async fn what_failed_is_named_and_comes_with_the_next_run() {
    let sandbox = account().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coverage.json");
    let path = path.to_str().unwrap();
    let fault = "messages:nth=5:status=403";
    sandbox.add_fault(fault.parse().unwrap());
    let first = run(&sandbox, "whole_account", &[path]).await;
    assert_eq!(first.status.code(), Some(3));
    assert!(text(&first.stderr).contains("missing of "));
    let second = run(&sandbox, "whole_account", &[path]).await;
    assert!(second.status.success(), "{}", text(&second.stderr));
}

#[tokio::test]
async fn sessions_are_listed_without_async() {
    let sandbox = account().await;
    let output = run(&sandbox, "blocking", &[]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).lines().count() >= 1);
}

#[tokio::test]
async fn a_token_comes_from_a_file() {
    let sandbox = account().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, support::token(&sandbox).await).unwrap();
    let path = path.to_str().unwrap();
    let output = run(&sandbox, "token_source", &[path]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("the token is good"));

    std::fs::write(path, "another").unwrap();
    let output = run(&sandbox, "token_source", &[path]).await;
    assert!(!output.status.success(), "{}", text(&output.stdout));
}

#[tokio::test]
async fn an_error_decides_what_comes_next() {
    let sandbox = account().await;
    let output = run(&sandbox, "errors", &["nobody"]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    assert!(told.contains("leave this session out"), "{told}");
}
