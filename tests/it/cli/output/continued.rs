//! An unfinished file, which the next run continues.

use super::*;

#[test]
fn a_run_of_several_days_ends_with_the_file_of_a_run_of_one() {
    let place = Place::interrupted();
    let mut runs = 1;
    loop {
        runs += 1;
        assert!(!place.file().exists());
        let before = fs::metadata(place.part()).unwrap().len();
        let output = place.run(&[&ALL[..], &[LIMITED]].concat());
        assert!(stderr(&output).contains("continues  a run of "));
        if code(&output) == 0 {
            break;
        }
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        assert!(fs::metadata(place.part()).unwrap().len() > before);
        assert!(runs < 9, "it never ends");
    }
    assert!(runs > 2, "{runs}");
    assert_eq!(place.names(), ["chats.ndjson"]);
    place.assert_whole();
}

#[test]
fn a_kill_at_any_time_leaves_no_file_and_loses_nothing() {
    let place = Place::new();
    let slow = "--sandbox=seed=7,sessions=20,messages=900,quirks=yes,latency_ms=100,plan=pro";
    let state = place.path("chats.ndjson.part.json");
    for _ in 0..3 {
        let before = fs::read(&state).ok();
        let mut child = place.command(&[&ALL[..], &["--quiet", slow]].concat());
        let mut child = child.spawn().unwrap();
        // It has saved something new, and goes on.
        while fs::read(&state).ok() == before
            || fs::read(place.part()).is_ok_and(|it| it.is_empty())
        {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!place.file().exists());
    }
    let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(place.names(), ["chats.ndjson"]);
    place.assert_whole();
}

#[test]
fn a_file_is_continued_only_as_it_was_begun() {
    for arguments in [
        &["messages", "--all", LIMITED][..],
        &[
            "messages",
            "--all",
            "--everything",
            "--from",
            "-30d",
            LIMITED,
        ],
        &["messages", "--all", "--everything", "--confirm", LIMITED],
        &["messages", "abc", "--everything", LIMITED],
    ] {
        let place = Place::interrupted();
        let before = fs::read(place.part()).unwrap();
        let output = place.run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("was begun with other options\nhint: "));
        assert_eq!(fs::read(place.part()).unwrap(), before);
    }
}

#[test]
fn an_unfinished_file_that_was_changed_is_refused() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        |text| text.truncate(text.len() - 1),
        |text| text.truncate(10),
        |text| text[30] ^= 1,
        |text| text.splice(0..0, *b"{}\n").for_each(drop),
    ];
    for change in changes {
        let place = Place::interrupted();
        let mut text = fs::read(place.part()).unwrap();
        change(&mut text);
        fs::write(place.part(), &text).unwrap();
        let output = place.run(&[&ALL[..], &[LIMITED]].concat());
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("is not what the earlier run wrote\nhint: remove "));
        assert_eq!(fs::read(place.part()).unwrap(), text);
    }
}

#[test]
fn what_came_after_the_last_save_is_read_again() {
    let place = Place::interrupted();
    let mut text = fs::read(place.part()).unwrap();
    text.extend_from_slice(b"{\"session_id\":\"torn");
    fs::write(place.part(), &text).unwrap();
    let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    place.assert_whole();
}

