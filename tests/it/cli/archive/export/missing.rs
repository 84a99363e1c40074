//! What is missing is named, wherever somebody looks.

use super::*;

#[test]
fn times_that_the_archive_does_not_prove_are_written_and_exit_3() {
    let (_folder, archive, out) = archived(SMALL);
    let output = export(
        &archive,
        &out,
        &["--from", "2026-11-01", "--to", "2026-12-31"],
        3,
    );
    assert_whole(&out);
    let told = str::from_utf8(&output.stdout).unwrap();
    let certificate = std::fs::read_to_string(out.join("certificate-draft.md")).unwrap();
    let manifest = manifest(&out);
    assert!(told.starts_with("NOT COMPLETE: "), "{told}");
    assert!(certificate.contains("**NOT COMPLETE: "), "{certificate}");
    assert!(
        stderr(&output).starts_with("error: NOT COMPLETE: "),
        "{}",
        stderr(&output)
    );
    assert!(
        manifest["verdict"]
            .as_str()
            .unwrap()
            .starts_with("NOT COMPLETE: ")
    );
    assert_eq!(manifest["complete"], false);
    assert!(!manifest["gaps"].as_array().unwrap().is_empty());
    assert!(!records(&out).is_empty());
}

#[test]
fn a_gap_counts_only_where_it_was_asked_for_and_not_once_it_is_accepted() {
    let (folder, archive, _) = archived("--sandbox=seed=7,sessions=5,messages=300");
    // A month without a sync is a gap of the account.
    let later = "--sandbox=seed=7,sessions=5,messages=300,now=2027-07-20T12:00:00Z,anchor=2026-11-20T12:00:00Z";
    let synced = run(&["sync", &archive, later, "--json", NO_FILES, "--once"]);
    let gaps = run(&["gaps", &archive, "--json"]);
    let gaps: Value = serde_json::from_slice(&gaps.stdout).unwrap();
    let gaps = gaps["gaps"].as_array().unwrap().clone();
    assert!(!gaps.is_empty(), "{}", stderr(&synced));
    let place = |name: &str| folder.path().join(name);
    export(
        &archive,
        &place("old"),
        &["--quiet", "--to", "2026-10-01", "--from", "2026-07-01"],
        0,
    );
    let format = ["--format", "csv", "--quiet", "--out"];
    let csv = |name: &str, expected: i32| {
        let out = place(name);
        let output = run(&[&["export", &archive], &format[..], &[out.to_str().unwrap()]].concat());
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        manifest(&out)
    };
    let open = csv("open", 3);
    assert!(!open["gaps"].as_array().unwrap().is_empty());
    document(
        &[
            "gaps",
            &archive,
            "--accept",
            "all",
            "--before",
            "2030-01-01",
            "--reason",
            "known",
            "--operator",
            "Ann",
            "--json",
        ],
        0,
    );
    let accepted = csv("accepted", 0);
    assert!(accepted["gaps"].as_array().unwrap().is_empty());
    let of = accepted["accepted_gaps"].as_array().unwrap();
    assert_eq!(of[0]["acceptance"]["operator"], "Ann");
    assert!(
        accepted["verdict"]
            .as_str()
            .unwrap()
            .contains("accepted gap")
    );
}

