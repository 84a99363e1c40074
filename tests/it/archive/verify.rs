//! Whatever is changed with another tool is named, and nothing else is.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use rusqlite::Connection;
use zoom_chat_archive::{
    Archive, ArchiveSettings, ErrorKind, Finding, FindingKind, OpenOptions, SyncOptions,
    VerifyOptions,
};

use super::{Place, account, assert_whole, create, dump, read, sync};
use crate::support::{client, sandbox};

/// An archive with attachments, at rest.
pub(super) async fn archive(place: &Place) -> PathBuf {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let mut archive = Archive::create(
        &place.path(),
        &account(&sandbox),
        &ArchiveSettings::default(),
    )
    .unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.attachments.stored > 0, "{:?}", report.error);
    assert_eq!(report.standing.files.missing, 0);
    assert_whole(&archive);
    place.path()
}

pub(super) fn change(path: &Path, sql: &str) {
    let db = Connection::open(path.join("archive.db")).unwrap();
    assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
}

pub(super) fn findings(path: &Path) -> Vec<Finding> {
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
    // What leaves the bytes out says so, and never that all is whole.
    let quick = read(&path).verify(&VerifyOptions::quick()).unwrap();
    assert!(quick.is_as_written() && !quick.is_whole() && !quick.files_read);
    let findings = findings(&path);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].kind, FindingKind::Attachment);
    assert_eq!(
        findings[0].name,
        file.file_name().unwrap().to_str().unwrap()
    );
    std::fs::remove_file(&file).unwrap();
    let quick = read(&path).verify(&VerifyOptions::quick()).unwrap();
    assert!(!quick.is_as_written());
}

#[tokio::test]
async fn a_changed_raw_entry_is_named_with_its_session_and_window() {
    let place = Place::new();
    let path = archive(&place).await;
    change(
        &path,
        "UPDATE items SET raw = raw || ' ' WHERE id = (SELECT id FROM entries WHERE kind = 0 LIMIT 1)",
    );
    let found = findings(&path);
    let kinds: Vec<FindingKind> = found.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Unit, FindingKind::Entry], "{found:?}");
    assert!(found[0].text.contains("session "), "{found:?}");
    assert!(found[1].text.contains("raw_sha256"), "{found:?}");
}

#[tokio::test]
async fn a_changed_ledger_row_is_named() {
    let place = Place::new();
    let path = archive(&place).await;
    change(
        &path,
        "UPDATE ledger SET body = replace(body, '\"confirmed\":true', '\"confirmed\":false') WHERE no =
           (SELECT min(no) FROM ledger WHERE body LIKE '%\"confirmed\":true%')",
    );
    let found = findings(&path);
    assert_eq!(found[0].kind, FindingKind::LedgerRow, "{found:?}");
    // What is kept of the proof is not what the changed row says.
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].name.starts_with("proof"), "{found:?}");
}

#[tokio::test]
async fn a_head_kept_elsewhere_finds_a_ledger_that_was_cut() {
    let place = Place::new();
    let path = archive(&place).await;
    let head = read(&path).status().unwrap().head;
    let expected = VerifyOptions::quick().expect_head(head.clone());
    assert!(read(&path).verify(&expected).unwrap().is_as_written());
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
    let zeros = VerifyOptions::quick().expect_head("0".repeat(64));
    assert!(!read(&path).verify(&zeros).unwrap().is_as_written());
}

