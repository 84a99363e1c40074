//! What is new or changed since an export.

use super::*;

/// All documents of a matter, by their numbers.
fn documents(out: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut parts = vec![out.to_owned()];
    parts.extend((2..9).map(|number| out.join(format!("supplement-{number:03}"))));
    let parts = parts.into_iter().filter(|part| part.exists());
    let all = parts.flat_map(|part| table(&part.join("documents.csv")));
    all.map(|it| (it["control_number"].clone(), it)).collect()
}

#[test]
fn a_supplement_holds_what_is_new_or_changed_and_leaves_the_rest_as_it_is() {
    let (_folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let former = tree(&out);
    let nothing = export(&archive, &out, &["--supplement"], 0);
    let told = str::from_utf8(&nothing.stdout).unwrap();
    assert!(told.contains("nothing is new or changed"), "{told}");
    assert!(tree(&out) == former);

    document(&["sync", &archive, LATER, "--json"], 0);
    let output = export(&archive, &out, &["--supplement", "--json"], 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["supplement"], "supplement-002");
    let part = out.join("supplement-002");
    assert_whole(&out);
    assert_whole(&part);
    let now = tree(&out);
    for (path, bytes) in &former {
        assert!(path == "numbering.json" || now[path] == *bytes, "{path}");
    }
    // Each number was given once, and each new document names the one that it replaces.
    let before = documents(&out).len() - table(&part.join("documents.csv")).len();
    let all = documents(&out);
    let (first, last) = (
        all.first_key_value().unwrap().0,
        all.last_key_value().unwrap().0,
    );
    assert_eq!(
        (&**first, &**last),
        ("ZC-000001", &*format!("ZC-{:06}", all.len()))
    );
    let new = table(&part.join("documents.csv"));
    assert!(
        !new.is_empty() && new.len() < before,
        "{} {before}",
        new.len()
    );
    let mut superseded = 0;
    for document in new.iter().filter(|it| !it["supersedes"].is_empty()) {
        superseded += 1;
        let former = &all[&document["supersedes"]];
        assert_eq!(former["session_id"], document["session_id"]);
        assert_eq!(former["kind"], document["kind"]);
    }
    assert!(superseded > 0);
    let counts = |kind: &str| new.iter().filter(|it| it["kind"] == kind).count();
    assert!(counts("attachment") > 0 && counts("attachment") < 50);
    assert_eq!(manifest(&part)["supplement"], "supplement-002");
}

#[test]
fn a_matter_of_which_a_file_was_changed_or_removed_gets_no_supplement() {
    let (_folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    document(&["sync", &archive, LATER, "--json"], 0);
    let before = tree(&out);
    let entries = before.keys().find(|path| path.ends_with(".csv")).unwrap();
    for path in [
        entries.as_str(),
        "manifest.json",
        "documents.csv",
        "SHA256SUMS",
    ] {
        let place = out.join(path);
        for change in [Some(b"x".to_vec()), None] {
            match change {
                Some(text) => std::fs::write(&place, text).unwrap(),
                None => std::fs::remove_file(&place).unwrap(),
            }
            let output = export(&archive, &out, &["--supplement"], 2);
            assert_eq!(stderr(&output).lines().count(), 2, "{}", stderr(&output));
            assert!(!out.join("supplement-002").exists(), "{path}");
            std::fs::write(&place, &before[path]).unwrap();
        }
    }
    let numbers = String::from_utf8(before["numbering.json"].clone()).unwrap();
    let next = numbers
        .split("\"next\":")
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap();
    for (from, to) in [
        (format!("\"next\":{next}"), "\"next\":3".to_owned()),
        ("ZC-000002".to_owned(), "ZC-000777".to_owned()),
        ("\"sha256\":\"".to_owned(), "\"sha256\":\"0".to_owned()),
    ] {
        let changed = numbers.replacen(&from, &to, 1);
        assert_ne!(changed, numbers, "{from}");
        std::fs::write(out.join("numbering.json"), changed).unwrap();
        export(&archive, &out, &["--supplement"], 2);
    }
    std::fs::write(out.join("numbering.json"), numbers).unwrap();
    // What is delivered must be there itself.
    let (place, away) = (out.join(entries), out.join("away"));
    std::fs::rename(&place, &away).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&away, &place).unwrap();
        export(&archive, &out, &["--supplement"], 2);
        std::fs::remove_file(&place).unwrap();
    }
    std::fs::rename(&away, &place).unwrap();
    export(&archive, &out, &["--supplement", "--quiet"], 0);
}

