//! The format is what `docs/archive-format.md` says: other tools can read and prove it.

use std::{
    path::Path,
    process::{Command, Output},
};

use sha2::{Digest, Sha256};
use zoom_chat_archive::{Archive, ArchiveSettings};

use super::{Place, account, sync};
use crate::support::sandbox;

fn script(path: &Path) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify_archive.py");
    let output = Command::new("python3").arg(script).arg(path).output();
    if output.is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI has python3");
    }
    output.ok()
}

#[tokio::test]
async fn a_script_of_the_standard_library_recomputes_all_digests_and_the_chain() {
    let sandbox = sandbox("sessions=6,messages=900,action_in_edited=absent").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    sync(&mut archive, &sandbox).await;
    sandbox.advance(chrono::TimeDelta::days(6));
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.attachments.stored > 0 && report.content_versions > 0);
    drop(archive);
    let Some(output) = script(&place.path()) else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{:?}", output.stderr);
    // SQLite as others build it opens the database, too.
    let check = "import sqlite3, sys; \
                 print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchall())";
    let stock = Command::new("python3")
        .args(["-c", check])
        .arg(place.path().join("archive.db"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&stock.stdout).trim(), "[('ok',)]");
    assert!(text.contains(&report.head), "{text}");

    // Changes that are not in the database yet would be left out in silence.
    std::fs::write(place.path().join("archive.db-wal"), "x").unwrap();
    assert_eq!(script(&place.path()).unwrap().status.code(), Some(1));
    std::fs::remove_file(place.path().join("archive.db-wal")).unwrap();

    for (change, named) in [
        (
            "UPDATE entry_columns SET timestamp = 7 WHERE id = 7",
            "item 7: timestamp or sender",
        ),
        (
            "UPDATE items SET raw = raw || ' ' WHERE id = 7",
            "item 7: raw JSON",
        ),
        (
            "UPDATE ledger SET body = body || ' ' WHERE no = 5",
            "ledger row 5",
        ),
        ("DELETE FROM items WHERE id = 9", "unit "),
    ] {
        assert_named(&place.path(), change, named);
    }
    // What the ledger tells of is missed, whatever the tables say of it.
    let database = place.path().join("archive.db");
    let db = rusqlite::Connection::open(&database).unwrap();
    db.execute("UPDATE attachments SET state = 'gone'", [])
        .unwrap();
    drop(db);
    assert_eq!(script(&place.path()).unwrap().status.code(), Some(0));
    std::fs::remove_dir_all(place.path().join("files")).unwrap();
    let output = script(&place.path()).unwrap();
    assert_eq!(output.status.code(), Some(7), "the files are gone");
    std::fs::write(&database, "SQLite format 3").unwrap();
    let output = script(&place.path()).unwrap();
    assert_eq!(output.status.code(), Some(7), "it cannot be read");
}

/// The script names this change; the archive is as before.
fn assert_named(path: &Path, change: &str, named: &str) {
    let database = path.join("archive.db");
    let whole = std::fs::read(&database).unwrap();
    let db = rusqlite::Connection::open(&database).unwrap();
    assert_eq!(db.execute(change, []).unwrap(), 1);
    drop(db);
    let output = script(path).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(7), "{change}: {text}");
    assert!(text.contains(named), "{change}: {text}");
    std::fs::write(&database, whole).unwrap();
}

/// Appends a row to the ledger as a run does, and an item of this unit that no row names.
fn begin_a_run(path: &Path, first_unit: i64, unit: i64) {
    let db = rusqlite::Connection::open(path.join("archive.db")).unwrap();
    let last = "SELECT no, hash FROM ledger ORDER BY no DESC LIMIT 1";
    let (no, hash): (i64, Vec<u8>) = db
        .query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let body = serde_json::json!({"kind": "run", "run": 9, "started_at": "2026-11-21T00:00:00Z",
        "server_date": "2026-11-21", "program": "0", "first_unit": first_unit})
    .to_string();
    let hash = Sha256::new()
        .chain_update(hash)
        .chain_update(&body)
        .finalize();
    let row = "INSERT INTO ledger (no, body, hash) VALUES (?1, ?2, ?3)";
    db.execute(row, rusqlite::params![no + 1, body, hash.to_vec()])
        .unwrap();
    let item = "INSERT INTO items (unit, kind, key, raw) VALUES (?1, 0, zeroblob(32), '{}')";
    db.execute(item, [unit]).unwrap();
}

#[tokio::test]
async fn what_a_run_under_way_has_not_finished_is_no_finding_of_the_script() {
    let sandbox = sandbox("sessions=2,messages=100").await;
    for (unit, code) in [(1000, 0), (999, 7)] {
        let place = Place::new();
        sync(&mut super::create(&place, &sandbox), &sandbox).await;
        begin_a_run(&place.path(), 1000, unit);
        let Some(output) = script(&place.path()) else {
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "unit {unit}: {text}");
    }
}

#[tokio::test]
async fn the_example_queries_of_the_document_run() {
    let sandbox = sandbox("sessions=4,messages=300").await;
    let place = Place::new();
    let mut archive = super::create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    drop(archive);
    let document = include_str!("../../../docs/archive-format.md");
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let queries = document
        .split("```sql\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let mut count = 0;
    for query in queries {
        count += 1;
        let mut select = db
            .prepare(query)
            .unwrap_or_else(|error| panic!("{query}: {error}"));
        let mut rows = select.query([]).unwrap();
        while rows.next().unwrap().is_some() {}
    }
    assert!(count >= 5);
    let ok: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(ok, "ok");
}
