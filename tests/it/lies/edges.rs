//! What Zoom refuses is never skipped; what an account does with dates may change between two runs.

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{Coverage, DateRange, Edges, Entry, ErrorKind, HarvestEvent};

use super::{ACCOUNT, timed};
use crate::support::{self, Keys, assert_equals_truth, sandbox, truth};

#[tokio::test]
async fn dates_as_given_that_zoom_refuses_are_an_error_and_not_an_empty_end() {
    let account = sandbox(&format!("{ACCOUNT},beyond_floor=refused")).await;
    let (zoom, _) = timed(&account);
    let id = account.session_ids().remove(0);
    for range in ["2026-01-01..2026-06-30", "2026-02-01..2026-02-20"] {
        let request = zoom
            .messages(&id, range.parse().unwrap())
            .edges(Edges::AsReported);
        let end = request.entries().try_collect::<Vec<Entry>>().await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::OutOfReach, "{range}");
    }
}

/// Those of `messages`: edits since then are read by their own time, which is the archive's part.
pub(super) fn sent(keys: Keys) -> Keys {
    let is_sent = |key: &support::Key| key.1 == zoom_chat_reports_sandbox::TruthKind::Sent;
    keys.into_iter().filter(|(key, _)| is_sent(key)).collect()
}

/// Reads what is not covered, and keeps what is done.
pub(super) async fn sync(
    zoom: &zoom_chat_reports::ChatReports,
    coverage: &mut Coverage,
    keys: &mut Keys,
) -> bool {
    let range = DateRange::last_six_months(zoom.today().await.unwrap());
    let mut events = Box::pin(zoom.harvest(range).except(coverage).everything().events());
    let mut complete = false;
    let mut next = coverage.clone();
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            HarvestEvent::Entries { entries, .. } => {
                for entry in &entries {
                    keys.insert(support::key(entry), 1);
                }
            }
            HarvestEvent::WindowDone(facts) => next.record(&facts),
            HarvestEvent::Finished(summary) => complete = summary.is_complete(),
            _ => {}
        }
    }
    *coverage = next;
    complete
}

#[tokio::test]
async fn an_account_that_moves_between_two_runs_loses_nothing() {
    for (zone, later) in [
        ("+14:00", "-12:00"),
        ("-12:00", "+14:00"),
        ("+00:00", "+09:00"),
        ("+05:45", "-03:30"),
    ] {
        for more in [
            "to=inclusive",
            "to=exclusive,future_to=refused",
            "zone_by=asking,daylight=europe",
        ] {
            let settings = format!(
                "{ACCOUNT},zone={zone},zone_later=2026-11-22T00:00:00Z/{later},edited_items=each,{more}"
            );
            let account = sandbox(&settings).await;
            let (zoom, clock) = timed(&account);
            let (mut coverage, mut keys) = (Coverage::default(), Keys::new());
            for hours in [0, 20, 20, 30, 25, 24, 24, 100] {
                let passed = TimeDelta::hours(hours);
                account.advance(passed);
                clock.advance(passed.to_std().unwrap());
                assert!(sync(&zoom, &mut coverage, &mut keys).await, "{settings}");
            }
            let range = DateRange::last_six_months(zoom.today().await.unwrap());
            let (_, due) = truth(&account, &range);
            let (keys, due) = (sent(keys), sent(due));
            assert_equals_truth(&settings, &keys, &due, &keys);
        }
    }
}

#[tokio::test]
async fn one_refusal_near_an_edge_teaches_no_edge() {
    // Where no edge is enforced, a floor that a passing failure taught would count as shown, and days
    // would be claimed that a server which cuts in silence never answered.
    let settings = format!("{ACCOUNT},beyond_floor=accepted,future_to=accepted");
    let mut claims = Vec::new();
    for fault in [
        None,
        Some("sessions:nth=1:error_page=300"),
        Some("sessions:nth=7:error_page=300"),
    ] {
        let account = sandbox(&settings).await;
        if let Some(fault) = fault {
            account.add_fault(fault.parse().unwrap());
        }
        let (zoom, _) = timed(&account);
        let range = DateRange::last_six_months(zoom.today().await.unwrap());
        let harvested = support::run(zoom.harvest(range), || {}).await;
        let summary = harvested.summary;
        assert!(summary.is_complete(), "{fault:?}: {:?}", summary.gaps);
        claims.push((summary.complete_from, summary.complete_through));
    }
    claims.dedup();
    assert_eq!(claims.len(), 1, "{claims:?}");
}
