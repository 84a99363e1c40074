//! The format is what `docs/archive-format.md` says: other tools can read and prove it.

use std::{
    path::Path,
    process::{Command, Output},
};

use zoom_chat_archive::{Archive, ArchiveSettings, BackupOptions, OpenOptions};

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
        let database = place.path().join("archive.db");
        let whole = std::fs::read(&database).unwrap();
        let db = rusqlite::Connection::open(&database).unwrap();
        assert_eq!(db.execute(change, []).unwrap(), 1);
        drop(db);
        let output = script(&place.path()).unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(7), "{change}: {text}");
        assert!(text.contains(named), "{change}: {text}");
        std::fs::write(&database, whole).unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_under_way_has_not_finished_is_no_finding_of_the_script() {
    let sandbox = sandbox("sessions=6,messages=3000,latency_ms=4").await;
    let (place, copies) = (Place::new(), Place::new());
    std::fs::create_dir(copies.path()).unwrap();
    let mut syncing = super::kill::child(&sandbox, &place.path(), "");
    let mut unfinished = 0;
    for number in 0..400 {
        if unfinished > 2 || syncing.try_wait().unwrap().is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let to = copies.path().join(number.to_string());
        let Ok(archive) = Archive::open_read_only(&place.path(), &OpenOptions::default()) else {
            continue;
        };
        archive
            .backup(&to, BackupOptions::default(), |_| {})
            .unwrap();
        let db = rusqlite::Connection::open(to.join("archive.db")).unwrap();
        let open = "SELECT count(*) FROM items WHERE unit NOT IN (SELECT unit FROM ledger WHERE unit IS NOT NULL)";
        let open: i64 = db.query_row(open, [], |row| row.get(0)).unwrap();
        drop(db);
        let Some(output) = script(&to) else { break };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}");
        unfinished += i32::from(open > 0);
    }
    syncing.kill().unwrap();
    super::kill::ended(syncing).await;
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