#[test]
fn files_that_are_not_stored_are_placeholders_that_say_why() {
    let (folder, archive) = place();
    document(&["sync", &archive, SMALL, NO_FILES, "--json"], 0);
    let out = folder.path().join("out");
    let output = export(&archive, &out, &["--json"], 3);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_whole(&out);
    let placeholders: Vec<_> = tree(&out)
        .into_iter()
        .filter(|(path, _)| path.starts_with("files/"))
        .collect();
    assert_eq!(report["counts"]["placeholders"], placeholders.len());
    assert_eq!(report["missing_files"], placeholders.len());
    assert!(placeholders.len() > 5);
    for (path, text) in &placeholders {
        let text = str::from_utf8(text).unwrap();
        assert!(path.ends_with(".MISSING.txt"), "{path}");
        assert!(
            text.starts_with("MISSING: the archive's settings exclude attachments."),
            "{text}"
        );
        assert!(text.contains("SANDBOX"), "{text}");
    }
    // Whoever does not ask for files lacks none.
    let csv = folder.path().join("csv");
    let output = run(&[
        "export",
        &archive,
        "--format",
        "csv",
        "--out",
        csv.to_str().unwrap(),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_file_that_the_archive_lost_is_named_and_exit_7_and_a_supplement_brings_it() {
    let (_folder, archive, out) = archived(SMALL);
    let stored = tree(&Path::new(&archive).join("files"));
    let mut long = stored.iter().filter(|(_, bytes)| bytes.len() > 100);
    let (lost, bytes) = long.next().unwrap();
    let (changed, other) = long.next().unwrap();
    let at = |path: &str| Path::new(&archive).join("files").join(path);
    std::fs::remove_file(at(lost)).unwrap();
    std::fs::write(at(changed), vec![b'x'; other.len()]).unwrap();
    let output = export(&archive, &out, &[], 7);
    let told = str::from_utf8(&output.stdout).unwrap();
    assert!(told.starts_with("NOT COMPLETE: "), "{told}");
    assert_whole(&out);
    let documents = table(&out.join("documents.csv"));
    let lost_ones = documents
        .iter()
        .filter(|it| it["file_state"] == "lost")
        .count();
    assert!(lost_ones >= 2, "{lost_ones}");
    let all = tree(&out);
    assert!(
        !all.values()
            .any(|it| it == bytes || *it == vec![b'x'; other.len()])
    );

    std::fs::write(at(lost), bytes).unwrap();
    std::fs::write(at(changed), other).unwrap();
    export(&archive, &out, &["--supplement", "--quiet"], 0);
    assert_whole(&out);
    let found = table(&out.join("supplement-002/documents.csv"));
    let found: Vec<_> = found
        .iter()
        .filter(|it| it["kind"] == "attachment")
        .collect();
    assert_eq!(found.len(), lost_ones);
    assert!(
        found
            .iter()
            .all(|it| it["file_state"] == "stored" && !it["supersedes"].is_empty())
    );
}

#[test]
fn nothing_that_matches_is_an_empty_export_that_says_so() {
    let (_folder, archive, out) = archived(SMALL);
    let options = ["--from", "2026-09-01", "--to", "2026-09-01", "--has-file"];
    let output = export(
        &archive,
        &out,
        &[&options[..], &["--kind", "deleted"]].concat(),
        0,
    );
    let told = str::from_utf8(&output.stdout).unwrap();
    assert!(told.starts_with("COMPLETE: nothing matches"), "{told}");
    assert_whole(&out);
    assert_eq!(table(&out.join("documents.csv")).len(), 0);
    assert_eq!(manifest(&out)["counts"]["conversations"], 0);
}

#[test]
fn days_before_the_archive_begins_are_missing_also_without_a_first_day() {
    let (_folder, archive, out) = archived(SMALL);
    export(&archive, &out, &["--to", "2026-05-01", "--quiet"], 3);
    assert_eq!(manifest(&out)["complete"], false);
    let printed = run(&["messages", "--archive", &archive, "--to", "2026-05-01"]);
    assert_eq!(code(&printed), 3, "{}", stderr(&printed));
}

#[test]
fn a_certificate_tells_every_condition_and_what_the_verification_found() {
    let (_folder, archive, out) = archived(SMALL);
    let stored = tree(&Path::new(&archive).join("files"));
    let lost = stored.keys().next().unwrap();
    std::fs::remove_file(Path::new(&archive).join("files").join(lost)).unwrap();
    let place = out.to_str().unwrap();
    let options = ["--format", "csv", "--external", "--has-file", "--quiet"];
    let output = run(&[&["export", &archive, "--out", place], &options[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let certificate = std::fs::read_to_string(out.join("certificate-draft.md")).unwrap();
    for line in [
        "- Only conversations with people from outside the account: yes",
        "- Only entries that name a file: yes",
        "found nothing changed, except that the archive's copies of 1 attachment are missing",
    ] {
        assert!(certificate.contains(line), "{line}: {certificate}");
    }
    assert_eq!(manifest(&out)["damaged_files"], 1);
}