/// What another tool may do to facts: nothing brings back what was there.
const FACTS: [&str; 18] = [
    "DELETE FROM items WHERE id = 42",
    "UPDATE items SET raw = replace(raw, 'a', 'b') WHERE id = 42",
    "UPDATE items SET kind = 1 - kind WHERE id = 42",
    "UPDATE items SET key = zeroblob(32) WHERE id = 42",
    "UPDATE items SET unit = unit + 1 WHERE id = 42",
    "UPDATE items SET id = 1000000 WHERE id = 42",
    "INSERT INTO items (unit, kind, key, raw) SELECT unit, kind, zeroblob(32), raw FROM items WHERE id = 42",
    "INSERT INTO items (unit, kind, key, raw) VALUES (2, 0, zeroblob(32), '{}')",
    "UPDATE items SET raw = replace(raw, '\"bytes\":', '\"bytes\":1') WHERE id =
       (SELECT min(id) FROM items WHERE kind = 4)",
    "UPDATE items SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM items)",
    "UPDATE items SET id = -id WHERE id = 42",
    "UPDATE items SET kind = 5 WHERE id = (SELECT max(id) FROM items WHERE kind = 4)",
    "UPDATE items SET kind = 0 WHERE id = (SELECT min(id) FROM items WHERE kind = 3)",
    "UPDATE items SET raw = CAST(x'ff' AS TEXT) WHERE id = 42",
    "UPDATE items SET raw = '' WHERE id = 42",
    "UPDATE ledger SET hash = zeroblob(32) WHERE no = 3",
    "DELETE FROM ledger WHERE no = 5",
    "INSERT INTO ledger (no, body, hash) SELECT max(no) + 1, '{\"kind\":\"accepted\",\"reason\":\"x\",
       \"operator\":\"y\",\"at\":\"2026-11-20T00:00:00Z\"}', zeroblob(32) FROM ledger",
];

/// What another tool may do to what is derived: `rebuild` makes it anew.
const DERIVED: [&str; 66] = [
    "UPDATE entry_columns SET text = 'other' WHERE id = 42",
    "UPDATE entry_columns SET person = person + 1 WHERE id = 42",
    "UPDATE entry_columns SET message = message + 1 WHERE id = 42",
    "UPDATE people SET sender = 'other@example.com' WHERE no = 1",
    "UPDATE people SET sender_member_id = 'x' WHERE no = 1",
    "UPDATE people SET sender_name = 'x' WHERE no = 1",
    "DELETE FROM people WHERE no = 1",
    "UPDATE participants SET sent = sent + 1
       WHERE session = 1 AND person = (SELECT min(person) FROM participants WHERE session = 1)",
    "UPDATE participants SET external = 1 - external
       WHERE session = 1 AND person = (SELECT min(person) FROM participants WHERE session = 1)",
    "DELETE FROM participants
       WHERE session = 1 AND person = (SELECT min(person) FROM participants WHERE session = 1)",
    "UPDATE message_columns SET message_id = 'x' WHERE no = 7",
    "UPDATE message_columns SET thread = 'x' WHERE no = 7",
    "UPDATE message_columns SET sent_ms = sent_ms + 1 WHERE no = 7",
    "UPDATE message_columns SET person = person + 1 WHERE no = 7",
    "UPDATE message_columns SET said = said + 1 WHERE no = 7",
    "UPDATE message_columns SET sent_entry = NULL WHERE no = 7",
    "UPDATE message_columns SET deleted_entry = said WHERE no = 7",
    "UPDATE message_columns SET edits = edits + 1 WHERE no = 7",
    "UPDATE message_columns SET versions = versions + 1 WHERE no = 7",
    "DELETE FROM message_columns WHERE no = 7",
    "UPDATE entry_columns SET sent_ms = sent_ms + 1 WHERE id = 42",
    "UPDATE entry_columns SET timestamp = timestamp + 1 WHERE id = 42",
    "UPDATE entry_columns SET action_timestamp = 7 WHERE id = 42",
    "UPDATE entry_columns SET kind = kind + 1 WHERE id = 42",
    "UPDATE entry_columns SET raw_sha256 = zeroblob(32) WHERE id = 42",
    "UPDATE entry_columns SET session = session + 1 WHERE id = 42",
    "UPDATE entry_columns SET latest = latest + 1 WHERE id = 42",
    "UPDATE entry_columns SET not_returned_run = 1 WHERE id = 42",
    "DELETE FROM entry_columns WHERE id = 42",
    "INSERT INTO version_columns (id, entry, version, class, person, text, raw_sha256)
       VALUES (42, 41, 1, 'content', 1, 'x', zeroblob(32))",
    "UPDATE months SET sent = sent + 1 WHERE month = (SELECT max(month) FROM months)",
    "UPDATE sessions SET id = id || 'x' WHERE no = 1",
    "UPDATE sessions SET listed_since = listed_since + 1 WHERE no = 1",
    "UPDATE sessions SET listed_since = NULL WHERE no = 1",
    "UPDATE sessions SET no = 1000 WHERE no = 1",
    "UPDATE proof SET digest = zeroblob(32)",
    "UPDATE sessions SET absent_since = 1 WHERE no = 1",
    "UPDATE sessions SET first_run = 9 WHERE no = 1",
    "UPDATE listing_columns SET name = 'other' WHERE id = (SELECT min(id) FROM listing_columns)",
    "UPDATE listing_columns SET last_message_at = 1 WHERE id = (SELECT min(id) FROM listing_columns)",
    "UPDATE runs SET outcome = 'failed'",
    "UPDATE runs SET complete_through = complete_through + 86400000",
    "UPDATE runs SET server_date = '2020-01-01'",
    "UPDATE attachments SET name = 'other' WHERE id = 1",
    "UPDATE attachments SET size = 1 WHERE id = 1",
    "UPDATE attachments SET state = 'gone' WHERE id = 1",
    "UPDATE attachments SET sha256 = zeroblob(32) WHERE id = 1",
    "UPDATE attachments SET file_id = 'x' WHERE id = 1",
    "DELETE FROM attachments WHERE id = 1",
    "UPDATE settings SET value = replace(value, '\"attachments\":true', '\"attachments\":false') WHERE name = 'settings'",
    "INSERT INTO state (name, value) VALUES ('modifications', 'proven')",
    "UPDATE proof SET state = replace(state, '2026-', '2027-')",
    "UPDATE proof SET options = '{}'",
    "UPDATE proof SET no = no - 1",
    "DELETE FROM proof",
    "INSERT INTO pending (session, day) VALUES (1, '2026-11-01')",
    "INSERT INTO search (rowid, text) VALUES (42, 'something else')",
    "UPDATE search_idx SET pgno = 'x' WHERE (segid, term) = (SELECT segid, term FROM search_idx ORDER BY 1, 2 LIMIT 1)",
    "UPDATE search_idx SET term = x'3000' WHERE (segid, term) = (SELECT segid, term FROM search_idx ORDER BY 1 DESC, 2 DESC LIMIT 1)",
    "DELETE FROM search_idx WHERE (segid, term) = (SELECT segid, term FROM search_idx ORDER BY 1 DESC, 2 DESC LIMIT 1)",
    "DELETE FROM search_data WHERE id = 1",
    "UPDATE search_data SET block = x'00' WHERE id = 1",
    "DELETE FROM search_config WHERE k = 'version'",
    "UPDATE search_data SET block = zeroblob(100) WHERE id = (SELECT max(id) FROM search_data)",
    "UPDATE state SET value = '9999999' WHERE name = 'indexed'",
    "UPDATE state SET value = '7' WHERE name = 'indexed'",
];

