//! How a run ends, in its exit code and in what it says.

use super::*;

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
        assert!(stderr(&output).contains("not read: the run ended first"));
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
    assert!(stderr(&output).contains("hint: try again after 2026-11-21T00:00:00Z"));
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
