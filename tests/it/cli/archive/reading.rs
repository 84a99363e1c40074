//! What is read from an archive.

use super::*;

#[test]
fn an_archive_prints_what_zoom_prints() {
    let (_folder, archive) = place();
    let report = document(&["sync", &archive, SMALL, "--json"], 0);
    assert_eq!(report["outcome"], "complete");
    let direct = run(&["messages", "--all", "--everything", SMALL]);
    // Edits and deletions are part of it, unless an option leaves them away.
    let stored = run(&["messages", "--all", "--archive", &archive]);
    assert_eq!(code(&stored), 0, "{}", stderr(&stored));
    assert!(stderr(&stored).contains("complete   through 2026-11-18T12:00:00.000Z"));
    assert!(lines(&stored).len() > 300);
    assert_eq!(contents(&stored), contents(&direct));

    let sent = run(&[
        "messages",
        "--all",
        "--archive",
        &archive,
        "--from",
        "2026-09-01",
        "--sent-only",
    ]);
    let full = ["--bots", "--reactions", "--from", "2026-09-01"];
    let direct = run(&[&["messages", "--all", SMALL], &full[..]].concat());
    assert_eq!(contents(&sent), contents(&direct));

    let direct = run(&["sessions", SMALL]);
    let stored = run(&["sessions", "--archive", &archive]);
    let sorted = |output: &Output| {
        let mut lines: Vec<String> = lines(output).into_iter().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&stored), sorted(&direct));
}

#[test]
fn one_changed_row_is_named_and_exit_7() {
    let (_folder, archive) = place();
    let first = document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let head = first["head"].as_str().unwrap();
    document(&["sync", &archive, SMALL, "--json"], 0);
    let kept = run(&["verify", &archive, "--deep", "--expect-head", head]);
    assert_eq!(code(&kept), 0, "{}", stderr(&kept));
    let text = str::from_utf8(&kept.stdout).unwrap();
    assert!(
        text.contains("(SANDBOX)") && text.contains("WHOLE: "),
        "{text}"
    );
    assert!(text.contains("This archive cannot show"), "{text}");
    let strange = run(&["verify", &archive, "--expect-head", &"ab".repeat(32)]);
    assert_eq!(code(&strange), 7);

    let db = rusqlite::Connection::open(Path::new(&archive).join("archive.db")).unwrap();
    db.execute("UPDATE items SET raw = raw || ' ' WHERE id = 17", [])
        .unwrap();
    drop(db);
    let report = document(&["verify", &archive, "--json"], 7);
    assert_eq!(report["finding_count"], 2, "{report}");
    assert_eq!(report["findings"][0]["kind"], "unit");
    assert_eq!(report["findings"][1]["name"], "entry 17");
    let refused = run(&["rebuild", &archive]);
    assert_eq!(code(&refused), 7, "{}", stderr(&refused));
}

#[test]
fn a_backup_is_an_archive_and_is_made_once() {
    let (folder, archive) = place();
    document(&["sync", &archive, HOSTILE, "--json"], 0);
    let to = folder.path().join("copy").display().to_string();
    let report = document(&["backup", &archive, &to, "--json"], 0);
    assert_eq!(report["lost_files"], 0);
    let verified = document(&["verify", &to, "--json"], 0);
    assert_eq!(verified["head"], report["head"]);
    let again = run(&["backup", &archive, &to]);
    assert_eq!(code(&again), 2);
    assert!(stderr(&again).contains("is there already"));
    assert!(stderr(&again).contains("hint: "));
    let text = run(&["backup", &archive, &format!("{to}-2"), "--link"]);
    assert_eq!(code(&text), 0, "{}", stderr(&text));
    let nowhere = format!("{to}/is/no/folder");
    assert_eq!(code(&run(&["backup", &archive, &nowhere])), 2);
    assert_eq!(code(&run(&["backup", "/no/archive", &nowhere])), 2);
}

#[test]
fn reading_changes_no_byte_and_no_time() {
    let (_folder, archive) = place();
    document(&["sync", &archive, SMALL, "--json"], 0);
    let before = folder_state(Path::new(&archive));
    for arguments in [
        &["status", &archive][..],
        &["gaps", &archive],
        &["verify", &archive, "--deep"],
        &["search", &archive, "the"],
        &["sessions", "--archive", &archive],
        &["messages", "--all", "--archive", &archive],
    ] {
        assert_eq!(code(&run(arguments)), 0, "{arguments:?}");
    }
    assert!(folder_state(Path::new(&archive)) == before);
}

#[test]
fn metrics_are_written_beside_and_renamed() {
    let (folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let file = folder.path().join("zoom.prom");
    std::fs::write(&file, "old").unwrap();
    let file_name = file.to_str().unwrap();
    let output = run(&["status", &archive, "--prom-file", file_name, "--quiet"]);
    assert_eq!((code(&output), output.stdout.len()), (0, 0));
    let text = std::fs::read_to_string(&file).unwrap();
    let value = |name: &str| {
        let mut lines = text.lines();
        let begin = format!("zoom_chat_archive_{name}{{archive=\"");
        let line = lines.find(|line| line.starts_with(&begin));
        line.unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(value("open_gaps"), "0");
    assert_eq!(value("complete"), "1");
    assert_ne!(value("last_attempt_timestamp_seconds"), "0");
    assert!(text.contains("outcome=\"complete\"} 1\n"), "{text}");
    let left: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");

    // On the screen, where it is asked for; and what never was is 0.
    let printed = run(&["status", &archive, "--prom-file", "-"]);
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), text);
    let never = folder.path().join("never").display().to_string();
    assert_eq!(code(&run(&["init", &never, SMALL])), 0);
    let never = run(&["status", &never, "--prom-file", "-"]);
    let never = String::from_utf8(never.stdout).unwrap();
    assert!(!never.contains("NaN"), "{never}");
    assert!(never.lines().any(|line| {
        line.starts_with("zoom_chat_archive_last_complete_sync_timestamp_seconds{")
            && line.ends_with("} 0")
    }));
}

