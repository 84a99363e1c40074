//! A law firm asks for three people and four months.

use std::collections::BTreeSet;

use super::*;

/// An account in August, so that its six months hold March to June.
const AUGUST: &str = "--sandbox=seed=7,sessions=12,messages=1500,now=2026-08-15T12:00:00Z,anchor=2026-08-15T12:00:00Z";
/// The first instant of March in Berlin, and of July, epoch ms.
const MONTHS: [i64; 2] = [1_772_319_600_000, 1_782_856_800_000];

/// Three people who wrote in few conversations, and the conversations in which they took part.
fn people(archive: &str) -> (Vec<String>, BTreeSet<i64>) {
    let db = database(archive);
    let sql =
        "SELECT sender FROM people p JOIN participants s ON s.person = p.no WHERE sender <> ''
         GROUP BY sender HAVING sum(s.sent) > 0 ORDER BY count(DISTINCT s.session), sender LIMIT 3";
    let mut found = db.prepare(sql).unwrap();
    let found = found.query_map([], |row| row.get(0)).unwrap();
    let people: Vec<String> = found.map(Result::unwrap).collect();
    let mut sessions = BTreeSet::new();
    for person in &people {
        // The address, and the ids that stand beside it.
        let sql = "SELECT s.session FROM participants s JOIN people p ON p.no = s.person
             WHERE p.sender = ?1 OR p.sender_member_id IN
               (SELECT sender_member_id FROM people WHERE sender = ?1)";
        let mut found = db.prepare(sql).unwrap();
        let found = found.query_map([person], |row| row.get(0)).unwrap();
        sessions.extend(found.map(Result::<i64, _>::unwrap));
    }
    (people, sessions)
}

/// The entries of conversations in these months, and the files that they name, by conversation.
fn expected(archive: &str, sessions: &BTreeSet<i64>) -> BTreeMap<String, (usize, usize)> {
    let db = database(archive);
    let sql = "SELECT s.id, count(DISTINCT e.id), count(DISTINCT COALESCE(a.file_id, a.id))
         FROM entry_columns e JOIN sessions s ON s.no = e.session
         LEFT JOIN attachments a ON a.entry = e.id
         WHERE e.session = ?1 AND e.sent_ms >= ?2 AND e.sent_ms < ?3 GROUP BY e.session";
    let mut found = db.prepare(sql).unwrap();
    let mut expected = BTreeMap::new();
    for session in sessions {
        let rows = found.query_map([*session, MONTHS[0], MONTHS[1]], |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
        });
        expected.extend(rows.unwrap().map(Result::unwrap));
    }
    expected
}

