//! What was read once is read again: where the report cannot be trusted, that is found and told.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use zoom_chat_archive::{
    Archive, ArchiveSettings, DifferenceKind, OpenOptions, Outcome, SyncEvent, SyncOptions,
    SyncPhase, SyncReport,
};
use zoom_chat_reports_sandbox::{Sandbox, TruthKind};

use super::{Place, account, assert_whole, create, keys, read, sync};
use crate::support::{client, sandbox};

/// A sync, the requests that were foretold for reading again, and those that it made for that.
async fn foretold_and_made(archive: &mut Archive, sandbox: &Sandbox) -> (SyncReport, u64, u64) {
    let zoom = client(sandbox);
    let (account, plain) = (account(sandbox), SyncOptions::new());
    let plan = archive.plan(&zoom, &account, &plain).await.unwrap();
    let foretold = plan.scrub_requests;
    let requests = Arc::new(Mutex::new([0_u64; 2]));
    let mut options = SyncOptions::new();
    let (noted, asker) = (Arc::clone(&requests), zoom.clone());
    options.progress = Some(Box::new(move |event| {
        let place = match event {
            SyncEvent::Phase(SyncPhase::Scrub) => 0,
            SyncEvent::Phase(SyncPhase::Index) => 1,
            _ => return,
        };
        noted.lock().unwrap()[place] = asker.stats().requests.messages;
    }));
    let report = archive.sync(&zoom, &account, options).await.unwrap();
    let [before, after] = *requests.lock().unwrap();
    (report, foretold, after - before)
}

/// Sent messages that can be read and are not here, of those sent before `before`.
fn lost(archive: &Archive, sandbox: &Sandbox, before: DateTime<Utc>) -> Vec<(String, i64)> {
    let held: std::collections::BTreeSet<(String, String)> = keys(archive)
        .into_iter()
        .map(|key| (key.0, key.2))
        .collect();
    let from = archive.standing().unwrap().complete_from.unwrap();
    let at = |ms| DateTime::<Utc>::from_timestamp_millis(ms).unwrap();
    let truth = sandbox.truth().into_iter().filter(|entry| {
        let sent = at(entry.timestamp);
        let is_due =
            entry.kind == TruthKind::Sent && entry.visible && from <= sent && sent < before;
        is_due && !held.contains(&(entry.session_id.to_string(), entry.id.clone()))
    });
    truth
        .map(|entry| (entry.session_id.to_string(), entry.timestamp))
        .collect()
}

#[tokio::test]
async fn messages_that_vanish_unlisted_or_come_two_days_late_are_found_within_30_days() {
    let sandbox = sandbox(
        "now=2026-11-20T01:00:00Z,sessions=3,messages=6000,page_tokens=offset,order=ascending,visible_after=200000,\
         fault=messages:page=3:times=3:vanish=1",
    )
    .await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let settled = |sandbox: &Sandbox| sandbox.now() - TimeDelta::hours(60);
    let hidden = lost(&archive, &sandbox, settled(&sandbox)).len();
    assert!(
        hidden >= 2,
        "{hidden}: nothing was hidden, so nothing is shown"
    );
    let mut most_lost = 0;
    for day in 1..=40 {
        sandbox.advance(TimeDelta::days(1));
        let (report, _, _) = foretold_and_made(&mut archive, &sandbox).await;
        assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
        if day % 10 == 0 {
            most_lost = most_lost.max(lost(&archive, &sandbox, settled(&sandbox)).len());
        }
        if day >= 30 {
            let month_ago = sandbox.now() - TimeDelta::days(30);
            assert_eq!(lost(&archive, &sandbox, month_ago), [], "day {day}");
        }
    }
    assert!(most_lost > 0, "some came too late for the daily runs");
    let status = archive.status().unwrap();
    let confirmation = status.confirmation;
    assert!(confirmation.late > 5, "{confirmation:?}");
    assert!(confirmation.vanished >= 1, "{confirmation:?}");
    assert!(confirmation.share > 0.8, "{confirmation:?}");
    let of = |kind| {
        archive
            .differences()
            .unwrap()
            .iter()
            .filter(|one| one.what == kind)
            .count() as u64
    };
    assert_eq!(of(DifferenceKind::Late), confirmation.late);
    assert!(of(DifferenceKind::Vanished) >= confirmation.vanished);
    assert_whole(&archive);
}