#[test]
fn two_runs_do_not_write_one_file() {
    let place = Place::new();
    let slow = "--sandbox=sessions=9,messages=900,latency_ms=200";
    let mut first = place.command(&["messages", "--all", "--quiet", slow]);
    let mut first = first.spawn().unwrap();
    while !place.path("chats.ndjson.part.json").exists() {
        assert!(first.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = place.run(&["messages", "--all", slow]);
    assert_eq!(code(&second), 6);
    assert!(stderr(&second).contains("another run is writing "));
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_state_that_was_changed_is_refused() {
    let state = |place: &Place| place.path("chats.ndjson.part.json");
    let changes: [fn(&str) -> String; 4] = [
        |text| text.replacen("2026-0", "2026-1", 1),
        |text| text.replacen("\"bytes\":", "\"bytes\":1", 1),
        |_| String::new(),
        |_| "{}".to_owned(),
    ];
    for change in changes {
        let place = Place::interrupted();
        let text = fs::read_to_string(state(&place)).unwrap();
        let changed = change(&text);
        assert_ne!(changed, text);
        fs::write(state(&place), changed).unwrap();
        let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("is not what a run of this program wrote\nhint: "));
    }
}

#[test]
fn days_that_were_given_stay_and_prove_as_much_as_in_one_run() {
    for days in [
        &["--to", "2026-11-10"][..],
        &["--to", "-10d"],
        &["--from", "-90d"],
        &["--from", "2026-06-01", "--to", "yesterday"],
        &[],
    ] {
        let place = Place::new();
        let began = place.run(&[&ALL[..], days, &[LIMITED]].concat());
        assert_eq!(code(&began), 5, "{days:?}: {}", stderr(&began));
        let ended = place.run(&[&ALL[..], days, &[UNLIMITED]].concat());
        assert_eq!(code(&ended), 0, "{days:?}: {}", stderr(&ended));
        let whole = run(&[&ALL[..], days, &[UNLIMITED]].concat());
        assert_eq!(keys(&of_file(&place.file())), keys(&whole), "{days:?}");
        let complete = |output: &Output| {
            let line = stderr(output)
                .lines()
                .find(|line| line.contains("  complete "));
            line.map(str::to_owned)
        };
        assert_eq!(complete(&ended), complete(&whole), "{days:?}");
    }
}

#[test]
fn what_zoom_no_longer_has_is_told_when_a_file_is_continued_weeks_later() {
    let later = format!("{UNLIMITED},now=2026-12-31T12:00:00Z");
    let place = Place::interrupted();
    let summary = place.path("summary.json");
    let summary = summary.to_str().unwrap();
    let output = place.run(&[&ALL[..], &[&later, "--summary", summary]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("  in part    what was sent before 2026-0"),
        "{}",
        stderr(&output)
    );
    let summary: Value = serde_json::from_slice(&fs::read(summary).unwrap()).unwrap();
    let before = &summary["output"]["partial_before"];
    assert_eq!(*before, summary["harvest"]["complete_from"]);

    // Days that were asked for by name are missing.
    let place = Place::new();
    let from = ["--from", "2026-06-01"];
    assert_eq!(code(&place.run(&[&ALL[..], &from, &[LIMITED]].concat())), 5);
    let output = place.run(&[&ALL[..], &from, &[&later]].concat());
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("missing: session "),
        "{}",
        stderr(&output)
    );
    assert!(!place.file().exists());
}

#[test]
fn a_disk_that_is_full_costs_only_what_came_after_the_last_save() {
    let place = Place::new();
    let quoted: Vec<String> = place
        .command(&[&ALL[..], &[UNLIMITED]].concat())
        .get_args()
        .map(|argument| format!("'{}'", argument.to_str().unwrap()))
        .collect();
    let program = env!("CARGO_BIN_EXE_zoom-chat-under-test");
    // Files of at most 100 blocks; the signal is ignored, so that writing fails.
    let script = format!(
        "trap '' XFSZ; ulimit -f 100; exec {program} {}",
        quoted.join(" ")
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("hint: free some disk space"),
        "{}",
        stderr(&output)
    );
    assert!(!place.file().exists());
    let output = place.run(&[&ALL[..], &[UNLIMITED]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    place.assert_whole();
}

#[test]
fn a_file_whose_days_zoom_no_longer_has_is_left_with_what_it_holds() {
    let place = Place::new();
    let days = ["--to", "2026-08-01"];
    let limited = LIMITED.replace("daily_limit=80", "daily_limit=40");
    assert_eq!(
        code(&place.run(&[&ALL[..], &days, &[&limited]].concat())),
        5
    );
    let before = fs::read(place.part()).unwrap();
    let summary = place.path("summary.json");
    let summary = summary.to_str().unwrap();
    let later = format!("{UNLIMITED},now=2027-04-20T12:00:00Z,anchor=2026-11-20T12:00:00Z");
    let output = place.run(&[&ALL[..], &days, &[&later, "--summary", summary]].concat());
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("to use it as it is"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read(place.part()).unwrap(), before);
    let summary: Value = serde_json::from_slice(&fs::read(summary).unwrap()).unwrap();
    assert_eq!(summary["missing"].as_array().unwrap().len(), 1);
}
