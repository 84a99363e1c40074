//! A folder that is damaged, or that another program has changed: refused or named, and never half used.

use rusqlite::Connection;
use zoom_chat_archive::{
    Archive, ArchiveSettings, ErrorKind, FindingKind, OpenOptions, VerifyOptions,
};

use super::{
    Place, account, assert_whole, dump, read, sync,
    verify::{archive, change, findings},
};
use crate::support::sandbox;

#[tokio::test]
async fn a_rebuild_of_what_is_whole_changes_nothing() {
    let place = Place::new();
    let path = archive(&place).await;
    let due = dump(&path);
    let report = Archive::rebuild(&path, &OpenOptions::default()).unwrap();
    assert_eq!((report.from_format, report.format), (2, 2));
    assert!(dump(&path) == due);
    let names: Vec<String> = std::fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("archive"))
        .collect();
    assert_eq!(names, ["archive.db"]);
    // What a killed rebuild had begun goes, and is in nobody's way.
    std::fs::write(path.join("archive.db.new"), "half").unwrap();
    assert_whole(&read(&path));
    drop(Archive::open(&path, &OpenOptions::default()).unwrap());
    assert!(!path.join("archive.db.new").exists());
}

#[tokio::test]
async fn what_no_ledger_row_names_is_not_seen_and_named_after_a_run_that_ended() {
    let place = Place::new();
    let path = archive(&place).await;
    let before = read(&path).entries(&Default::default()).count();
    change(
        &path,
        "INSERT INTO items (unit, kind, key, raw) VALUES (100000, 0, zeroblob(32), '{\"id\":\"forged\"}')",
    );
    assert_eq!(read(&path).entries(&Default::default()).count(), before);
    let found = findings(&path);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, FindingKind::Unit);
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
        let opened = Archive::open_read_only(&path, &OpenOptions::default());
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

#[tokio::test]
async fn items_that_are_renumbered_are_named() {
    let place = Place::new();
    let path = archive(&place).await;
    let unit = "(SELECT unit FROM items WHERE id = 42)";
    let db = Connection::open(path.join("archive.db")).unwrap();
    let sql = format!("UPDATE items SET id = id + 100000 WHERE unit = {unit}");
    assert!(db.execute(&sql, []).unwrap() > 0);
    drop(db);
    let rebuilt = Archive::rebuild(&path, &OpenOptions::default());
    assert_eq!(rebuilt.unwrap_err().kind(), ErrorKind::Damaged);
    assert!(!findings(&path).is_empty());
}

#[tokio::test]
async fn a_journal_that_somebody_left_is_not_played_back() {
    let place = Place::new();
    let path = archive(&place).await;
    let whole = std::fs::read(path.join("archive.db")).unwrap();
    std::fs::write(path.join("archive.db-journal"), "another program's").unwrap();
    let options = OpenOptions::default();
    for refused in [
        Archive::open_read_only(&path, &options).unwrap_err(),
        Archive::open(&path, &options).unwrap_err(),
        Archive::rebuild(&path, &options).unwrap_err(),
    ] {
        assert_eq!(refused.kind(), ErrorKind::Damaged, "{refused}");
    }
    assert!(std::fs::read(path.join("archive.db")).unwrap() == whole);
    std::fs::remove_file(path.join("archive.db-journal")).unwrap();
    assert_whole(&read(&path));
}

#[cfg(unix)]
#[tokio::test]
async fn links_in_the_place_of_the_archive_are_refused() {
    let place = Place::new();
    let path = archive(&place).await;
    let options = OpenOptions::default();
    for name in ["files", "archive.db"] {
        let elsewhere = path.with_extension(name);
        std::fs::rename(path.join(name), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, path.join(name)).unwrap();
        let refused = Archive::open_read_only(&path, &options).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotAnArchive, "{name}: {refused}");
        std::fs::remove_file(path.join(name)).unwrap();
        std::fs::rename(&elsewhere, path.join(name)).unwrap();
    }
    let folder = std::fs::read_dir(path.join("files"))
        .unwrap()
        .next()
        .unwrap();
    let folder = folder.unwrap().path();
    let elsewhere = path.with_extension("elsewhere");
    std::fs::rename(&folder, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
    let quick = read(&path).verify(&VerifyOptions::quick()).unwrap();
    assert!(!quick.is_as_written());
}

/// Whoever can write to the folder can go on with the chain: a kept head tells how many rows are not its own.
#[tokio::test]
async fn rows_behind_a_kept_head_are_counted_and_another_first_row_is_none() {
    use sha2::{Digest, Sha256};
    let place = Place::new();
    let path = archive(&place).await;
    let head = read(&path).status().unwrap().head;
    let forge = |body: &str| {
        let db = Connection::open(path.join("archive.db")).unwrap();
        let (no, last): (i64, Vec<u8>) = db
            .query_row(
                "SELECT no, hash FROM ledger ORDER BY no DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        let hash = Sha256::new()
            .chain_update(last)
            .chain_update(body)
            .finalize();
        let sql = "INSERT INTO ledger (no, body, hash) VALUES (?1, ?2, ?3)";
        db.execute(sql, rusqlite::params![no + 1, body, hash.to_vec()])
            .unwrap();
    };
    let verify = || {
        let options = VerifyOptions::quick().expect_head(head.clone());
        read(&path).verify(&options).unwrap()
    };
    assert_eq!(verify().rows_since_head, Some(0));
    forge(
        r#"{"kind":"accepted","gaps":[],"reason":"x","operator":"y","at":"2026-11-20T00:00:00Z"}"#,
    );
    let report = verify();
    assert!(report.is_as_written());
    assert_eq!(report.rows_since_head, Some(1));
    forge(r#"{"kind":"created","format":2,"account_id":"other","sandbox":false,"program":"x"}"#);
    assert!(!verify().is_as_written());
    let rebuilt = Archive::rebuild(&path, &OpenOptions::default());
    assert_eq!(rebuilt.unwrap_err().kind(), ErrorKind::Damaged);
}

#[tokio::test]
async fn nothing_is_chained_to_a_last_row_that_was_changed() {
    let place = Place::new();
    let path = archive(&place).await;
    change(
        &path,
        "UPDATE ledger SET hash = zeroblob(32) WHERE no = (SELECT max(no) FROM ledger)",
    );
    let error = Archive::open(&path, &OpenOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert!(error.to_string().contains("last row"), "{error}");
    // It can be looked at all the same.
    assert!(!findings(&path).is_empty());
}

#[tokio::test]
async fn an_emptied_database_beside_attachments_is_damage_and_no_new_archive() {
    let sandbox = sandbox("sessions=2,messages=200").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    assert!(sync(&mut archive, &sandbox).await.attachments.stored > 0);
    drop(archive);
    std::fs::write(place.path().join("archive.db"), "").unwrap();
    let options = OpenOptions::default();
    let errors = [
        Archive::open_read_only(&place.path(), &options).unwrap_err(),
        Archive::open(&place.path(), &options).unwrap_err(),
        Archive::rebuild(&place.path(), &options).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        assert!(error.hint().unwrap().contains("backup"), "{error}");
    }
    assert!(!Archive::can_create(&place.path()));
}