#[tokio::test]
async fn a_reading_that_differs_confirms_nothing_and_is_made_again_in_its_turn() {
    let settings = "sessions=1,messages=3000,page_tokens=offset,order=ascending";
    let (honest, hostile) = (sandbox(settings).await, sandbox(settings).await);
    let (places, mut shares) = ([Place::new(), Place::new()], Vec::new());
    for (sandbox, place) in [&honest, &hostile].into_iter().zip(&places) {
        let mut archive = create(place, sandbox);
        sync(&mut archive, sandbox).await;
        let before = archive.status().unwrap().confirmation;
        sandbox.advance(TimeDelta::days(1));
        // The look-back takes one page: only a window that is read again has a third.
        if std::ptr::eq(sandbox, &hostile) {
            sandbox.add_fault("messages:page=3:vanish=1".parse().unwrap());
        }
        let report = sync(&mut archive, sandbox).await;
        let confirmation = archive.status().unwrap().confirmation;
        shares.push((confirmation.share - before.share, report.not_returned));
    }
    let [(agreed, 0), (differed, 1..)] = shares[..] else {
        panic!("{shares:?}");
    };
    assert!(agreed > 0.1 && differed < 0.01, "{shares:?}");
    let mut archive = Archive::open(&places[1].path(), &OpenOptions::default()).unwrap();
    for _ in 0..35 {
        hostile.advance(TimeDelta::days(1));
        sync(&mut archive, &hostile).await;
    }
    let confirmation = archive.status().unwrap().confirmation;
    let a_month_ago = hostile.now() - TimeDelta::days(33);
    assert!(confirmation.through > Some(a_month_ago), "{confirmation:?}");
    assert_eq!(confirmation.vanished, 1);
    assert_whole(&archive);
}

#[tokio::test]
async fn a_session_that_fails_whenever_it_is_read_again_costs_the_others_nothing() {
    for status in [404, 500] {
        let sandbox = sandbox("sessions=4,messages=3200").await;
        let place = Place::new();
        let settings = ArchiveSettings::default();
        let mut archive = Archive::create(&place.path(), &account(&sandbox), &settings).unwrap();
        sync(&mut archive, &sandbox).await;
        let most = "SELECT s.id FROM sessions s JOIN message_columns m ON m.session = s.no
           GROUP BY s.no ORDER BY count(*) DESC LIMIT 1";
        let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
        let busiest: String = db.query_row(most, [], |row| row.get(0)).unwrap();
        drop(db);
        // The look-back takes one page, what is read again several.
        let busiest = busiest.replace(':', "%3A");
        let fault = format!("messages:session={busiest}:page=2:times=0:status={status}");
        sandbox.add_fault(fault.parse().unwrap());
        let mut failed = 0;
        for _ in 0..32 {
            sandbox.advance(TimeDelta::days(1));
            let (report, _, asked) = foretold_and_made(&mut archive, &sandbox).await;
            assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.failures);
            assert_eq!(report.standing.files.missing, 0);
            assert!(asked < 60, "{status}: {asked}");
            failed += report.windows_failed;
        }
        assert!(failed >= 3, "{status}: {failed}: nothing failed");
        let confirmation = archive.status().unwrap().confirmation;
        assert!(confirmation.share > 0.64, "{status}: {confirmation:?}");
        assert_whole(&archive);
    }
}

#[tokio::test]
async fn an_honest_account_shows_no_difference_and_takes_the_requests_foretold() {
    for settings in [
        "sessions=3,messages=3600",
        "sessions=6,messages=2000,quirks=yes,deleted_in_messages=vanishes,order=none",
        "sessions=2,messages=2000,zone=-08:00,daylight=europe,odd_times=seconds,page_tokens=snapshot",
        "sessions=2,messages=1500,zone=+12:45,edited_text=before,visible_after=3600",
    ] {
        let sandbox = sandbox(settings).await;
        let place = Place::new();
        let mut archive = create(&place, &sandbox);
        sync(&mut archive, &sandbox).await;
        let (mut foretold, mut made, mut windows) = (0, 0, 0);
        for _ in 0..26 {
            sandbox.advance(TimeDelta::hours(26));
            let (report, planned, asked) = foretold_and_made(&mut archive, &sandbox).await;
            assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
            foretold += planned;
            made += asked;
            windows += u64::from(asked > 0);
        }
        assert_eq!(archive.differences().unwrap().len(), 0, "{settings}");
        let confirmation = archive.status().unwrap().confirmation;
        assert_eq!((confirmation.late, confirmation.vanished), (0, 0));
        assert!(confirmation.share > 0.8, "{settings}: {confirmation:?}");
        assert!(
            windows > 5 && made <= foretold,
            "{settings}: {made} of {foretold} in {windows} days"
        );
        assert_whole(&read(&place.path()));
    }
}