#[test]
fn three_people_and_four_months_are_a_folder_that_a_law_firm_opens() {
    let (_folder, archive, out) = archived(AUGUST);
    let (people, sessions) = people(&archive);
    let mut options = vec!["--from", "2026-03-01", "--to", "2026-06-30"];
    options.extend([
        "--tz",
        "Europe/Berlin",
        "--prefix",
        "ACME",
        "--operator",
        "Ann",
    ]);
    people
        .iter()
        .for_each(|person| options.extend(["--person", person]));
    let output = export(&archive, &out, &options, 0);
    let told = str::from_utf8(&output.stdout).unwrap();
    assert!(told.starts_with("COMPLETE: "), "{told}");
    assert!(told.lines().next().unwrap().contains("SANDBOX"), "{told}");
    assert_whole(&out);

    let expected = expected(&archive, &sessions);
    assert!(expected.len() >= 2 && sessions.len() < 12, "{expected:?}");
    let documents = table(&out.join("documents.csv"));
    let of = |kind: &'static str| documents.iter().filter(move |it| it["kind"] == kind);
    let found = of("conversation").map(|it| {
        let number = |name: &str| it[name].parse::<usize>().unwrap();
        let entries = number("sent") + number("edited") + number("deleted");
        let files =
            of("attachment").filter(|file| file["parent_control_number"] == it["control_number"]);
        (it["session_id"].clone(), (entries, files.count()))
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
    for document in of("conversation") {
        let custodians = &document["custodians"];
        assert!(
            people
                .iter()
                .any(|person| custodians.contains(&format!("<{person}>"))),
            "{custodians}"
        );
    }
    assert_numbered(&documents);
    for record in records(&out) {
        let at = record["sent_local"].as_str().unwrap();
        assert!(("2026-03-01".."2026-07-01").contains(&at), "{at}");
        assert!(at.ends_with("+01:00") || at.ends_with("+02:00"), "{at}");
        assert_eq!(record["sandbox"], true);
    }
    assert_told(&out, &people, expected.len());
}

/// The manifest says what was asked for, and the certificate what can be certified.
fn assert_told(out: &Path, people: &[String], conversations: usize) {
    let manifest = manifest(out);
    assert_eq!(manifest["operator"], "Ann");
    assert_eq!(manifest["request"]["people"], serde_json::json!(people));
    assert_eq!(manifest["complete"], true);
    let told = manifest["conversations"].as_array().unwrap();
    assert_eq!(told.len(), conversations);
    let certificate = std::fs::read_to_string(out.join("certificate-draft.md")).unwrap();
    let documents = sha256(&std::fs::read(out.join("documents.csv")).unwrap());
    let head = manifest["head"].as_str().unwrap();
    for part in [
        "This is a draft, not legal advice",
        "SANDBOX",
        &documents,
        head,
    ] {
        assert!(certificate.contains(part), "{part}");
    }
    assert_checked_by_its_own_command(
        out,
        &certificate,
        manifest["contents_sha256"].as_str().unwrap(),
    );
}

/// The command in the certificate prints the digest of the contents, whatever a sender called a file.
fn assert_checked_by_its_own_command(out: &Path, certificate: &str, digest: &str) {
    let command = certificate
        .lines()
        .find(|line| line.starts_with("grep "))
        .unwrap();
    let printed = |folder: &Path| {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder)
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert!(printed(out).starts_with(digest), "{}", printed(out));
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "my  manifest.json",
        "a  certificate-draft.md",
        "b  supplement-2.pdf",
    ];
    let lines = names.map(|name| format!("{}  files/ZC-000001/{name}\n", "0".repeat(64)));
    std::fs::write(folder.path().join("SHA256SUMS"), lines.concat()).unwrap();
    assert!(printed(folder.path()).starts_with(&sha256(lines.concat().as_bytes())));
}

/// Numbers have no gap, and families stand together.
fn assert_numbered(documents: &[BTreeMap<String, String>]) {
    let mut parent = "";
    for (place, document) in documents.iter().enumerate() {
        let number = &document["control_number"];
        assert_eq!(number, &format!("ACME-{:06}", place + 1));
        match document["kind"].as_str() {
            "conversation" => parent = number,
            _ => assert_eq!(document["parent_control_number"], parent),
        }
        assert!(!document["path"].is_empty() && document["sha256"].len() == 64);
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_file_fits_its_schema_and_its_digest_stands_wherever_it_is_named() {
    let (_folder, archive, out) = archived(SMALL);
    export(&archive, &out, &["--raw", "--quiet"], 0);
    let validator = |of: &str| {
        let schema = run(&["schema", of]);
        jsonschema::validator_for(&serde_json::from_slice(&schema.stdout).unwrap()).unwrap()
    };
    let fits = |validator: &jsonschema::Validator, value: &Value| {
        let wrong: Vec<String> = validator
            .iter_errors(value)
            .map(|it| it.to_string())
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}: {value}");
    };
    fits(&validator("export-manifest"), &manifest(&out));
    let record = validator("export");
    let records = records(&out);
    assert!(records.len() > 300);
    let mut files = 0;
    for it in &records {
        fits(&record, it);
        assert_eq!(it["raw"]["id"], it["message_id"]);
        for file in it["files"].as_array().unwrap() {
            files += 1;
            let bytes = std::fs::read(out.join(file["path"].as_str().unwrap())).unwrap();
            assert_eq!(sha256(&bytes), file["sha256"]);
        }
    }
    assert!(files > 5);
    for document in table(&out.join("documents.csv")) {
        let bytes = std::fs::read(out.join(&document["path"])).unwrap();
        assert_eq!(sha256(&bytes), document["sha256"], "{document:?}");
        if !document["other_paths"].is_empty() {
            let bytes = std::fs::read(out.join(&document["other_paths"])).unwrap();
            assert_eq!(sha256(&bytes), document["other_sha256"], "{document:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_an_export() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, archive, out) = archived(SMALL);
    export(&archive, &out, &["--quiet"], 0);
    for (path, ..) in folder_state(&out) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{}", path.display());
    }
}

#[test]
fn links_are_in_no_file_unless_they_are_asked_for() {
    let (folder, archive, out) = archived(SMALL);
    let holds = |out: &Path| {
        let files = tree(out).into_iter();
        let mut files = files.filter(|(path, _)| !path.starts_with("files/"));
        files.any(|(_, bytes)| String::from_utf8_lossy(&bytes).contains("jwt="))
    };
    export(&archive, &out, &["--raw", "--quiet"], 0);
    assert!(!holds(&out));
    let signed = folder.path().join("signed");
    export(&archive, &signed, &["--signed-links", "--quiet"], 0);
    assert!(holds(&signed));
}
