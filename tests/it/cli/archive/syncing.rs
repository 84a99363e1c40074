//! `init`, `sync` and `gaps`.

use super::*;

#[test]
fn a_week_later_a_sync_brings_exactly_what_is_new() {
    let (_folder, archive) = place();
    let first = document(&["sync", &archive, NOW, "--json"], 0);
    let second = document(&["sync", &archive, NOW, "--json"], 0);
    assert_eq!(second["new"].as_u64(), Some(0));
    let requests = |report: &Value| report["stats"]["requests"]["messages"].as_u64().unwrap();
    assert!(requests(&second) < requests(&first), "{second}");

    let third = document(&["sync", &archive, LATER, "--json"], 0);
    let before = run(&["messages", "--all", "--everything", NOW]);
    let after = run(&[
        "messages",
        "--all",
        "--everything",
        LATER,
        "--from",
        "2026-05-27",
    ]);
    let of_kind = |output: &Output, kind: &str| -> BTreeMap<String, ()> {
        let lines = lines(output).into_iter().map(json);
        lines
            .filter(|line| line["kind"] == kind)
            .map(|line| {
                let parts =
                    ["id", "timestamp", "action_timestamp"].map(|part| &line["message"][part]);
                let key = if kind == "sent" {
                    &parts[..2]
                } else {
                    &parts[..]
                };
                (format!("{} {key:?}", line["session_id"]), ())
            })
            .collect()
    };
    for (kind, field) in [
        ("sent", "new"),
        ("edited", "edited"),
        ("deleted", "deleted"),
    ] {
        let known = of_kind(&before, kind);
        let new = of_kind(&after, kind)
            .keys()
            .filter(|key| !known.contains_key(*key))
            .count();
        assert!(new > 0, "{kind}");
        assert_eq!(third[field], new, "{kind}");
    }
}

