//! The program as its users run it: the real binary, its streams and its exit codes.

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

#[test]
fn help_says_what_each_command_takes() {
    for command in [
        "",
        "sessions",
        "messages",
        "plan",
        "doctor",
        "sandbox",
        "schema",
        "completions",
    ] {
        let arguments: Vec<_> = [command, "--help"]
            .into_iter()
            .filter(|a| !a.is_empty())
            .collect();
        let output = run(&arguments);
        assert_eq!(code(&output), 0);
        assert!(output.stderr.is_empty());
        let name = if command.is_empty() {
            "program"
        } else {
            command
        };
        insta::assert_snapshot!(
            format!("help_{name}"),
            str::from_utf8(&output.stdout).unwrap()
        );
    }
}

#[test]
fn bad_input_is_a_line_and_a_hint_and_exit_2() {
    let credentials = [
        ("ZOOM_ACCOUNT_ID", "account"),
        ("ZOOM_CLIENT_ID", "client"),
        ("ZOOM_CLIENT_SECRET", "canary"),
    ];
    let mut texts = String::new();
    for arguments in [
        &["messages"][..],
        &["messages", "--all", "x"],
        &["messages", "--all", "--client-secret", "canary"],
        &["messages", "--all", "--from", "2026-02-30"],
        &[
            "messages",
            "--all",
            "--from",
            "2026-11-02",
            "--to",
            "2026-11-01",
        ],
        &["messages", "--all", "--from", "today", "--to", "-3d"],
        &[
            "messages",
            "--all",
            SMALL,
            "--from",
            "2020-01-01",
            "--to",
            "2020-02-01",
        ],
        &["messages", "--all", SMALL, "--from", "2030-01-01"],
        &["messages", "--all", SMALL, "--to", "2026-05-19"],
        &["messages", "--all", "--page-size", "101"],
        &["sessions", "--page-size", "301"],
        &["messages", ""],
        &["messages", ".."],
        &["messages", "a\\b"],
        &["messages", "--all", "--api-url", "http://192.0.2.1/v2"],
        &["messages", "--all", "--plan", "gold"],
        &["messages", "--all", "--share", "2"],
        &["messages", "--all", "--include", "reactions"],
        &["messages", "--all", "--param", "x"],
        &["messages", "--all", "--sandbox=seed=x"],
        &["sandbox", "--listen", "0.0.0.0:0"],
        &["sandbox", "--fault", "messages"],
        &["schema", "x"],
        &["messages", "--all", SMALL, "--log", "=="],
    ] {
        let output = program(arguments).envs(credentials).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let said: Vec<_> = stderr(&output).lines().collect();
        assert!(
            matches!(said[..], [e, h] if e.starts_with("error: ") && h.starts_with("hint: ")),
            "{arguments:?}: {said:?}"
        );
        assert!(!stderr(&output).contains("canary"), "{arguments:?}");
        texts.push_str(&format!(
            "zoom-chat {}\n{}\n",
            arguments.join(" "),
            stderr(&output)
        ));
    }
    insta::assert_snapshot!("bad_input", texts);
}

#[test]
fn a_range_that_only_the_machines_clock_can_judge_is_refused_before_any_request() {
    let ago = chrono::Utc::now().date_naive() - chrono::Days::new(200);
    let output = program(&["messages", "--all", "--to", &ago.to_string()])
        // Nobody answers there.
        .envs([
            ("ZOOM_API_URL", "https://192.0.2.1/v2"),
            ("ZOOM_CLIENT_SECRET", "x"),
        ])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("Zoom keeps chat reports for about six months"));
}