/// What another tool may add to the schema, or take from it.
const SCHEMA: [&str; 8] = [
    "DROP VIEW messages; CREATE VIEW messages AS SELECT 1 AS one",
    "DROP VIEW entries; CREATE VIEW entries AS SELECT c.*, i.raw, i.unit FROM entry_columns c
       JOIN items i ON i.id = c.id WHERE c.id <> 42",
    "CREATE TRIGGER hide AFTER INSERT ON entry_columns BEGIN DELETE FROM entry_columns WHERE id = 42; END",
    "CREATE TABLE units (id INTEGER PRIMARY KEY)",
    "DROP INDEX messages_by_id",
    "CREATE INDEX another ON entry_columns (text)",
    "ALTER TABLE attachments ADD COLUMN more TEXT",
    "ALTER TABLE items RENAME COLUMN unit TO units",
];

#[tokio::test]
async fn every_change_of_a_fact_is_named() {
    let place = Place::new();
    let path = archive(&place).await;
    let whole = std::fs::read(path.join("archive.db")).unwrap();
    for sql in FACTS {
        change(&path, sql);
        let found = findings(&path);
        assert!(!found.is_empty(), "{sql}");
        // What is not as it was written is not made to look so.
        let rebuilt = Archive::rebuild(&path, &OpenOptions::default());
        assert_eq!(rebuilt.unwrap_err().kind(), ErrorKind::Damaged, "{sql}");
        assert!(!findings(&path).is_empty(), "{sql}");
        std::fs::write(path.join("archive.db"), &whole).unwrap();
    }
    assert_whole(&read(&path));
}

