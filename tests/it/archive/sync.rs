//! Syncs one after another: each brings what is new, and asks for no more.

use chrono::TimeDelta;
use zoom_chat_archive::{Archive, ModificationsFlag, OpenOptions, Outcome, SyncOptions};

use super::{
    Place, accept, account, assert_equals_truth, assert_holds, assert_whole, create, keys, read,
    sync, sync_with, whole_truth, without_attachments,
};
use crate::support::{client, sandbox};

#[tokio::test]
async fn the_archive_equals_the_truth_and_verifies() {
    let sandbox = sandbox("sessions=8,messages=1500").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    assert!(report.new > 1000 && report.edited > 0 && report.deleted > 0);
    assert_eq!(report.content_versions + report.metadata_versions, 0);
    assert_equals_truth("first", &archive, &sandbox);
    assert_whole(&archive);
    let names = &report.unknown_fields;
    assert!(names.contains(&"x_future".to_owned()), "{names:?}");
}

#[tokio::test]
async fn the_second_sync_sends_only_listing_look_back_and_modification_requests() {
    let sandbox = sandbox("sessions=8,messages=1500").await;
    let place = Place::new();
    let mut settings = without_attachments();
    settings.scrub = 0.0;
    let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
    let zoom = client(&sandbox);
    let first = sync_with(&mut archive, &sandbox, &zoom).await;
    let before = zoom.stats().requests;
    sandbox.reset_stats();
    let second = sync_with(&mut archive, &sandbox, &zoom).await;
    assert_eq!(second.outcome, Outcome::Complete, "{:?}", second.gaps);
    assert_eq!((second.new, second.edited, second.deleted), (0, 0, 0));
    assert_eq!(second.content_versions + second.metadata_versions, 0);
    // One window of the last days a session, and one question about modifications.
    let asked = zoom.stats().requests.messages - before.messages;
    assert_eq!(asked, 2 * first.sessions);
    for request in &sandbox.stats().recent {
        if request.operation == "messages" {
            assert!(request.from.as_deref() >= Some("2026-11-17"), "{request:?}");
        }
    }
    assert_whole(&archive);
}

#[tokio::test]
async fn a_week_later_the_third_sync_brings_exactly_what_is_new() {
    let sandbox = sandbox("sessions=8,messages=1500").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    sync(&mut archive, &sandbox).await;
    let before = keys(&archive);
    sandbox.advance(TimeDelta::days(7));
    let third = sync(&mut archive, &sandbox).await;
    assert_eq!(third.outcome, Outcome::Complete, "{:?}", third.gaps);
    let after = keys(&archive);
    let (_, due) = whole_truth(&sandbox);
    assert_holds("a week later", &archive, &due);
    let new = after.difference(&before).count() as u64;
    assert_eq!(new, third.new + third.edited + third.deleted);
    assert!(third.new > 0 && third.edited > 0 && third.deleted > 0);
    assert!(
        third.content_versions > 0,
        "texts of edited messages changed"
    );
    assert_eq!(third.modifications, ModificationsFlag::Proven);
    assert_whole(&archive);
    archive_at_rest(&place, archive);
}

#[tokio::test]
async fn an_edited_message_is_one_row_with_its_history() {
    let sandbox = sandbox("sessions=6,messages=1500,quirks=no").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    sandbox.advance(TimeDelta::days(7));
    sync(&mut archive, &sandbox).await;
    drop(archive);
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let messages = count("SELECT count(*) FROM messages");
    let ids = count("SELECT count(DISTINCT session || '/' || message_id) FROM entries");
    assert_eq!(messages, ids);
    assert!(count("SELECT count(*) FROM messages WHERE edits > 0 AND versions > 1") > 0);
    assert!(count("SELECT count(*) FROM messages WHERE deleted") > 0);
    // By default a message holds its text after the edit, and so does the item of the edit.
    let stale = count(
        "SELECT count(*) FROM messages m WHERE m.edits > 0 AND m.sent_text IS NOT NULL
           AND m.text <> m.sent_text",
    );
    assert_eq!(stale, 0);
}

#[tokio::test]
async fn parents_of_new_changes_are_read_again_even_after_a_kill() {
    let sandbox = sandbox("sessions=6,messages=1500,quirks=no").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    sandbox.advance(TimeDelta::days(5));
    // The run ends while the changes are known and their messages are not read again yet.
    let stop = zoom_chat_archive::Stop::new();
    let mut options = SyncOptions::new();
    options.stop = Some(stop.clone());
    options.progress = Some(Box::new(move |event| {
        if let zoom_chat_archive::SyncEvent::Phase(zoom_chat_archive::SyncPhase::Parents) = event {
            stop.stop();
        }
    }));
    let zoom = client(&sandbox);
    let report = archive
        .sync(&zoom, &account(&sandbox), options)
        .await
        .unwrap();
    assert_eq!(report.outcome, Outcome::Stopped);
    let pending = |path: &std::path::Path| {
        let db = rusqlite::Connection::open(path.join("archive.db")).unwrap();
        db.query_row("SELECT count(*) FROM pending", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
    };
    drop(archive);
    assert!(pending(&place.path()) > 0);
    let mut archive = Archive::open(&place.path(), &OpenOptions::default()).unwrap();
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.content_versions > 0);
    drop(archive);
    assert_eq!(pending(&place.path()), 0);
    assert_whole(&read(&place.path()));
}

