//! What an archive is to hold, changed later; and where its readings differed.

use super::*;

/// The text of the last row of settings in the ledger.
fn last_settings(archive: &str) -> Value {
    let db = rusqlite::Connection::open(Path::new(archive).join("archive.db")).unwrap();
    let sql = "SELECT body FROM ledger WHERE kind = 'settings' ORDER BY no DESC LIMIT 1";
    let body: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    serde_json::from_str(&body).unwrap()
}

#[test]
fn settings_are_shown_and_each_change_is_a_row_with_who_made_it() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let shown = run(&["set", &archive]);
    let text = str::from_utf8(&shown.stdout).unwrap();
    assert_eq!(code(&shown), 0);
    assert!(text.contains("attachments  off\n"), "{text}");
    assert!(text.contains("scrub        10%\n"), "{text}");

    let changed = run(&[
        "set",
        &archive,
        "attachments=on",
        "scrub=0",
        "--operator",
        "An",
    ]);
    assert_eq!(code(&changed), 0, "{}", stderr(&changed));
    let text = stderr(&changed);
    assert!(text.contains("attachments is on; it was off"), "{text}");
    assert!(text.contains("scrub is 0%; it was 10%"), "{text}");
    let row = last_settings(&archive);
    assert_eq!(row["operator"], "An");
    assert_eq!(row["settings"]["attachments"], true);

    let again = run(&["set", &archive, "attachments=on"]);
    assert!(
        stderr(&again).contains("nothing changed"),
        "{}",
        stderr(&again)
    );
    assert_eq!(last_settings(&archive), row, "no row without a change");

    // Files that the first sync left away are missing now, and the next one brings them.
    let status = run(&["status", &archive]);
    assert_eq!(code(&status), 3, "{}", stderr(&status));
    let report = document(&["sync", &archive, SMALL, "--json"], 0);
    assert!(report["attachments"]["stored"].as_u64().unwrap() > 0);
    assert_eq!(code(&run(&["verify", &archive])), 0);
}

#[test]
fn asking_for_less_is_a_decision_and_no_error() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let refused = run(&["sync", &archive, SMALL, "--from", "2026-09-01"]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("zoom-chat set"),
        "{}",
        stderr(&refused)
    );
    let less = ["from=2026-09-01", "edited=off", "reactions=off"];
    let changes = [&["set", &archive, "--json", "--operator", "An"], &less[..]].concat();
    let report = document(&changes, 0);
    assert_eq!(report["changed"], true);
    assert_eq!(report["settings"]["start"], "2026-09-01");
    let status = document(&["status", &archive, "--json"], 0);
    assert_eq!(status["standing"]["verdict"], "complete");
    assert_eq!(status["standing"]["complete_from"], "2026-09-01T00:00:00Z");
    let report = document(&["sync", &archive, SMALL, "--json"], 0);
    assert_eq!(report["outcome"], "complete");
    let more = run(&[
        "set",
        &archive,
        "from=all",
        "edited=on",
        "reactions=on",
        "--operator",
        "An",
    ]);
    assert_eq!(code(&more), 0, "{}", stderr(&more));
    let report = document(&["sync", &archive, SMALL, "--json"], 0);
    assert_eq!(report["outcome"], "complete");
    assert_eq!(report["standing"]["complete_from"], "2026-05-20T12:00:00Z");
    assert_eq!(code(&run(&["verify", &archive])), 0);
}

#[test]
fn settings_that_cannot_be_are_a_line_and_a_hint_and_change_nothing() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let before = last_settings(&archive);
    for change in [
        "attachments",
        "attachments=yes",
        "scrub=120%",
        "scrub=-1%",
        "scrub=NaN%",
        "scrub=0.1",
        "share=0",
        "share=2",
        "plan=gold",
        "from=2030-01-01",
        "from=someday",
        "colour=red",
    ] {
        let output = run(&["set", &archive, change, "--operator", "An"]);
        assert_eq!(code(&output), 2, "{change}: {}", stderr(&output));
        assert!(
            stderr(&output).contains("hint: "),
            "{change}: {}",
            stderr(&output)
        );
    }
    assert_eq!(code(&run(&["set", "/no/archive", "attachments=on"])), 2);
    assert_eq!(last_settings(&archive), before);
}

#[test]
fn readings_that_differ_are_listed() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let none = document(&["status", &archive, "--readings", "--json"], 0);
    assert_eq!(none["differences"].as_array().unwrap().len(), 0);
    assert_eq!(none["confirmation"]["late"], 0);
    // Another tool that says that messages came late is found; the list shows what is stored.
    let db = rusqlite::Connection::open(Path::new(&archive).join("archive.db")).unwrap();
    db.execute_batch(
        "INSERT INTO differences SELECT id, 1, 'late' FROM entry_columns WHERE kind = 0 LIMIT 1",
    )
    .unwrap();
    drop(db);
    let text = run(&["status", &archive, "--readings"]);
    let text = str::from_utf8(&text.stdout).unwrap();
    assert!(text.contains("came late: message "), "{text}");
    assert!(text.contains("seen by sync 1"), "{text}");
    let status = run(&["status", &archive]);
    let text = str::from_utf8(&status.stdout).unwrap();
    assert!(text.contains("1 message came late"), "{text}");
    assert_eq!(code(&run(&["verify", &archive])), 7);
}

#[test]
fn a_head_that_the_archive_no_longer_holds_is_not_replaced() {
    let (folder, archive) = place();
    let head = folder.path().join("head");
    let head = head.to_str().unwrap();
    let day = |day: u32| format!("--sandbox=sessions=2,messages=60,now=2026-11-{day}T12:00:00Z");
    let sync = |day_of: u32| {
        run(&[
            "sync",
            &archive,
            &day(day_of),
            NO_FILES,
            "-q",
            "--head-file",
            head,
        ])
    };
    assert_eq!(code(&sync(20)), 0);
    let earlier = folder.path().join("earlier");
    copy_folder(Path::new(&archive), &earlier);
    assert_eq!(code(&sync(21)), 0);
    let kept = std::fs::read_to_string(head).unwrap();
    std::fs::remove_dir_all(&archive).unwrap();
    std::fs::rename(&earlier, &archive).unwrap();
    for _ in 0..2 {
        let refused = sync(22);
        assert_eq!(code(&refused), 7, "{}", stderr(&refused));
        assert!(
            stderr(&refused).contains("rows were removed or replaced"),
            "{}",
            stderr(&refused)
        );
        assert_eq!(std::fs::read_to_string(head).unwrap(), kept);
    }
    // Nor is another archive begun over it.
    std::fs::remove_dir_all(&archive).unwrap();
    let refused = sync(22);
    assert_eq!(code(&refused), 7, "{}", stderr(&refused));
    assert!(!Path::new(&archive).exists());
}

#[test]
fn files_that_could_not_be_written_in_the_end_are_refused_at_the_start() {
    let (folder, archive) = place();
    let nowhere = folder.path().join("no/file");
    for option in ["--prom-file", "--head-file"] {
        let output = run(&["sync", &archive, SMALL, option, nowhere.to_str().unwrap()]);
        assert_eq!(code(&output), 2, "{option}: {}", stderr(&output));
    }
    let output = run(&["sync", &archive, SMALL, "--prom-file", "-"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(!Path::new(&archive).exists());
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &place),
            false => drop(std::fs::copy(entry.path(), place).unwrap()),
        }
    }
}
