//! What `messages` prints.

use unicode_width::UnicodeWidthStr;

use super::*;

/// Session, kind and id of a line. Several edits of one message share them, so they are counted.
pub(super) type Key = (String, String, String);

pub(super) fn keys(output: &Output) -> BTreeMap<Key, usize> {
    let mut keys = BTreeMap::new();
    for line in lines(output) {
        let line = json(line);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let key = (
            text(&line["session_id"]).unwrap(),
            text(&line["kind"]).unwrap(),
            text(&line["message"]["id"]).unwrap_or_default(),
        );
        *keys.entry(key).or_default() += 1;
    }
    keys
}

#[tokio::test]
async fn all_messages_of_an_account_are_printed_once() {
    let settings = "seed=7,sessions=20,messages=2000";
    let output = run(&[
        "messages",
        "--all",
        "--everything",
        &format!("--sandbox={settings}"),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));

    let sandbox = Sandbox::start(settings.parse::<Settings>().unwrap())
        .await
        .unwrap();
    let mut truth: BTreeMap<Key, usize> = BTreeMap::new();
    // The range begins and ends with a day of UTC.
    let days = "2026-05-20T00:00:00.000Z".."2026-11-21T00:00:00.000Z";
    for entry in sandbox
        .truth()
        .iter()
        .filter(|entry| entry.reachable && entry.visible)
    {
        let at = chrono::DateTime::from_timestamp_millis(entry.timestamp).unwrap();
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        if !days.contains(&&*at) {
            continue;
        }
        let kind = match entry.kind {
            TruthKind::Sent => "sent",
            TruthKind::Edited => "edited",
            TruthKind::Deleted => "deleted",
        };
        let key = (
            entry.session_id.to_string(),
            kind.to_owned(),
            entry.id.clone(),
        );
        *truth.entry(key).or_default() += 1;
    }
    let printed = keys(&output);
    assert!(truth.len() > 2000);
    assert_eq!(printed.len(), truth.len());
    assert!(
        printed == truth,
        "{:?}",
        printed.iter().find(|(key, n)| truth.get(*key) != Some(n))
    );
}

#[test]
fn raw_lines_are_the_messages_of_the_other_lines() {
    // Without the odd ones: some of them hold line breaks.
    let sandbox = "--sandbox=quirks=no,sessions=5,messages=300";
    let arguments = ["messages", "--all", "--everything", sandbox];
    let whole = run(&arguments);
    let raw = run(&[&arguments[..], &["--raw"]].concat());
    // Files have a newly signed address in every answer.
    let same = |line: &&str| !line.contains("download_url");
    let message = |line| {
        let (_, message): (&str, &str) = str::split_once(line, ",\"message\":").unwrap();
        message.strip_suffix('}').unwrap()
    };
    let mut messages: Vec<_> = lines(&whole)
        .into_iter()
        .filter(same)
        .map(message)
        .collect();
    let mut raw: Vec<_> = lines(&raw).into_iter().filter(same).collect();
    messages.sort_unstable();
    raw.sort_unstable();
    assert!(raw.len() > 250);
    assert!(messages == raw);
}

#[test]
fn a_message_is_printed_byte_for_byte() {
    let now = chrono::Utc::now().timestamp_millis();
    let odd = format!(
        r#"{{ "id":"1","timestamp": {now} ,"message":17,"x":[1.50,-0,1E+3,null],"sender":null,"lone":"\ud800","esc":"\u0041\/" }}"#
    );
    let broken = format!("{{\"id\":\"2\",\r\n\"timestamp\":{now}}}");
    let server = MockServer::start();
    server.mock(|when, then| {
        when.method("POST").path("/oauth/token");
        then.status(200)
            .body(r#"{"access_token":"t","expires_in":3600}"#);
    });
    server.mock(|when, then| {
        when.method("GET").path("/v2/report/chat/sessions/s");
        then.status(200).body(format!(
            r#"{{"messages":[{odd} ,{broken}],"next_page_token":""}}"#
        ));
    });
    let read = |raw: &[&str]| {
        let output = program(&[&["messages", "s", "--from", "-1d"], raw].concat())
            .envs([
                ("ZOOM_API_URL", server.url("/v2")),
                ("ZOOM_AUTH_URL", server.url("/oauth/token")),
            ])
            .args(["--account-id", "a", "--client-id", "b"])
            .env("ZOOM_CLIENT_SECRET", "c")
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(read(&["--raw"]), format!("{odd}\n{broken}\n"));
    let lines = read(&[]);
    let lines: Vec<_> = lines.lines().collect();
    assert!(
        lines[0].ends_with(&format!(",\"message\":{odd}}}")),
        "{}",
        lines[0]
    );
    let one_line = broken.replace("\r\n", "  ");
    assert!(
        lines[1].ends_with(&format!(",\"message\":{one_line}}}")),
        "{}",
        lines[1]
    );
    assert_eq!(lines.len(), 2);
}

/// What a command prints on a terminal of this width.
#[cfg(target_os = "linux")]
fn on_terminal(columns: u16, arguments: &[&str]) -> String {
    let (screen, side) = terminal(columns);
    // The command, which holds the side, goes before the screen is read to its end.
    let mut child = program(arguments)
        .stdout(side)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let drawn = drawn_on(screen);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drawn
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_rows_that_fit_and_the_same_lines_with_json() {
    for command in [&["messages", "--all", HOSTILE][..], &["sessions", HOSTILE]] {
        let printed = run(command);
        for columns in [60, 120] {
            let rows = on_terminal(columns, command);
            assert_eq!(rows.lines().count(), lines(&printed).len(), "{command:?}");
            for row in rows.lines() {
                assert!(row.width() <= columns.into(), "{columns}: {row:?}");
                assert!(!row.starts_with('{'), "{row:?}");
            }
        }
        let drawn = on_terminal(80, &[command, &["--json"]].concat());
        assert!(
            drawn.lines().all(|line| json(line).is_object()),
            "{command:?}"
        );
    }
}