#[test]
fn a_cron_line_needs_no_options() {
    let (_folder, archive) = place();
    let made = run(&[
        "init",
        &archive,
        SMALL,
        NO_FILES,
        "--include",
        "edited",
        "--share",
        "0.5",
    ]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert!(made.stdout.is_empty());
    let report = document(&["sync", &archive, SMALL, "--json"], 0);
    assert_eq!(report["deleted"], 0);
    assert_eq!(report["attachments"]["stored"], 0);
    assert!(report["edited"].as_u64() > Some(0));

    // Less is refused, unless it is for this run only; more is stored.
    let less = run(&["sync", &archive, SMALL, "--include", "deleted"]);
    assert_eq!(code(&less), 2);
    assert!(stderr(&less).contains("no edited messages") && stderr(&less).contains("--once"));
    assert_eq!(
        code(&run(&[
            "sync",
            &archive,
            SMALL,
            "--include",
            "deleted",
            "--once"
        ])),
        0
    );
    assert_eq!(code(&run(&["sync", &archive, SMALL, "--everything"])), 0);
    let less = run(&["sync", &archive, SMALL, "--include", "edited"]);
    assert_eq!(code(&less), 2);
    let all = run(&["messages", "--all", "--everything", "--archive", &archive]);
    let direct = run(&["messages", "--all", "--everything", SMALL]);
    assert_eq!(lines(&all).len(), lines(&direct).len());
}

#[test]
fn what_fails_is_a_gap_that_can_be_accepted_by_name() {
    let (_folder, archive) = place();
    let sessions = run(&["sessions", SMALL]);
    let broken = json(lines(&sessions)[1])["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let failing = format!("{SMALL},fault=messages:session={broken}:status=403");
    let output = run(&["sync", &archive, &failing, NO_FILES]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let gaps = document(&["gaps", &archive, "--json"], 3);
    assert_eq!(gaps["standing"]["verdict"], "incomplete");
    let name = &gaps["gaps"][0]["id"].as_str().unwrap()[..8];
    assert!(stderr(&output).contains(&format!("missing: gap {name}: session {broken}")));
    let text = str::from_utf8(&output.stdout).unwrap();
    assert!(
        text.starts_with("INCOMPLETE: 1 stretch of 1 session missing; "),
        "{text}"
    );
    assert_eq!(code(&run(&["gaps", &archive, "--exit-zero"])), 0);
    assert_eq!(code(&run(&["status", &archive])), 3);
    assert_eq!(code(&run(&["status", &archive, "--exit-zero"])), 0);
    assert_eq!(gaps["gaps"][0]["failure"]["status"], 403);
    assert_eq!(code(&run(&["verify", &archive])), 3);
    let partly = run(&["messages", &broken, "--archive", &archive]);
    assert_eq!(code(&partly), 3);
    assert_eq!(code(&run(&["status", &archive, "--max-age", "36h"])), 3);

    for gap in gaps["gaps"].as_array().unwrap() {
        let id = gap["id"].as_str().unwrap();
        let accept = ["gaps", &archive, "--accept", id, "--operator", "me"];
        assert_eq!(code(&run(&accept)), 2);
        let accepted = run(&[
            &accept[..],
            &["--reason", "the session is under legal hold"],
        ]
        .concat());
        assert_eq!(code(&accepted), 0, "{}", stderr(&accepted));
    }
    assert_eq!(code(&run(&["sync", &archive, &failing])), 0);
    assert_eq!(code(&run(&["status", &archive, "--max-age", "36h"])), 0);
    assert_eq!(code(&run(&["gaps", &archive])), 0);
    let report = run(&["verify", &archive]);
    assert_eq!(code(&report), 0);
    let text = str::from_utf8(&report.stdout).unwrap();
    assert!(
        text.contains("accepted by me") && text.contains("under legal hold"),
        "{text}"
    );
}

#[test]
fn a_signal_ends_a_sync_in_order_and_the_next_goes_on() {
    let all = lines(&run(&["messages", "--all", SMALL])).len() as u64;
    for (signal, expected) in [("INT", 130), ("TERM", 143)] {
        let (_folder, archive) = place();
        let slow = format!("{SMALL},latency_ms=40");
        let mut child = program(&["sync", &archive, &slow, "--plan", "business", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let holder = || {
            let db = Path::new(&archive).join("archive.db");
            let db = rusqlite::Connection::open_with_flags(
                db,
                rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
            );
            db.and_then(|db| {
                db.query_row("SELECT count(*) FROM ledger", [], |row| {
                    row.get::<_, i64>(0)
                })
            })
        };
        while holder().is_ok_and(|rows| rows < 3) || holder().is_err() {
            assert!(
                child.try_wait().unwrap().is_none(),
                "it ended before it was stopped"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        // While it runs, it alone may write.
        let other = run(&["sync", &archive, SMALL]);
        assert_eq!(code(&other), 6, "{}", stderr(&other));
        assert!(stderr(&other).contains(&format!("process {}", child.id())));
        let id = child.id().to_string();
        let told = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(told.unwrap().success());
        let mut report = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut report)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["outcome"], "stopped");
        let again = document(&["sync", &archive, SMALL, "--json"], 0);
        let (stopped, whole) = (report["new"].as_u64(), again["new"].as_u64());
        assert_eq!(stopped.unwrap() + whole.unwrap(), all);
    }
}

#[test]
fn wrong_credentials_and_daily_limits_make_no_archive_of_nothing() {
    let (_folder, archive) = place();
    let output = run(&["sync", &archive]);
    assert_eq!(code(&output), 4);
    assert!(!Path::new(&archive).exists());
    let refused =
        format!("{SMALL},fault=token:status=400:body=%7B%22error%22%3A%22invalid_client%22%7D");
    let output = run(&["init", &archive, &refused]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(!Path::new(&archive).exists());

    let limited = format!("{SMALL},daily_limit=40");
    let output = run(&["sync", &archive, &limited, NO_FILES, "--plan", "business"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let kept = run(&["messages", "--all", "--archive", &archive, "--quiet"]);
    assert!(!lines(&kept).is_empty());
    assert_eq!(code(&run(&["sync", &archive, SMALL])), 0);
}

#[test]
fn a_sync_that_ended_in_the_future_is_no_fresh_one() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    assert_eq!(code(&run(&["status", &archive, "--max-age", "36h"])), 0);
    // As if this machine's clock had been a year ahead.
    let db = rusqlite::Connection::open(Path::new(&archive).join("archive.db")).unwrap();
    let changed = db.execute("UPDATE runs SET ended_at = '2099-01-01T00:00:00.000Z'", []);
    assert_eq!(changed.unwrap(), 1);
    drop(db);
    let alarm = run(&["status", &archive, "--max-age", "36h"]);
    assert_eq!(code(&alarm), 3);
    assert!(
        stderr(&alarm).contains("in the future"),
        "{}",
        stderr(&alarm)
    );
}

#[test]
fn a_second_sync_sends_what_the_plan_foretold() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, "--json"], 0);
    let before = folder_state(Path::new(&archive));
    let plan = document(&["plan", "--archive", &archive, SMALL, "--json"], 0);
    assert!(folder_state(Path::new(&archive)) == before);
    let sync = document(&["sync", &archive, SMALL, "--json"], 0);
    let requests = &sync["stats"]["requests"];
    assert_eq!(requests["sessions"], plan["listing_requests"]);
    let planned = ["message_requests", "modification_requests"].map(|part| plan[part].as_u64());
    assert_eq!(requests["messages"].as_u64(), planned.into_iter().sum());
    assert_eq!(plan["attachment_requests"], 0);
    let text = run(&["plan", "--archive", &archive, SMALL, "--quiet"]);
    assert_eq!(code(&text), 0);
    let text = str::from_utf8(&text.stdout).unwrap();
    assert!(
        text.contains("plan      pro") && text.contains("edits and deletions"),
        "{text}"
    );
}

#[test]
fn days_ago_count_from_the_day_of_the_run() {
    let (_folder, archive) = place();
    let on = |day: &str| {
        format!("--sandbox=sessions=3,messages=60,anchor=2026-11-20T12:00:00Z,now={day}T12:00:00Z")
    };
    document(
        &["sync", &archive, &on("2026-06-02"), NO_FILES, "--json"],
        0,
    );
    let later = on("2026-07-30");
    run(&["sync", &archive, &later, "--once", "--from", "-1d"]);
    let db = rusqlite::Connection::open(Path::new(&archive).join("archive.db")).unwrap();
    let sql = "SELECT body ->> '$.once.start' FROM ledger WHERE kind = 'run' ORDER BY no DESC";
    let start: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(start, "2026-07-29");
}

#[test]
fn no_message_of_a_first_sync_is_late_though_windows_share_dates() {
    let (_folder, archive) = place();
    let account = "--sandbox=sessions=5,messages=6000";
    let report = document(&["sync", &archive, account, "--json"], 0);
    assert_eq!(report["late"], 0);
}

#[test]
fn a_sync_that_an_outage_ends_says_so_before_it_says_what_the_archive_holds() {
    let (_folder, archive) = place();
    assert_eq!(code(&run(&["sync", &archive, SMALL, NO_FILES])), 0);
    let outage = format!("{SMALL},fault=any:times=0:status=503");
    let output = run(&["sync", &archive, &outage, "--give-up-after", "1s"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("NOT UP TO DATE: Zoom stopped answering"),
        "{text}"
    );
    assert!(first.contains("COMPLETE from"), "{text}");
    assert!(text.contains("the list was not read to its end"), "{text}");
}

#[test]
fn an_archive_without_anything_read_confirms_nothing() {
    let (_folder, archive) = place();
    assert_eq!(code(&run(&["init", &archive, SMALL])), 0);
    let status = run(&["status", &archive]);
    let text = String::from_utf8(status.stdout).unwrap();
    assert!(
        text.contains("nothing yet: no messages were read"),
        "{text}"
    );
    assert!(!text.contains("100%"), "{text}");
}

#[test]
fn a_removed_folder_of_attachments_is_fetched_again() {
    let (_folder, archive) = place();
    let first = document(&["sync", &archive, SMALL, "--json"], 0);
    let stored = first["attachments"]["stored"].as_u64().unwrap();
    assert!(stored > 0);
    std::fs::remove_dir_all(Path::new(&archive).join("files")).unwrap();
    let verified = document(&["verify", &archive, "--json"], 7);
    assert_eq!(verified["findings"][0]["kind"], "attachment");
    let again = document(&["sync", &archive, SMALL, "--json"], 0);
    assert_eq!(
        again["attachments"]["lost"].as_u64(),
        Some(stored),
        "{again}"
    );
    assert_eq!(code(&run(&["verify", &archive])), 0);
}
