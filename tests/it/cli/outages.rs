//! Outages that do not end, as the person at the terminal sees them.

use super::*;

/// What goes wrong for ever, the exit code, and what is said.
const OUTAGES: [(&str, i32, &str); 7] = [
    ("messages:times=0:status=503", 3, "not answered for"),
    ("sessions:times=0:status=503", 3, "not answered for"),
    ("messages:times=0:status=429", 3, "not answered for"),
    (
        "messages:times=0:status=429:header=Retry-After=2",
        3,
        "not answered for",
    ),
    ("token:times=0:status=503", 3, "oauth/token"),
    ("any:times=0:status=503", 3, "oauth/token"),
    (
        "messages:times=0:status=429:header=X-RateLimit-Type=Daily-limit:header=Retry-After=0",
        5,
        "the requests of the day are used up",
    ),
];

#[test]
fn an_outage_without_an_end_ends_the_run_with_its_own_exit_code_and_a_hint() {
    std::thread::scope(|scope| {
        for (fault, expected, said) in OUTAGES {
            for is_sync in [false, true] {
                scope.spawn(move || ends(fault, is_sync, expected, said));
            }
        }
    });
}

fn ends(fault: &str, is_sync: bool, expected: i32, said: &str) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a");
    let sandbox = format!("--sandbox=sessions=5,messages=300,fault={fault}");
    let mut command = if is_sync {
        let mut command = program(&["sync", &sandbox]);
        command.arg(&archive);
        command
    } else {
        program(&["messages", "--all", &sandbox])
    };
    let began = std::time::Instant::now();
    let output = command.args(["--give-up-after", "3s"]).output().unwrap();
    let context = format!("{fault} sync={is_sync}: {}", stderr(&output));
    assert_eq!(code(&output), expected, "{context}");
    assert!(stderr(&output).contains(said), "{context}");
    assert!(stderr(&output).contains("hint: "), "{context}");
    assert!(began.elapsed() < Duration::from_secs(30), "{context}");
}

#[test]
fn a_time_that_cannot_be_is_refused_before_anything_is_asked() {
    for time in ["0s", "", "15", "-1m", "1.5h", "99999999999s"] {
        let output = run(&[
            "messages",
            "--all",
            SMALL,
            &format!("--give-up-after={time}"),
        ]);
        assert_eq!(code(&output), 2, "{time}");
        assert!(stderr(&output).contains("hint: "), "{time}");
    }
}

/// How one session is refused.
const REFUSALS: [&str; 5] = [
    "status=401",
    "status=400:body={\"code\"%3A200}",
    "status=403",
    "status=404",
    "status=500",
];

#[test]
fn one_session_of_many_that_is_refused_is_named_in_messages_and_in_every_sync() {
    let account = "sessions=8,messages=800";
    let listed = run(&["sessions", &format!("--sandbox={account}"), "--quiet"]);
    let sessions = lines(&listed).len();
    let refused = json(lines(&listed)[0])["session"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    std::thread::scope(|scope| {
        for refusal in REFUSALS {
            let refused = &refused;
            scope.spawn(move || {
                let fault = format!(
                    "messages:session={}:times=0:{refusal}",
                    refused.replace(':', "%3A")
                );
                let sandbox = format!("--sandbox={account},fault={fault}");
                named_in_messages(&sandbox, refused, sessions);
                named_in_syncs(&sandbox, refused);
            });
        }
    });
}

fn named_in_messages(sandbox: &str, refused: &str, sessions: usize) {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.json");
    let output = program(&["messages", "--all", sandbox, "--give-up-after", "9s"])
        .arg("--summary")
        .arg(&summary)
        .output()
        .unwrap();
    assert_eq!(code(&output), 3, "{sandbox}: {}", stderr(&output));
    let summary: Value = serde_json::from_reader(File::open(summary).unwrap()).unwrap();
    let missing = summary["missing"].as_array().unwrap();
    assert!(!missing.is_empty(), "{sandbox}");
    for gap in missing {
        assert_eq!(gap["session_id"], refused, "{sandbox}");
        assert_eq!(gap["healable"], sandbox.contains("status=500"), "{sandbox}");
    }
    let harvest = &summary["harvest"];
    assert_eq!(harvest["windows_unread"], 0, "{sandbox}");
    assert_eq!(harvest["sessions"], sessions, "{sandbox}");
}

fn named_in_syncs(sandbox: &str, refused: &str) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a");
    let archive = archive.to_str().unwrap();
    for run in 0..3 {
        let day = format!("{sandbox},now=2026-11-{}T12:00:00Z", 20 + run);
        let output = program(&["sync", archive, &day, "--json", "--quiet"])
            .args(["--give-up-after", "9s"])
            .output()
            .unwrap();
        let context = format!("{sandbox}, run {run}: {}", stderr(&output));
        assert_eq!(code(&output), 3, "{context}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["outcome"], "incomplete", "{context}");
        for gap in report["gaps"].as_array().unwrap() {
            assert_eq!(gap["session_id"], refused, "{context}");
        }
    }
}

#[test]
fn a_run_that_read_nothing_claims_no_complete_stretch() {
    let sandbox = "--sandbox=sessions=3,messages=60,fault=messages:times=0:status=403";
    let output = run(&["messages", "--all", sandbox]);
    assert_ne!(code(&output), 0);
    let text = stderr(&output);
    let row = text.lines().find(|line| line.starts_with("  complete"));
    assert_eq!(row, Some("  complete   nothing"), "{text}");
}