#[tokio::test]
async fn vanished_messages_stay_and_are_marked() {
    let sandbox = sandbox("sessions=6,messages=9000,deleted_in_messages=vanishes").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let before = keys(&archive);
    sandbox.advance(TimeDelta::days(7));
    let report = sync(&mut archive, &sandbox).await;
    assert!(report.not_returned > 0);
    assert!(keys(&archive).is_superset(&before));
    assert_whole(&archive);
    drop(archive);
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let unexplained: i64 = db
        .query_row(
            "SELECT count(*) FROM messages WHERE not_returned_run IS NOT NULL AND NOT deleted",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(unexplained, 0, "each that vanished has its deletion");
}

#[tokio::test]
async fn rereading_finds_edits_that_the_flag_does_not() {
    let sandbox =
        sandbox("sessions=6,messages=9000,quirks=no,query_all_modifications=ignored").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    sandbox.advance(TimeDelta::days(4));
    let report = sync(&mut archive, &sandbox).await;
    assert_ne!(report.modifications, ModificationsFlag::Proven);
    let mut options = SyncOptions::new();
    options.reread_days = Some(30);
    let zoom = client(&sandbox);
    let report = archive
        .sync(&zoom, &account(&sandbox), options)
        .await
        .unwrap();
    assert!(
        report.edited + report.deleted > 0,
        "older messages were edited"
    );
    let (_, due) = whole_truth(&sandbox);
    assert_holds("reread", &archive, &due);
    assert_whole(&archive);
}

#[tokio::test]
async fn fault_03_a_daily_limit_keeps_what_was_read() {
    let sandbox = sandbox("sessions=8,messages=1500,daily_limit=60").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::DailyLimit);
    assert!(
        report
            .error
            .is_some_and(|error| error.retry_after.is_some())
    );
    assert!(report.windows_done > 0);
    assert_whole(&archive);
    for day in 1..10 {
        sandbox.advance(TimeDelta::days(1));
        let report = sync(&mut archive, &sandbox).await;
        if report.outcome != Outcome::DailyLimit {
            break;
        }
        assert!(day < 9, "it never ends");
    }
    let (_, due) = whole_truth(&sandbox);
    assert_holds("in the end", &archive, &due);
    assert_whole(&archive);
}

#[tokio::test]
async fn fault_19_duplicates_come_once_and_other_content_is_a_version() {
    let sandbox = sandbox("sessions=8,messages=1500,duplicates=some,page_tokens=offset").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let first = sync(&mut archive, &sandbox).await;
    assert_equals_truth("once", &archive, &sandbox);
    // Links are signed anew in every answer: no versions come of that.
    let mut options = SyncOptions::new();
    options.reread_days = Some(60);
    let zoom = client(&sandbox);
    let again = archive
        .sync(&zoom, &account(&sandbox), options)
        .await
        .unwrap();
    assert_eq!(again.new + again.edited + again.deleted, 0);
    assert_eq!(again.content_versions + again.metadata_versions, 0);
    assert!(again.duplicates > 0 && first.new > 0);
    // Texts that changed are.
    sandbox.advance(TimeDelta::days(7));
    let later = sync(&mut archive, &sandbox).await;
    assert!(later.content_versions > 0);
    assert_whole(&archive);
}

#[tokio::test]
async fn fault_20_what_changes_while_it_is_read_is_healed_by_the_next_sync() {
    let sandbox = sandbox("sessions=6,messages=3000,page_tokens=offset,visible_after=1800").await;
    let sandbox = std::sync::Arc::new(sandbox);
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let mut options = SyncOptions::new();
    let moving = sandbox.clone();
    options.progress = Some(Box::new(move |event| {
        if matches!(event, zoom_chat_archive::SyncEvent::Entries(_)) {
            moving.advance(TimeDelta::minutes(20));
        }
    }));
    let zoom = client(&sandbox);
    archive
        .sync(&zoom, &account(&sandbox), options)
        .await
        .unwrap();
    for _ in 0..3 {
        sandbox.advance(TimeDelta::days(3));
        sync(&mut archive, &sandbox).await;
    }
    let (_, due) = whole_truth(&sandbox);
    assert_holds("after it", &archive, &due);
    assert_whole(&archive);
}

#[tokio::test]
async fn a_session_that_fails_is_a_gap_that_can_be_accepted_and_heals() {
    let sandbox = sandbox("sessions=8,messages=800").await;
    let bad = sandbox.session_ids()[2].replace(':', "%3A");
    let fault = format!("messages:session={bad}:times=0:status=404");
    sandbox.add_fault(fault.parse().unwrap());
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Incomplete);
    assert!(report.windows_failed > 0 && report.standing.open_gaps == 1);
    let gap = &archive.gaps().unwrap()[0];
    assert_eq!(gap.class, zoom_chat_archive::GapClass::Refused);
    assert_eq!(gap.failure.as_ref().unwrap().status, Some(404));
    let id = gap.id.clone();
    let gap = &accept(&mut archive, &[&id], "left the company")[0];
    assert_eq!(gap.state, zoom_chat_archive::GapState::Accepted);
    let verified = archive
        .verify(&zoom_chat_archive::VerifyOptions::deep())
        .unwrap();
    assert!(verified.is_whole() && verified.is_complete());
    assert_eq!(verified.standing.accepted_gaps, 1);

    sandbox.clear_faults();
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    assert_equals_truth("healed", &archive, &sandbox);
    assert_whole(&archive);
}

/// After a sync the folder holds the database and its files, nothing else.
fn archive_at_rest(place: &Place, archive: Archive) {
    drop(archive);
    let mut names: Vec<String> = std::fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["archive.db", "files", "lock"]);
}