#[test]
fn credentials_that_are_missing_or_blank_are_named_and_exit_4() {
    for (variables, text) in [
        (&[][..], "error: ZOOM_ACCOUNT_ID is not set\nhint: "),
        (
            &[("ZOOM_ACCOUNT_ID", " ")],
            "error: ZOOM_ACCOUNT_ID is blank\nhint: ",
        ),
        (
            &[("ZOOM_ACCOUNT_ID", "a"), ("ZOOM_CLIENT_ID", "b")],
            "error: ZOOM_CLIENT_SECRET is not set\nhint: ",
        ),
    ] {
        let mut command = program(&["messages", "--all"]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(code(&output), 4);
        assert!(stderr(&output).starts_with(text), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 2);
    }
}

/// Session, kind and id of a line. Several edits of one message share them, so they are counted.
type Key = (String, String, String);

fn keys(output: &Output) -> BTreeMap<Key, usize> {
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

#[test]
fn a_reader_that_stops_is_a_clean_end() {
    let mut child = program(&["messages", "--all", "--sandbox"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with("{\"session_id\":"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0);
    assert_eq!(stderr(&output), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    for arguments in [
        &["messages", "--all", SMALL][..],
        &["schema", "messages"],
        &["--help"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = program(arguments).stdout(full).output().unwrap();
        assert_eq!(code(&output), 1, "{arguments:?}");
        assert!(
            stderr(&output).contains("No space left on device"),
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_in_order() {
    for (signal, expected) in [("INT", 130), ("TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let summary = folder.path().join("summary.json");
        let mut child = program(&[
            "messages",
            "--all",
            "--sandbox=latency_ms=20",
            "--plan",
            "pro",
        ])
        .arg("--summary")
        .arg(&summary)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        stdout.read_line(&mut text).unwrap();
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        stdout.read_to_string(&mut text).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected);
        assert!(text.ends_with('\n'));
        assert!(text.lines().all(|line| json(line).is_object()));
        assert!(stderr(&output).contains(&format!("error: interrupted by SIG{signal}")));
        assert!(stderr(&output).contains("not read to its end"));
        let summary: Value = serde_json::from_reader(File::open(summary).unwrap()).unwrap();
        assert_eq!(summary["outcome"], "interrupted");
        assert_eq!(summary["written"]["sent"], text.lines().count());
        assert!(!summary["missing"].as_array().unwrap().is_empty());
    }
}

#[test]
fn what_lies_beyond_the_reach_is_named_and_the_rest_printed() {
    for command in ["messages", "sessions"] {
        let mut arguments = vec![command, "--from", "2026-01-01", "--quiet", SMALL];
        if command == "messages" {
            arguments.push("--all");
        }
        let output = run(&arguments);
        assert_eq!(code(&output), 3);
        assert!(!output.stdout.is_empty());
        assert!(
            stderr(&output)
                .contains("missing: all sessions: 2026-01-01T00:00:00.000Z to 2026-05-20T"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn a_session_that_fails_is_named_and_the_others_are_printed() {
    let sessions = run(&["sessions", SMALL]);
    let session = json(lines(&sessions)[0]);
    let known = session["session_id"].as_str().unwrap();
    let output = run(&["messages", known, "unknown", SMALL]);
    assert_eq!(code(&output), 3);
    assert!(lines(&output).len() > 10);
    assert!(stderr(&output).contains("missing: session unknown: "));
    assert!(stderr(&output).contains("404 Not Found"));
    assert!(stderr(&output).contains("\nhint: "));
    assert!(!stderr(&output).contains(&format!("missing: session {known}")));
}

#[test]
fn exit_codes_tell_scopes_and_the_daily_limit() {
    let output = run(&["messages", "--all", "--sandbox=scopes=none"]);
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("report:read:list_chat_sessions:admin"));
    let output = run(&[
        "messages",
        "--all",
        "--sandbox=daily_limit=30,messages=300,sessions=5",
    ]);
    assert_eq!(code(&output), 5);
    assert!(stderr(&output).contains("hint: go on after 2026-11-21T00:00:00Z"));
}

#[test]
fn quiet_says_nothing_and_the_summary_goes_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("summary.json");
    let output = program(&["messages", "--all", "--quiet", SMALL, "--summary"])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let summary: Value = serde_json::from_reader(File::open(&path).unwrap()).unwrap();
    assert_eq!(
        (&summary["version"], &summary["sandbox"]),
        (&1.into(), &true.into())
    );
    assert_eq!(summary["outcome"], "complete");
    assert_eq!(summary["written"]["sent"], lines(&output).len());

    let missing = folder.path().join("no/summary.json");
    let output = program(&["messages", "--all", SMALL, "--summary"])
        .arg(missing)
        .output()
        .unwrap();
    assert_eq!(code(&output), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn the_served_account_is_read_by_its_printed_variables() {
    let mut server = program(&[
        "sandbox",
        "--seed",
        "9",
        "--sessions",
        "3",
        "--messages",
        "100",
    ])
    .args([
        "--set",
        "plan=unlimited",
        "--fault",
        "messages:nth=3:status=503",
        "--quiet",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let printed: Vec<(String, String)> = BufReader::new(server.stdout.take().unwrap())
        .lines()
        .take(6)
        .map(|line| {
            line.unwrap()
                .split_once('=')
                .map(|(n, v)| (n.into(), v.into()))
                .unwrap()
        })
        .collect();
    let names: Vec<_> = printed.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "ZOOM_API_URL",
            "ZOOM_AUTH_URL",
            "ZOOM_ACCOUNT_ID",
            "ZOOM_CLIENT_ID",
            "ZOOM_CLIENT_SECRET",
            "SANDBOX_TODAY",
        ]
    );
    let secret = &printed[4].1;
    let output = program(&["messages", "--all", "--log", "trace"])
        .envs(printed.clone())
        .output()
        .unwrap();
    let old = program(&["messages", "--all", "--to", "2020-01-01"])
        .envs(printed.clone())
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(lines(&output).len() > 50);
    // Not by this machine's clock: the account has one of its own.
    assert_eq!(code(&old), 2);
    assert!(stderr(&old).contains("ask for 2026-05-20 to 2026-11-20"));

    let log = stderr(&output);
    assert!(log.contains("zoom_call"));
    assert!(!log.contains(&**secret) && !log.contains("sandbox.") && !log.contains("@company"));
    for line in lines(&output) {
        let line = json(line);
        for field in ["message", "sender_display_name"] {
            let text = line["message"][field].as_str().unwrap_or_default();
            assert!(text.len() < 8 || !log.contains(text), "{field}");
        }
    }
}

#[test]
fn nobody_there_is_tried_until_somebody_stops_it() {
    let mut child = program(&["messages", "--all", "--api-url", "http://127.0.0.1:1/v2"])
        .args([
            "--auth-url",
            "http://127.0.0.1:1/token",
            "--account-id",
            "a",
            "--client-id",
            "b",
        ])
        .env("ZOOM_CLIENT_SECRET", "c")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_doctor_finds_what_is_missing() {
    let output = run(&["doctor", "--sandbox"]);
    assert_eq!(code(&output), 0);
    // The one line that differs from run to run.
    let text: String = lines(&output)
        .into_iter()
        .filter(|line| !line.contains("answered in"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    insta::assert_snapshot!("doctor", text);
    assert!(!stderr(&output).contains(zoom_chat_reports_sandbox::DECOY_PASSCODE));

    let output = run(&[
        "doctor",
        "--json",
        "--sandbox=scopes=report:read:chat_session:admin+extra",
    ]);
    assert_eq!(code(&output), 4);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["version"], &report["ok"]),
        (&1.into(), &false.into())
    );
    let texts: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["name"] == "scopes")
        .map(|check| {
            (
                check["status"].as_str().unwrap(),
                check["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        texts,
        [
            (
                "fail",
                "missing: report:read:list_chat_sessions:admin for the list of sessions"
            ),
            ("warn", "not needed: extra"),
        ]
    );
}

#[test]
fn the_plan_counts_requests_and_time() {
    let output = run(&["plan", SMALL, "--json", "--share", "0.5"]);
    assert_eq!(code(&output), 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], 1);
    let requests = report["requests"].as_f64().unwrap();
    assert!(requests >= 30.0);
    assert_eq!(report["plans"][1]["plan"], "pro");
    assert_eq!(report["plans"][1]["seconds"], requests / 10.0);
}
