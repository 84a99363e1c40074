//! Whatever is changed with another tool is named, and nothing else is.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use zoom_chat_archive::{Archive, ArchiveSettings, Finding, FindingKind, VerifyOptions};

use super::{Place, account, assert_whole, read, sync};
use crate::support::sandbox;

/// An archive with attachments, at rest.
async fn archive(place: &Place) -> PathBuf {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let mut archive = Archive::create(
        &place.path(),
        &account(&sandbox),
        &ArchiveSettings::default(),
    )
    .unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.attachments.stored > 0, "{:?}", report.error);
    assert_eq!(report.attachments.missing, 0);
    assert_whole(&archive);
    place.path()
}

fn change(path: &Path, sql: &str) {
    let db = Connection::open(path.join("archive.db")).unwrap();
    assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
}

fn findings(path: &Path) -> Vec<Finding> {
    read(path).verify(&VerifyOptions::deep()).unwrap().findings
}

#[tokio::test]
async fn a_changed_byte_of_an_attachment_is_named() {
    let place = Place::new();
    let path = archive(&place).await;
    let mut folders: Vec<PathBuf> = std::fs::read_dir(path.join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let file = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .find(|file| file.metadata().unwrap().len() > 10)
        .unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[5] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(
        read(&path)
            .verify(&VerifyOptions::quick())
            .unwrap()
            .is_whole()
    );
    let findings = findings(&path);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].kind, FindingKind::Attachment);
    assert_eq!(
        findings[0].name,
        file.file_name().unwrap().to_str().unwrap()
    );
    std::fs::remove_file(&file).unwrap();
    assert!(
        !read(&path)
            .verify(&VerifyOptions::quick())
            .unwrap()
            .is_whole()
    );
}

#[tokio::test]
async fn a_changed_raw_entry_is_named() {
    let place = Place::new();
    let path = archive(&place).await;
    change(
        &path,
        "UPDATE entries SET raw = replace(raw, '\"id\"', '\"Id\"') WHERE id = 42",
    );
    let found = findings(&path);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].kind, found[0].name.as_str()),
        (FindingKind::Entry, "entry 42")
    );
}

#[tokio::test]
async fn a_changed_column_is_named() {
    let place = Place::new();
    let path = archive(&place).await;
    change(&path, "UPDATE entries SET text = 'other' WHERE id = 42");
    let found = findings(&path);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].kind, found[0].name.as_str()),
        (FindingKind::Entry, "entry 42")
    );
}

#[tokio::test]
async fn a_removed_entry_is_named_by_its_unit() {
    let place = Place::new();
    let path = archive(&place).await;
    change(
        &path,
        "DELETE FROM attachments WHERE entry = 42 AND id < 0 OR id = (SELECT max(id) FROM attachments)",
    );
    change(
        &path,
        "DELETE FROM entries WHERE id = (SELECT id FROM entries WHERE id NOT IN (SELECT entry FROM attachments) LIMIT 1)",
    );
    let found = findings(&path);
    let kinds: Vec<FindingKind> = found.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Unit, FindingKind::Unit], "{found:?}");
}

#[tokio::test]
async fn a_changed_ledger_row_is_named() {
    let place = Place::new();
    let path = archive(&place).await;
    change(
        &path,
        "UPDATE ledger SET body = replace(body, '\"pages\":1', '\"pages\":2') WHERE no =
           (SELECT min(no) FROM ledger WHERE body LIKE '%\"pages\":1,%')",
    );
    let found = findings(&path);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, FindingKind::LedgerRow);
}

#[tokio::test]
async fn a_head_kept_elsewhere_finds_a_ledger_that_was_cut() {
    let place = Place::new();
    let path = archive(&place).await;
    let head = read(&path).status().unwrap().head;
    let expected = VerifyOptions::quick().expect_head(head.clone());
    assert!(read(&path).verify(&expected).unwrap().is_whole());
    change(
        &path,
        "DELETE FROM ledger WHERE no = (SELECT max(no) FROM ledger)",
    );
    let report = read(&path).verify(&expected).unwrap();
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.kind == FindingKind::Head),
        "{:?}",
        report.findings
    );
    assert_ne!(report.head, head);
}

#[tokio::test]
async fn fault_28_a_damaged_database_is_found_or_refused_and_never_half_used() {
    let place = Place::new();
    let path = archive(&place).await;
    let database = path.join("archive.db");
    let whole = std::fs::read(&database).unwrap();
    let all = raws(&read(&path)).unwrap();
    let step = whole.len() / 61;
    let mut found = 0;
    for place in (0..60).map(|number| 3 + number * step) {
        let mut bytes = whole.clone();
        for byte in &mut bytes[place..place + 64] {
            *byte ^= 0x5a;
        }
        std::fs::write(&database, bytes).unwrap();
        let opened = Archive::open_read_only(&path, &zoom_chat_archive::OpenOptions::default());
        let Ok(archive) = opened else {
            found += 1;
            continue;
        };
        match archive.verify(&VerifyOptions::deep()) {
            // Some bytes of a database hold nothing: then all is there.
            Ok(report) if report.is_whole() => {
                assert!(
                    raws(&archive).unwrap() == all,
                    "damage at {place} was not found"
                );
            }
            _ => found += 1,
        }
    }
    assert!(found > 20, "{found}");
    std::fs::write(&database, whole).unwrap();
    assert_whole(&read(&path));
}

/// The JSON of all entries, if they can be read.
fn raws(archive: &Archive) -> zoom_chat_archive::Result<Vec<String>> {
    let entries = archive.entries(&zoom_chat_archive::EntryFilter::default());
    entries.map(|entry| entry.map(|entry| entry.raw)).collect()
}
