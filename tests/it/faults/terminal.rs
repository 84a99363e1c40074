//! 37: names and texts that would steer a terminal.

use std::{
    io::Read,
    process::{Command, Stdio},
    thread,
};

use zoom_chat_reports_sandbox::Sandbox;

use crate::{
    raw_server::{Act, End, RawServer},
    support,
};

use super::program::{output, program, text};

/// What a terminal could take for a command: ESC, CSI in one byte, BEL, and a turn of direction.
const STEERING: &str = "\u{9b}31m\u{7f}\u{202e}evil\u{2066}";

/// An account whose one session is named so, and has one such message or none that can be read.
fn steering(readable: bool) -> RawServer {
    let ok = |body: String| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        Act::Bytes([head, body].concat().into_bytes(), End::Stay)
    };
    RawServer::start(None, move |seen| {
        let now = "\"timestamp\":1793000000000";
        if seen.target.contains("oauth") {
            ok(r#"{"access_token":"t","expires_in":3600}"#.to_owned())
        } else if !seen.is_messages() {
            let name = format!("\\u001b[2J\\u0007{STEERING}");
            // An id with control characters is never asked for.
            let id = if readable { "s\u{202e}" } else { STEERING };
            ok(format!(
                r#"{{"sessions":[{{"id":"{id}","name":"{name}"}}]}}"#
            ))
        } else if readable {
            ok(format!(
                r#"{{"messages":[{{"id":"1",{now},"message":"{STEERING}"}}]}}"#
            ))
        } else {
            Act::Bytes(
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
                End::Stay,
            )
        }
    })
}

fn steered(sandbox: &Sandbox, server: &RawServer) -> Command {
    let mut command = program(sandbox, &["messages", "--all", "--from=2026-10-01"]);
    command
        .args(["--to=2026-10-31", "--show-names", "--plan=2000"])
        .env("ZOOM_API_URL", server.url("/v2"))
        .env("ZOOM_AUTH_URL", server.url("/oauth/token"));
    command
}

fn assert_harmless(said: &str) {
    let harmful: Vec<char> = said
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\r'))
        .chain(
            said.chars()
                .filter(|c| matches!(c, '\u{202e}' | '\u{2066}')),
        )
        .collect();
    assert!(harmful.is_empty(), "{harmful:?} in {said:?}");
}

#[tokio::test]
async fn fault_37_names_and_ids_that_steer_a_terminal_are_escaped() {
    let sandbox = support::sandbox("sessions=1,messages=1").await;
    let server = steering(false);
    let output = output(steered(&sandbox, &server)).await;
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains(r"\u{1b}[2J\u{7}\u{9b}31m"), "{said}");
    assert_harmless(said);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn fault_37_texts_are_escaped_on_a_terminal_and_verbatim_elsewhere() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let sandbox = support::sandbox("sessions=1,messages=1").await;
    let server = steering(true);
    let piped = output(steered(&sandbox, &server)).await;
    assert_eq!(piped.status.code(), Some(0), "{}", text(&piped.stderr));
    assert!(text(&piped.stdout).contains(STEERING), "verbatim in a pipe");

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap();
    let path = path.to_str().unwrap();
    let open = || {
        let options = std::fs::File::options().read(true).write(true).open(path);
        Stdio::from(options.unwrap())
    };
    let mut command = steered(&sandbox, &server);
    command.arg("--json").stdout(open()).stderr(Stdio::piped());
    let shown = thread::spawn(move || {
        let mut shown = Vec::new();
        // Reading fails when the last user of the other side has gone.
        let _ = std::fs::File::from(terminal).read_to_end(&mut shown);
        shown
    });
    let ended = output_of(command).await;
    assert_eq!(ended.code(), Some(0));
    let shown = shown.join().unwrap();
    let shown = text(&shown);
    assert!(
        shown.contains(r#""message":"\u009b31m\u007f\u202eevil\u2066""#),
        "{shown:?}"
    );
    assert_harmless(shown);
}

/// Runs a command that has its own place to write to; nothing of it stays open afterwards.
#[cfg(target_os = "linux")]
async fn output_of(mut command: Command) -> std::process::ExitStatus {
    let run = thread::spawn(move || command.status().unwrap());
    while !run.is_finished() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    run.join().unwrap()
}
