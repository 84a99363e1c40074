//! An archive kept day by day: no gap that is none, whatever the hour and the account's zone.

use chrono::TimeDelta;
use zoom_chat_archive::Outcome;

use super::{Place, assert_holds, assert_whole, create, sync, whole_truth};
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