#[test]
fn a_run_leaves_its_figures_and_its_head_where_it_is_told() {
    let (folder, archive) = place();
    let (prom, head) = (folder.path().join("zoom.prom"), folder.path().join("head"));
    let (prom_file, head_file) = (prom.to_str().unwrap(), head.to_str().unwrap());
    let files = ["--prom-file", prom_file, "--head-file", head_file];
    let mut arguments = vec!["sync", &archive, SMALL, NO_FILES, "--json"];
    arguments.extend(files);
    let report = document(&arguments, 0);
    let text = std::fs::read_to_string(&head).unwrap();
    assert_eq!(text.trim_end(), report["head"].as_str().unwrap());
    let text = text.trim_end();
    let verified = run(&["verify", &archive, "--expect-head", text]);
    assert_eq!(code(&verified), 0);
    let prom = std::fs::read_to_string(&prom).unwrap();
    assert!(prom.contains("zoom_chat_archive_complete{"), "{prom}");
}

#[test]
fn an_archive_of_a_simulated_account_says_so_everywhere() {
    let (_folder, archive) = place();
    let sync = run(&["sync", &archive, SMALL, NO_FILES]);
    for output in [
        sync,
        run(&["status", &archive]),
        run(&["verify", &archive]),
        run(&["messages", "--all", "--archive", &archive]),
    ] {
        let text = format!(
            "{}{}",
            stderr(&output),
            str::from_utf8(&output.stdout).unwrap()
        );
        assert!(text.contains("(SANDBOX)"));
    }
}

#[test]
fn reading_beyond_what_is_proven_exits_3_and_names_the_stretch() {
    let (folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let summary = folder.path().join("summary.json");
    let file = summary.to_str().unwrap();
    let read = |more: &[&str], expected: i32| -> Value {
        let arguments = [
            "messages",
            "--all",
            "--archive",
            &archive,
            "--summary",
            file,
        ];
        let output = run(&[&arguments[..], more].concat());
        assert_eq!(code(&output), expected, "{more:?}: {}", stderr(&output));
        json(&std::fs::read_to_string(&summary).unwrap())
    };
    // The sync was on 20 November: what is younger than 48 hours may still change.
    let missing = |summary: &Value| -> Vec<(String, String)> {
        let missing = summary["missing"].as_array().unwrap();
        let at = |gap: &Value, end: &str| gap[end].as_str().unwrap().to_owned();
        missing
            .iter()
            .map(|gap| (at(gap, "start"), at(gap, "end")))
            .collect()
    };
    for to in ["2026-11-18", "today", "2027-03-01"] {
        let summary = read(&["--to", to], 3);
        let named = missing(&summary);
        assert_eq!(named.len(), 1, "{summary}");
        assert_eq!(named[0].0, "2026-11-18T12:00:00Z");
    }
    // Not one instant of these is proven.
    for from in ["2026-11-19", "2027-01-01"] {
        let summary = read(&["--from", from], 3);
        assert_eq!(missing(&summary)[0].0, format!("{from}T00:00:00Z"));
    }
    let before = read(&["--from", "2026-01-01", "--to", "2026-06-30"], 3);
    assert_eq!(missing(&before)[0].1, "2026-05-20T12:00:00Z");
    for whole in [
        &[][..],
        &["--to", "2026-11-17"],
        &["--from", "2026-06-01", "--to", "2026-06-30"],
    ] {
        let summary = read(whole, 0);
        assert_eq!(
            summary["standing"]["complete_through"],
            "2026-11-18T12:00:00Z"
        );
        assert_eq!(summary["standing"]["verdict"], "complete");
    }
    let sessions = run(&["sessions", "--archive", &archive, "--summary", file]);
    assert_eq!(code(&sessions), 0);
}

#[test]
fn an_archive_of_format_1_is_refused_and_brought_up_by_rebuild() {
    use std::io::Read;
    let (_folder, archive) = place();
    let packed = "fixtures/archive_format_1/archive.db.gz";
    let packed = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(packed)).unwrap();
    let mut database = Vec::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut database)
        .unwrap();
    let folder = Path::new(&archive);
    std::fs::create_dir_all(folder.join("files")).unwrap();
    std::fs::write(folder.join("archive.db"), database).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    for command in [
        &["status", &archive][..],
        &["gaps", &archive],
        &["verify", &archive],
        &["search", &archive, "the"],
        &["messages", "--all", "--archive", &archive],
    ] {
        let output = run(command);
        assert_eq!(code(&output), 2, "{command:?}: {}", stderr(&output));
        assert!(
            stderr(&output).contains("`zoom-chat rebuild`"),
            "{}",
            stderr(&output)
        );
    }
    let rebuilt = document(&["rebuild", &archive, "--json"], 0);
    assert_eq!(
        (&rebuilt["from_format"], &rebuilt["format"]),
        (&1.into(), &2.into())
    );
    // Its files were left behind: they are named, and everything else is whole.
    let report = document(&["verify", &archive, "--json"], 7);
    for finding in report["findings"].as_array().unwrap() {
        assert_eq!(finding["kind"], "attachment", "{finding}");
    }
    assert!(report["taken_over"].as_u64() > Some(0));
    assert_eq!(code(&run(&["rebuild", &archive])), 0);
}
