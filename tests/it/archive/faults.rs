//! Hostile names, files that fail, runs that are stopped, folders that cannot be written.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use zoom_chat_archive::{
    Archive, ArchiveSettings, OpenOptions, Outcome, Stop, SyncEvent, SyncOptions,
};

use super::{Place, account, assert_equals_truth, assert_whole, create, keys, read, sync};
use crate::support::{client, sandbox};

fn names_below(path: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        names.insert(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            names_below(&entry.path(), names);
        }
    }
}

#[tokio::test]
async fn fault_34_names_of_attachments_never_become_paths() {
    let sandbox = sandbox("sessions=8,messages=3000").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.standing.files.missing, 0);
    assert_whole(&archive);
    drop(archive);
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let hostile: i64 = db
        .query_row(
            "SELECT count(*) FROM attachments WHERE name LIKE '%../%' OR length(name) > 1000",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(hostile > 0, "no hostile name was served");
    let mut names = BTreeSet::new();
    names_below(&place.path(), &mut names);
    for name in &names {
        let is_hash = name.chars().all(|c| c.is_ascii_hexdigit()) && [2, 64].contains(&name.len());
        let is_own = [
            "archive.db",
            "files",
            "lock",
            "archive.db-wal",
            "archive.db-shm",
        ];
        assert!(is_hash || is_own.contains(&name.as_str()), "{name:?}");
    }
    let mut beside = BTreeSet::new();
    names_below(place.path().parent().unwrap(), &mut beside);
    assert!(!beside.contains("passwd") && !beside.contains("absolute.txt"));
}

#[cfg(unix)]
#[tokio::test]
async fn fault_34_a_link_in_the_way_is_not_followed() {
    let sandbox = sandbox("sessions=4,messages=400").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let outside = place.path().with_extension("outside");
    std::fs::write(&outside, b"untouched").unwrap();
    for number in 1..400 {
        let link = place.path().join("files").join(format!("{number}.part"));
        std::os::unix::fs::symlink(&outside, link).unwrap();
    }
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.attachments.stored > 0);
    assert_eq!(std::fs::read(&outside).unwrap(), b"untouched");
    assert_whole(&archive);
}

#[tokio::test]
async fn a_file_that_fails_is_recorded_and_tried_again() {
    let sandbox = sandbox("sessions=4,messages=400").await;
    sandbox.add_fault("file:times=0:status=404".parse().unwrap());
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert!(report.attachments.failed > 0 && report.standing.files.missing > 0);
    sandbox.clear_faults();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(
        report.outcome,
        Outcome::Complete,
        "{:?}",
        report.attachments
    );
    assert_eq!(report.standing.files.missing, 0);
    assert_whole(&archive);
}

#[tokio::test]
async fn fault_25_a_stopped_run_keeps_what_is_whole() {
    let sandbox = sandbox("sessions=8,messages=3000").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let stop = Stop::new();
    let mut options = SyncOptions::new();
    options.stop = Some(stop.clone());
    let mut windows = 0;
    options.progress = Some(Box::new(move |event| {
        windows += u32::from(matches!(event, SyncEvent::WindowDone));
        if windows == 10 {
            stop.stop();
        }
    }));
    let zoom = client(&sandbox);
    let report = archive
        .sync(&zoom, &account(&sandbox), options)
        .await
        .unwrap();
    assert_eq!(report.outcome, Outcome::Stopped);
    assert!(report.windows_done >= 10);
    assert_whole(&archive);
    sync(&mut archive, &sandbox).await;
    assert_equals_truth("after it", &archive, &sandbox);
    assert_whole(&archive);
}

