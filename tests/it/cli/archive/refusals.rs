//! What is refused, and what is said of it.

use super::*;

/// Arguments that are refused in a folder as [`archives`] makes it.
const REFUSED: &[&[&str]] = &[
    &["sync"],
    &["sync", "other", SMALL],
    &["init", "demo", SMALL],
    &["init", "other", SMALL],
    &["sync", "newer", SMALL],
    &["status", "newer"],
    &["status", "nothing"],
    &["sync", "nothing", SMALL, "--existing"],
    &["sync", "new", SMALL, "--once"],
    &["verify", "other"],
    &["sync", "demo", "--sandbox=seed=8"],
    &["sync", "demo", SMALL, "--from", "2026-11-01"],
    &["sync", "demo", SMALL, "--include", "edited"],
    &["sync", "demo", SMALL, "--reread", "soon"],
    &["sync", "new", SMALL, "--from", "2030-01-01"],
    &["sync", "shared", SMALL],
    &["status", "shared"],
    &["status", "demo", "--max-age", "long"],
    &["gaps", "demo", "--accept", "1"],
    &[
        "gaps",
        "demo",
        "--accept",
        "1",
        "--reason",
        "why",
        "--operator",
        "me",
    ],
    &["verify", "demo", "--expect-head", "abc"],
    &["search", "demo"],
    &["search", "demo", "budget", "--limit", "0"],
    &["search", "demo", "budget", "--limit", "-1"],
    &["search", "demo", "budget", "--limit", "many"],
    &["search", "demo", "budget", "--context", "1001"],
    &["search", "demo", "--json"],
    &["search", "demo", "\""],
    &["search", "demo", "-\"\""],
    &[
        "messages",
        "--archive",
        "demo",
        "--sent-only",
        "--kind",
        "edited",
    ],
    &["export", "demo", "--format", "csv", "--raw", "--out", "new"],
    &[
        "export", "demo", "--format", "ndjson", "--bom", "--out", "new",
    ],
    &[
        "export",
        "demo",
        "--format",
        "files",
        "--csv-raw",
        "--out",
        "new",
    ],
    &["messages", "--all", "--archive", "demo", SMALL],
    &["messages", "nobody", "--archive", "demo"],
    &[
        "messages",
        "--all",
        "--archive",
        "demo",
        "--from",
        "today",
        "--to",
        "-2d",
    ],
    &[
        "sessions",
        "--archive",
        "demo",
        "--from",
        "today",
        "--to",
        "-2d",
    ],
    &["sessions", "--archive", "demo", "--session", "nobody"],
    &["messages", "--archive", "demo", "--sent-by", "nobody"],
    &["messages", "--archive", "demo", "--tz", "Nowhere"],
    &["search", "demo", "budget", "--person", "@missing.txt"],
    &["people", "demo", "--session", ""],
    &["people", "nothing"],
    &["sessions", "--archive", "nothing"],
];

/// A folder with archives: whole, readable by others, and of a later version; and with files of something else.
fn archives() -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let shared = folder.path().join("shared");
    document(
        &["sync", shared.to_str().unwrap(), SMALL, NO_FILES, "--json"],
        0,
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let newer = folder.path().join("newer");
    document(
        &["sync", newer.to_str().unwrap(), SMALL, NO_FILES, "--json"],
        0,
    );
    let db = rusqlite::Connection::open(newer.join("archive.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    std::fs::create_dir(folder.path().join("other")).unwrap();
    std::fs::write(folder.path().join("other/notes.txt"), "mine").unwrap();
    (folder, shared)
}

#[test]
fn bad_input_about_archives_touches_nothing() {
    let (folder, shared) = archives();
    let before = folder_state(folder.path());
    let mut texts = String::new();
    for arguments in REFUSED {
        let output = program(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let said: Vec<_> = stderr(&output).lines().collect();
        assert!(
            matches!(said[..], [e, h] if e.starts_with("error: ") && h.starts_with("hint: ")),
            "{arguments:?}: {said:?}"
        );
        texts.push_str(&format!(
            "zoom-chat {}\n{}\n",
            arguments.join(" "),
            stderr(&output)
        ));
    }
    let after = folder_state(folder.path());
    let changed = after.iter().find(|file| !before.contains(file));
    assert_eq!(changed.map(|file| &file.0), None);
    assert_eq!(after.len(), before.len());
    insta::assert_snapshot!("bad_input", texts);
    let allowed = run(&["status", shared.to_str().unwrap(), "--allow-shared"]);
    assert_eq!(code(&allowed), 0);
}

#[test]
fn what_only_an_archive_can_select_is_refused_where_zoom_is_asked() {
    for options in [
        &["--person", "nobody"][..],
        &["--sent-by", "nobody"],
        &["--session", "general"],
        &["--kind", "deleted"],
        &["--external"],
        &["--has-file"],
        &["--tz", "Asia/Tokyo"],
        &["--signed-links"],
        &["--sent-only"],
    ] {
        let refused = run(&[&["messages", "--all", SMALL][..], options].concat());
        assert_eq!(code(&refused), 2, "{options:?}: {}", stderr(&refused));
        assert!(refused.stdout.is_empty(), "{options:?}");
        assert!(
            stderr(&refused).contains("--archive"),
            "{}",
            stderr(&refused)
        );
    }
    let refused = run(&["sessions", SMALL, "--external"]);
    assert_eq!(code(&refused), 2, "{}", stderr(&refused));
}