#[test]
fn a_supplement_whose_run_was_killed_right_after_it_was_made_is_counted() {
    let (_folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let numbers = std::fs::read(out.join("numbering.json")).unwrap();
    document(&["sync", &archive, LATER, "--json"], 0);
    export(&archive, &out, &["--supplement", "--quiet"], 0);
    let whole = tree(&out);
    // The supplement is there, and the matter's numbers do not name it yet.
    std::fs::write(out.join("numbering.json"), numbers).unwrap();
    let nothing = export(&archive, &out, &["--supplement"], 0);
    let told = str::from_utf8(&nothing.stdout).unwrap();
    assert!(told.contains("nothing is new or changed"), "{told}");
    let still_later = format!("{NOW},now=2026-12-04T12:00:00Z");
    document(&["sync", &archive, &still_later, "--json"], 0);
    export(&archive, &out, &["--supplement", "--quiet"], 0);
    let third = table(&out.join("supplement-003/documents.csv"));
    let second = table(&out.join("supplement-002/documents.csv"));
    let number = |it: &BTreeMap<String, String>| it["control_number"].clone();
    assert!(second.iter().map(number).max() < third.iter().map(number).min());
    let now = tree(&out);
    assert!(
        whole
            .iter()
            .all(|(path, bytes)| path == "numbering.json" || now[path] == *bytes)
    );
}

#[test]
fn a_supplement_that_was_moved_away_keeps_its_numbers() {
    let (folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    document(&["sync", &archive, LATER, "--json"], 0);
    export(
        &archive,
        &out,
        &["--supplement", "--quiet", "--start", "5"],
        0,
    );
    let second = out.join("supplement-002");
    assert_eq!(manifest(&second)["request"], manifest(&out)["request"]);
    let away = folder.path().join("away");
    std::fs::rename(&second, &away).unwrap();
    let still_later = format!("{NOW},now=2026-12-04T12:00:00Z");
    document(&["sync", &archive, &still_later, "--json"], 0);
    export(&archive, &out, &["--supplement", "--quiet"], 0);
    let numbers = |part: &Path| {
        let documents = table(&part.join("documents.csv")).into_iter();
        documents
            .map(|it| it["control_number"].clone())
            .collect::<Vec<_>>()
    };
    let (second, third) = (numbers(&away), numbers(&out.join("supplement-003")));
    assert!(
        second.iter().max() < third.iter().min(),
        "{second:?} {third:?}"
    );
}

#[test]
fn a_matter_with_its_supplement_holds_what_a_new_export_holds() {
    let (folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    document(&["sync", &archive, LATER, "--json"], 0);
    export(&archive, &out, &["--supplement", "--quiet"], 0);
    let fresh = folder.path().join("fresh");
    export(&archive, &fresh, &["--quiet"], 0);
    // The last number of each conversation counts, wherever it stands.
    let latest = |out: &Path| {
        let mut of: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
        for mut record in records(out) {
            let number = record["control_number"].as_str().unwrap().to_owned();
            record.as_object_mut().unwrap().remove("control_number");
            for file in record["files"].as_array_mut().unwrap() {
                let file = file.as_object_mut().unwrap();
                file.remove("control_number");
                file.remove("path");
            }
            of.entry(record["session_id"].to_string())
                .or_default()
                .push((number, record));
        }
        for records in of.values_mut() {
            let last = records
                .iter()
                .map(|(number, _)| number.clone())
                .max()
                .unwrap();
            records.retain(|(number, _)| *number == last);
            records.iter_mut().for_each(|(number, _)| number.clear());
        }
        of
    };
    assert!(latest(&out) == latest(&fresh));
    // Each file of the last records lies where its number says.
    let all = documents(&out);
    for record in records(&out.join("supplement-002")) {
        for file in record["files"].as_array().unwrap() {
            let document = &all[file["control_number"].as_str().unwrap()];
            assert_eq!(document["sha256"], file["sha256"].as_str().unwrap());
            let name = file["name"].as_str().unwrap_or_default();
            assert_eq!(cell(&document["file_name"]), name.replace('\0', "\u{fffd}"));
        }
    }
}

#[test]
fn the_order_in_which_people_are_named_makes_no_other_export() {
    let (_folder, archive, out) = archived(SMALL);
    let sql = "SELECT DISTINCT sender FROM entries WHERE sender <> '' ORDER BY 1 LIMIT 2";
    let db = database(&archive);
    let mut people = db.prepare(sql).unwrap();
    let people = people.query_map([], |row| row.get(0)).unwrap();
    let people: Vec<String> = people.map(Result::unwrap).collect();
    let [one, two] = [&people[0], &people[1]];
    export(
        &archive,
        &out,
        &["--quiet", "--person", one, "--person", two],
        0,
    );
    let turned = ["--supplement", "--quiet", "--person", two, "--person", one];
    export(&archive, &out, &turned, 0);
    export(&archive, &out, &["--supplement", "--person", one], 2);
}

#[test]
fn supplements_are_counted_and_go_on_with_the_numbers() {
    let (_folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    for (number, day) in [(2, "2026-11-24"), (3, "2026-11-27")] {
        let sandbox = format!("{NOW},now={day}T12:00:00Z");
        document(&["sync", &archive, &sandbox, "--json"], 0);
        export(&archive, &out, &["--supplement", "--quiet"], 0);
        assert_whole(&out);
        let part = out.join(format!("supplement-{number:03}"));
        assert_whole(&part);
    }
    let all = documents(&out);
    assert_eq!(
        *all.last_key_value().unwrap().0,
        format!("ZC-{:06}", all.len())
    );
    let third = table(&out.join("supplement-003/documents.csv"));
    let of_second = |it: &&BTreeMap<String, String>| {
        let second = table(&out.join("supplement-002/documents.csv"));
        second
            .iter()
            .any(|before| before["control_number"] == it["supersedes"])
    };
    assert!(third.iter().any(|it| of_second(&it)));
}

#[test]
fn a_supplement_of_something_else_is_refused_and_nothing_changes() {
    let (folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let before = tree(&out);
    let other = folder.path().join("other").to_str().unwrap().to_owned();
    document(
        &[
            "sync",
            &other,
            "--sandbox=seed=8,sessions=3,messages=50",
            NO_FILES,
            "--json",
        ],
        0,
    );
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let cases: [(&str, &Path, &[&str], &str); 5] = [
        (&archive, &out, &["--prefix", "B"], "with another --prefix"),
        (&archive, &out, &["--tz", "Asia/Tokyo"], "with another --tz"),
        (&archive, &out, &["--bom"], "with another option"),
        (&other, &out, &[], "from another account"),
        (&archive, &empty, &[], "is not an export"),
    ];
    for (archive, out, options, text) in cases {
        let output = export(archive, out, &[options, &["--supplement"]].concat(), 2);
        assert!(
            stderr(&output).lines().next().unwrap().contains(text),
            "{}",
            stderr(&output)
        );
        assert_eq!(stderr(&output).lines().count(), 2);
    }
    assert!(tree(&out) == before);
    assert_eq!(folder.path().read_dir().unwrap().count(), 4);
}
