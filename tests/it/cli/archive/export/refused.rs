//! Exports that are refused: one line and a hint, and nothing is written.

use super::*;

#[test]
fn bad_input_is_refused_and_writes_nothing() {
    let (folder, archive, out) = archived(SMALL);
    let out = out.to_str().unwrap();
    let inside = format!("{archive}/files/out");
    let no_parent = format!("{out}/a/b");
    let cases: [(&[&str], &str); 12] = [
        (&["--format", "pdf", "--out", out], "invalid value 'pdf'"),
        (&["--out", out], "--format"),
        (
            &["--format", "csv", "--out", out, "--prefix", "../x"],
            "not a prefix",
        ),
        (&["--format", "csv", "--out", out, "--prefix", ""], ""),
        (
            &["--format", "csv", "--out", out, "--start", "0"],
            "not a first number",
        ),
        (
            &["--format", "csv", "--out", out, "--start", "9999999999"],
            "cannot begin",
        ),
        (
            &["--format", "csv", "--out", out, "--tz", "Mars/Base"],
            "not a time zone",
        ),
        (
            &[
                "--format",
                "csv",
                "--out",
                out,
                "--person",
                "nobody@x.example",
            ],
            "has no person",
        ),
        (
            &["--format", "csv", "--out", out, "--session", "nothing"],
            "has no conversation",
        ),
        (
            &["--format", "csv", "--out", &inside],
            "lies inside the archive",
        ),
        (&["--format", "csv", "--out", &no_parent], "does not exist"),
        (
            &["--format", "csv", "--out", out, "--supplement", "--force"],
            "cannot be used with",
        ),
    ];
    let names = || -> Vec<PathBuf> {
        let state = folder_state(folder.path()).into_iter();
        state.map(|(path, ..)| path).collect()
    };
    let before = names();
    for (options, text) in cases {
        let output = run(&[&["export", &archive], options].concat());
        assert_refused(&output, text);
    }
    assert_eq!(names(), before);
}

/// One line says what is wrong, and one what to do.
fn assert_refused(output: &Output, text: &str) {
    assert_eq!(code(output), 2, "{}", stderr(output));
    let said: Vec<_> = stderr(output).lines().collect();
    let [error, hint] = said[..] else {
        panic!("{said:?}");
    };
    assert!(
        error.starts_with("error: ") && error.contains(text),
        "{said:?}"
    );
    assert!(hint.starts_with("hint: "), "{said:?}");
}

#[test]
fn a_folder_that_is_there_is_replaced_only_if_that_is_asked_for_and_it_is_an_export() {
    let (folder, archive, out) = archived(SMALL);
    std::fs::create_dir(&out).unwrap();
    for options in [&[][..], &["--force"]] {
        export(&archive, &out, options, 2);
    }
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    std::fs::write(out.join("manifest.json"), "{\"kind\":\"other\"}").unwrap();
    export(&archive, &out, &["--force"], 2);
    assert_eq!(tree(&out).len(), 2);
    std::fs::remove_dir_all(&out).unwrap();

    export(&archive, &out, &["--force", "--quiet"], 0);
    let first = tree(&out);
    let refused = export(&archive, &out, &[], 2);
    assert!(
        stderr(&refused).contains("--supplement"),
        "{}",
        stderr(&refused)
    );
    assert!(tree(&out) == first);
    // What the export did not write is not removed with it.
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let refused = export(&archive, &out, &["--force"], 2);
    assert!(
        stderr(&refused).contains("notes.txt"),
        "{}",
        stderr(&refused)
    );
    std::fs::remove_file(out.join("notes.txt")).unwrap();
    export(&archive, &out, &["--force", "--quiet", "--prefix", "B"], 0);
    assert_whole(&out);
    assert!(tree(&out).keys().all(|path| !path.contains("ZC-")));
    assert_eq!(folder.path().read_dir().unwrap().count(), 2);
}

#[test]
fn a_supplement_is_a_part_of_its_matter_and_not_replaced_alone() {
    let (_folder, archive, out) = archived(SMALL);
    export(&archive, &out, &["--quiet"], 0);
    let later = format!("{SMALL},now=2026-11-27T12:00:00Z");
    document(&["sync", &archive, &later, "--json"], 0);
    export(&archive, &out, &["--supplement", "--quiet"], 0);
    let before = tree(&out);
    let part = out.join("supplement-002");
    for option in ["--force", "--supplement"] {
        let output = export(&archive, &part, &[option], 2);
        assert_eq!(stderr(&output).lines().count(), 2, "{}", stderr(&output));
    }
    assert!(tree(&out) == before);
}

#[test]
fn the_archive_itself_is_never_replaced() {
    let (_folder, archive, _) = archived(SMALL);
    let archive = Path::new(&archive);
    // As if somebody had put an export's files there.
    std::fs::write(
        archive.join("manifest.json"),
        "{\"kind\":\"zoom-chat export\"}",
    )
    .unwrap();
    std::fs::write(archive.join("numbering.json"), "{}").unwrap();
    let before = tree(archive);
    let output = export(archive.to_str().unwrap(), archive, &["--force"], 2);
    assert!(
        stderr(&output).contains("holds the archive"),
        "{}",
        stderr(&output)
    );
    assert!(tree(archive) == before);
}

#[test]
fn an_archive_that_is_not_what_was_written_is_not_exported() {
    let (_folder, archive, out) = archived(SMALL);
    for sql in [
        "DELETE FROM entry_columns WHERE id IN (SELECT id FROM entry_columns LIMIT 5)",
        "UPDATE items SET raw = replace(raw, 'a', 'b') WHERE kind = 0",
    ] {
        let db = rusqlite::Connection::open(Path::new(&archive).join("archive.db")).unwrap();
        db.execute(sql, []).unwrap();
        drop(db);
        let refused = export(&archive, &out, &[], 7);
        assert!(
            stderr(&refused).contains("not what was written"),
            "{}",
            stderr(&refused)
        );
        assert!(!out.exists());
    }
    export(&archive, &out, &["--unverified", "--quiet"], 0);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["verified"], false);
    let certificate = std::fs::read_to_string(out.join("certificate-draft.md")).unwrap();
    assert!(
        certificate.contains("did not verify the archive"),
        "{certificate}"
    );
}

#[test]
fn an_archive_whose_rows_about_attachments_were_changed_is_refused_and_nothing_is_written() {
    let (folder, archive, out) = archived(SMALL);
    for change in [
        "UPDATE attachments SET state = 'gone'",
        "UPDATE attachments SET name = 'harmless.txt', size = 1",
        "UPDATE attachments SET sha256 = (SELECT max(sha256) FROM attachments)",
        "UPDATE attachments SET state = 'failed'",
        "DELETE FROM attachments WHERE id = (SELECT max(id) FROM attachments)",
        "UPDATE attachments SET entry = (SELECT min(entry) FROM attachments)",
    ] {
        let copy = folder.path().join("copy");
        let status = Command::new("cp")
            .arg("-a")
            .arg(&archive)
            .arg(&copy)
            .status();
        assert!(status.unwrap().success());
        let db = rusqlite::Connection::open(copy.join("archive.db")).unwrap();
        assert!(db.execute(change, []).unwrap() > 0, "{change}");
        drop(db);
        for format in ["csv", "csv,ndjson,files"] {
            let place = out.to_str().unwrap();
            let from = copy.to_str().unwrap();
            let output = run(&["export", from, "--format", format, "--out", place]);
            assert_eq!(code(&output), 7, "{change}: {}", stderr(&output));
            assert!(!out.exists(), "{change}");
        }
        std::fs::remove_dir_all(&copy).unwrap();
    }
}
