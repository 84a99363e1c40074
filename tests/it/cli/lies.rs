//! What people are told of an account that lies.

use super::*;

/// The program against an account that another process serves, as this machine's clock sees it.
async fn against(settings: &str, arguments: &[&str]) -> Output {
    let sandbox = Sandbox::start(settings.parse::<Settings>().unwrap())
        .await
        .unwrap();
    let mut command = program(arguments);
    command.envs([
        ("ZOOM_API_URL", sandbox.api_url()),
        ("ZOOM_AUTH_URL", sandbox.auth_url()),
        ("ZOOM_ACCOUNT_ID", sandbox.account_id().to_owned()),
        ("ZOOM_CLIENT_ID", sandbox.client_id().to_owned()),
        ("ZOOM_CLIENT_SECRET", sandbox.client_secret().to_owned()),
    ]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    output.await.unwrap()
}

#[tokio::test]
async fn a_clock_that_differs_from_zooms_by_more_than_a_day_is_told_once() {
    let settings = "sessions=2,messages=60,plan=unlimited";
    let output = against(settings, &["messages", "--all"]).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let told = "this machine's clock is ";
    assert_eq!(
        stderr(&output).matches(told).count(),
        1,
        "{}",
        stderr(&output)
    );
    // The simulated account in the program's own process lives in its own time.
    let output = run(&["messages", "--all", SMALL]);
    assert!(!stderr(&output).contains(told), "{}", stderr(&output));
}

#[test]
fn a_server_in_1970_or_9999_gives_all_the_same() {
    let right = run(&["messages", "--all", SMALL]);
    for date in ["1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z"] {
        let output = run(&["messages", "--all", &format!("{SMALL},date_offset={date}")]);
        assert_eq!(code(&output), 0, "{date}: {}", stderr(&output));
        assert_eq!(lines(&output).len(), lines(&right).len(), "{date}");
    }
}

#[test]
fn windows_that_were_read_once_are_counted_and_confirm_reads_them_twice() {
    let busy =
        "--sandbox=sessions=3,messages=4000,page_tokens=offset,fault=messages:page=3:vanish=1";
    let august = [
        "--from",
        "2026-08-01",
        "--to",
        "2026-08-31",
        "--page-size",
        "50",
    ];
    let once = run(&[&["messages", "--all", busy], &august[..]].concat());
    assert_eq!(code(&once), 0, "{}", stderr(&once));
    assert!(stderr(&once).contains("`--confirm` reads them until two readings agree"));
    let twice = run(&[&["messages", "--all", "--confirm", busy], &august[..]].concat());
    assert_eq!(code(&twice), 0, "{}", stderr(&twice));
    assert!(!stderr(&twice).contains("read once"), "{}", stderr(&twice));
    // The one that vanished was read before, and the one that it hid is there now.
    assert_eq!(lines(&twice).len(), lines(&once).len() + 1);
}

#[test]
fn answers_of_an_unknown_form_are_no_empty_account() {
    let output = run(&[
        "messages",
        "--all",
        &format!("{SMALL},fault=messages:times=0:rename_arrays"),
    ]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("Zoom's API may have changed"));
    assert!(stderr(&output).contains("expected a page of messages"));
    assert!(stderr(&output).contains("tracking id"));
}
