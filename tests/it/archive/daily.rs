//! An archive kept day by day: no gap that is none, whatever the hour and the account's zone.

use chrono::TimeDelta;
use zoom_chat_archive::Outcome;
use zoom_chat_reports_sandbox::TruthKind;

use super::{Place, assert_holds, assert_whole, create, keys, sync, whole_truth};
use crate::support::sandbox;

#[tokio::test]
async fn forty_daily_syncs_find_no_gap_that_is_none() {
    for more in ["", "zone=+14:00,to=exclusive,future_to=refused"] {
        let settings = format!("sessions=3,messages=400,quirks=no,{more}");
        let sandbox = sandbox(settings.trim_end_matches(',')).await;
        let place = Place::new();
        let mut archive = create(&place, &sandbox);
        for day in 0..40 {
            let report = sync(&mut archive, &sandbox).await;
            assert_eq!(
                report.outcome,
                Outcome::Complete,
                "day {day}: {:?}",
                report.gaps
            );
            assert!(report.gaps.is_empty(), "day {day}: {:?}", report.gaps);
            // A little later or earlier every day.
            sandbox.advance(TimeDelta::hours(24) + TimeDelta::minutes([0, 70, -35, 20][day % 4]));
        }
        sync(&mut archive, &sandbox).await;
        let (_, due) = whole_truth(&sandbox);
        assert_holds(&settings, &archive, &due);
        assert_whole(&archive);
    }
}

#[tokio::test]
async fn an_account_that_moves_leaves_no_hole() {
    let settings =
        "sessions=3,messages=800,quirks=no,zone=+14:00,zone_later=2026-11-22T00:00:00Z/-12:00";
    let sandbox = sandbox(settings).await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    for _ in 0..8 {
        let report = sync(&mut archive, &sandbox).await;
        assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
        sandbox.advance(TimeDelta::hours(21));
    }
    let (_, due) = whole_truth(&sandbox);
    let due = due.into_iter().filter(|(key, _)| {
        // The last hours came after the last sync.
        key.3
            .is_some_and(|at| at < (sandbox.now() - TimeDelta::hours(72)).timestamp_millis())
    });
    assert_holds(settings, &archive, &due.collect());
    assert_whole(&archive);
}

#[tokio::test]
async fn a_known_session_that_is_not_listed_any_more_is_read_all_the_same() {
    // Listed only for dates that hold the last message, and no dates reach up to today.
    let settings = "sessions=6,messages=6000,quirks=no,listed_when=last,future_to=refused,zone=-12:00,to=exclusive";
    let sandbox = sandbox(settings).await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let known: std::collections::BTreeSet<String> =
        keys(&archive).into_iter().map(|key| key.0).collect();
    sandbox.advance(TimeDelta::days(10));
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.outcome, Outcome::Complete, "{:?}", report.gaps);
    let through = report.standing.complete_through.unwrap().timestamp_millis();
    let held = keys(&archive);
    let missing = sandbox.truth().into_iter().filter(|entry| {
        let is_due = entry.kind == TruthKind::Sent && entry.visible && entry.reachable;
        is_due
            && entry.timestamp < through
            && known.contains(&*entry.session_id)
            && !held.iter().any(|key| key.2 == entry.id)
    });
    assert_eq!(missing.count(), 0);
}
