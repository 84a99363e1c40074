//! Two exports of one archive.

use super::*;

/// What may tell when and by whom an export was made.
const DATED: [&str; 3] = ["manifest.json", "certificate-draft.md", "SHA256SUMS"];

#[test]
fn two_exports_differ_in_date_and_operator_only() {
    let (folder, archive, one) = archived(HOSTILE);
    let two = folder.path().join("two");
    export(&archive, &one, &["--quiet", "--operator", "Ann"], 0);
    // The second one is made in another second, zone and language.
    std::thread::sleep(Duration::from_millis(1100));
    let mut other = program(&["export", &archive, "--operator", "Bob", "--quiet"]);
    other.args(ALL).arg("--out").arg(&two);
    other.envs([
        ("TZ", "Pacific/Apia"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
    ]);
    assert!(other.status().unwrap().success());
    let (mut first, mut second) = (tree(&one), tree(&two));
    for name in DATED {
        let texts = [&mut first, &mut second]
            .map(|it| String::from_utf8(it.remove(name).unwrap()).unwrap());
        assert_ne!(texts[0], texts[1], "{name}");
        let differing = texts[0]
            .lines()
            .zip(texts[1].lines())
            .filter(|(one, two)| one != two);
        let differing: Vec<_> = differing.collect();
        assert_eq!(differing.len(), 2, "{differing:?}");
        if name == "SHA256SUMS" {
            let named = |line: &str| {
                DATED
                    .iter()
                    .any(|dated| line.ends_with(&format!("  {dated}")))
            };
            assert!(differing.iter().all(|(one, two)| named(one) && named(two)));
        }
    }
    // The numbers are the same; only the digests at the end differ.
    let [one, two] = [&mut first, &mut second].map(|it| {
        let text = String::from_utf8(it.remove("numbering.json").unwrap()).unwrap();
        text.split_once("\"parts\":").unwrap().0.to_owned()
    });
    assert_eq!(one, two);
    assert!(first.len() > 10);
    assert_eq!(first, second);
}

#[test]
fn one_format_lies_at_the_root() {
    let (folder, archive, _) = archived(SMALL);
    for (format, first) in [
        ("csv", "entries/ZC-000001.csv"),
        ("ndjson", "entries/ZC-000001.ndjson"),
        ("files", "files/ZC-"),
    ] {
        let out = folder.path().join(format);
        let place = out.to_str().unwrap();
        let output = run(&[
            "export", &archive, "--format", format, "--out", place, "--quiet",
        ]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(
            tree(&out).keys().any(|path| path.starts_with(first)),
            "{format}: {:?}",
            tree(&out).keys()
        );
        assert_whole(&out);
        let others = ["csv", "ndjson"]
            .iter()
            .filter(|name| out.join(name).exists());
        assert_eq!(others.count(), 0);
    }
}

#[test]
fn a_conversation_has_one_number_in_every_format_and_counting_begins_where_it_is_told() {
    let (_folder, archive, out) = archived(SMALL);
    export(
        &archive,
        &out,
        &["--quiet", "--start", "41", "--prefix", "A-1_b"],
        0,
    );
    let names = |format: &str| -> Vec<String> {
        let files = tree(&out.join(format)).into_keys();
        files
            .map(|path| path.rsplit_once('.').unwrap().0.to_owned())
            .collect()
    };
    assert_eq!(names("csv"), names("ndjson"));
    let documents = table(&out.join("documents.csv"));
    assert_eq!(documents[0]["control_number"], "A-1_b-000041");
    for record in records(&out) {
        let of = documents
            .iter()
            .find(|it| it["control_number"] == record["control_number"])
            .unwrap();
        assert_eq!(of["session_id"], record["session_id"]);
    }
}