fn head(path: &Path) -> String {
    let db = Connection::open(path.join("archive.db")).unwrap();
    let sql = "SELECT hex(hash) FROM ledger ORDER BY no DESC LIMIT 1";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The ledger names sessions by their numbers: with others, a run would write what nobody can undo.
#[tokio::test]
async fn a_run_does_not_write_where_sessions_have_other_numbers() {
    let sandbox = sandbox("sessions=12,messages=400").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    sandbox.advance(TimeDelta::days(1));
    sync(&mut archive, &sandbox).await;
    drop(archive);
    let swap = "UPDATE sessions SET no = -no WHERE no IN (3, 5);
                UPDATE sessions SET no = 8 + no WHERE no < 0";
    for changes in [swap.to_owned(), format!("{swap}; DELETE FROM proof")] {
        let whole = std::fs::read(place.path().join("archive.db")).unwrap();
        let db = Connection::open(place.path().join("archive.db")).unwrap();
        db.execute_batch(&changes).unwrap();
        drop(db);
        let mut archive = Archive::open(&place.path(), &OpenOptions::default()).unwrap();
        let head = head(&place.path());
        let refused = archive
            .sync(&client(&sandbox), &account(&sandbox), SyncOptions::new())
            .await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Damaged);
        drop(archive);
        assert_eq!(self::head(&place.path()), head, "nothing was written");
        assert!(!findings(&place.path()).is_empty());
        Archive::rebuild(&place.path(), &OpenOptions::default()).unwrap();
        assert_whole(&read(&place.path()));
        std::fs::write(place.path().join("archive.db"), whole).unwrap();
    }
}

#[tokio::test]
async fn every_change_of_what_follows_from_facts_is_named_and_rebuilt() {
    let place = Place::new();
    let path = archive(&place).await;
    let whole = std::fs::read(path.join("archive.db")).unwrap();
    let due = dump(&path);
    let head = read(&path).status().unwrap().head;
    for sql in DERIVED {
        change(&path, sql);
        let report = read(&path)
            .verify(&VerifyOptions::deep().expect_head(head.clone()))
            .unwrap();
        assert!(report.finding_count > 0, "{sql}");
        assert!(
            report
                .findings
                .iter()
                .all(|found| found.kind != FindingKind::LedgerRow
                    && found.kind != FindingKind::Unit
                    && found.kind != FindingKind::Head),
            "{sql}: {:?}",
            report.findings
        );
        let rebuilt = Archive::rebuild(&path, &OpenOptions::default()).unwrap();
        assert_eq!(rebuilt.head, head, "{sql}");
        assert!(dump(&path) == due, "{sql}");
        assert_whole(&read(&path));
        std::fs::write(path.join("archive.db"), &whole).unwrap();
    }
}

#[tokio::test]
async fn another_table_view_index_or_trigger_is_refused_and_rebuilt() {
    let place = Place::new();
    let path = archive(&place).await;
    let whole = std::fs::read(path.join("archive.db")).unwrap();
    let due = dump(&path);
    for sql in SCHEMA {
        let db = Connection::open(path.join("archive.db")).unwrap();
        db.execute_batch(sql).unwrap();
        drop(db);
        let opened = Archive::open_read_only(&path, &OpenOptions::default());
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::Damaged, "{sql}");
        let opened = Archive::open(&path, &OpenOptions::default());
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::Damaged, "{sql}");
        if sql.contains("items") && sql.starts_with("ALTER") {
            assert!(Archive::rebuild(&path, &OpenOptions::default()).is_err());
        } else {
            Archive::rebuild(&path, &OpenOptions::default()).unwrap();
            assert!(dump(&path) == due, "{sql}");
            assert_whole(&read(&path));
        }
        std::fs::write(path.join("archive.db"), &whole).unwrap();
    }
}