#[tokio::test]
async fn fault_25_a_dropped_sync_keeps_what_is_whole() {
    let sandbox = sandbox("sessions=8,messages=3000,latency_ms=5").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let zoom = client(&sandbox);
    let account = account(&sandbox);
    let sync_for_a_while = archive.sync(&zoom, &account, SyncOptions::new());
    tokio::time::timeout(std::time::Duration::from_millis(300), sync_for_a_while)
        .await
        .map(|_| ())
        .unwrap_err();
    drop(archive);
    assert_whole(&read(&place.path()));
    let mut archive = Archive::open(&place.path(), &OpenOptions::default()).unwrap();
    sync(&mut archive, &sandbox).await;
    assert_equals_truth("after it", &archive, &sandbox);
    assert_whole(&archive);
}

#[tokio::test]
async fn errors_and_debug_show_nothing_that_was_said() {
    let sandbox = sandbox("sessions=4,messages=200,quirks=no").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    let verified = archive
        .verify(&zoom_chat_archive::VerifyOptions::deep())
        .unwrap();
    let shown = format!(
        "{archive:?} {report:?} {verified:?} {:?}",
        archive.sessions().unwrap()
    );
    let hits = archive
        .search("", &zoom_chat_archive::SearchFilter::default())
        .unwrap();
    for hit in hits.iter().filter(|hit| hit.text.chars().count() > 12) {
        assert!(!shown.contains(&hit.text));
        assert!(
            hit.sender_name
                .as_ref()
                .is_none_or(|name| name.len() < 4 || !shown.contains(name))
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn fault_34_a_folder_that_is_a_link_leads_nothing_out_of_the_archive() {
    let sandbox = sandbox("sessions=3,messages=200").await;
    let place = Place::new();
    let settings = ArchiveSettings::default();
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let outside = tempfile::tempdir().unwrap();
    for number in 0..=255 {
        let folder = place.path().join(format!("files/{number:02x}"));
        std::os::unix::fs::symlink(outside.path(), folder).unwrap();
    }
    let error = archive
        .sync(&client(&sandbox), &account(&sandbox), SyncOptions::new())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("a link lies in its place"),
        "{error}"
    );
    assert_eq!(outside.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn every_file_that_the_texts_name_has_a_row() {
    let sandbox = sandbox("seed=7,quirks=yes").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let texts = "SELECT raw FROM entries UNION ALL SELECT raw FROM versions";
    let mut select = db.prepare(texts).unwrap();
    let texts = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut named = BTreeSet::new();
    let mut odd = 0;
    for raw in texts {
        let raw = raw.unwrap();
        let marks = raw.split(r#""file_id":""#).skip(1);
        let ids: Vec<_> = marks
            .map(|rest| rest[..rest.find('"').unwrap()].to_owned())
            .collect();
        let kind = zoom_chat_reports::EntryKind::Sent;
        let entry = zoom_chat_reports::Entry::from_json(kind, "s", &raw).unwrap();
        odd += u32::from(!ids.is_empty() && entry.message().is_err());
        named.extend(ids.into_iter().filter(|id| !id.is_empty()));
    }
    assert!(odd > 0, "no odd message has a file");
    let mut select = db
        .prepare("SELECT DISTINCT file_id FROM attachments WHERE file_id IS NOT NULL")
        .unwrap();
    let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let rows: BTreeSet<String> = rows.map(Result::unwrap).collect();
    assert_eq!(rows, named);

    // The account itself says how many files the messages name that are here.
    let held: BTreeSet<(String, String)> = keys(&archive)
        .into_iter()
        .map(|key| (key.0, key.2))
        .collect();
    let mut due: BTreeMap<(String, String), u64> = BTreeMap::new();
    for entry in sandbox.truth() {
        let message = (entry.session_id.to_string(), entry.id.clone());
        if entry.files > 0 && held.contains(&message) {
            due.insert(message, entry.files.into());
        }
    }
    let count =
        "SELECT count(DISTINCT COALESCE(file_id, session || ':' || message_id || ':' || place))
       FROM attachments a JOIN entries e ON e.id = a.entry";
    let rows: u64 = db.query_row(count, [], |row| row.get(0)).unwrap();
    assert!(rows > 1000, "{rows}");
    assert_eq!(rows, due.into_values().sum::<u64>());
}
