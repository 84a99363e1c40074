//! A harvest: units on their own, gaps by name, coverage.

use std::pin::pin;

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{
    Coverage, DateRange, ErrorKind, GapReason, Harvest, HarvestEvent, HarvestSummary,
};

use crate::support::{Keys, assert_equals_truth, client, key, run, sandbox, truth};

/// Runs a harvest as a sink does that commits a window's entries when it is done.
async fn committed(harvest: Harvest, coverage: &mut Coverage) -> (Keys, HarvestSummary) {
    let mut events = pin!(harvest.events());
    let mut keys = Keys::new();
    let mut summary = None;
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            HarvestEvent::Entries { entries, .. } => {
                for entry in &entries {
                    *keys.entry(key(entry)).or_default() += 1;
                }
            }
            HarvestEvent::WindowDone(facts) => coverage.record(&facts),
            HarvestEvent::Finished(last) => summary = Some(last),
            _ => {}
        }
    }
    (keys, summary.unwrap())
}

#[tokio::test]
async fn a_session_that_fails_is_named_and_the_others_go_on() {
    let sandbox = sandbox("sessions=8,messages=800").await;
    let bad = sandbox.session_ids()[2].clone();
    let fault = format!(
        "messages:session={}:times=0:status=404",
        bad.replace(':', "%3A")
    );
    sandbox.add_fault(fault.parse().unwrap());
    let range = DateRange::month(2026, 8).unwrap();
    let harvested = run(client(&sandbox).harvest(range).everything(), || {}).await;

    assert!(!harvested.failed.is_empty());
    for failed in &harvested.failed {
        assert_eq!(failed.session_id.as_deref(), Some(bad.as_str()));
        assert_eq!(failed.error.kind(), ErrorKind::NotFound);
    }
    let gaps = &harvested.summary.gaps;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].session_id.as_deref(), Some(bad.as_str()));
    assert_eq!(gaps[0].reason, GapReason::Refused);
    assert_eq!((gaps[0].start, gaps[0].end), (range.start(), range.end()));

    let (all, mut due) = truth(&sandbox, &range);
    due.retain(|key, _| key.0 != bad);
    assert_equals_truth("the others", &harvested.keys, &due, &all);
}

#[tokio::test]
async fn what_is_covered_is_not_asked_for_again() {
    let sandbox = sandbox("sessions=8,messages=800").await;
    let range = DateRange::last_six_months(sandbox.today());
    let zoom = client(&sandbox);
    let mut coverage = Coverage::default();
    let (first, summary) = committed(zoom.harvest(range).everything(), &mut coverage).await;
    let through = summary.complete_through;

    // It survives being stored.
    let text = serde_json::to_string(&coverage).unwrap();
    let mut coverage: Coverage = serde_json::from_str(&text).unwrap();

    let messages = zoom.stats().requests.messages;
    let rerun = zoom.harvest(range).everything().except(&coverage);
    let (again, _) = committed(rerun, &mut coverage).await;
    let sessions = summary.sessions as u64;
    assert!(zoom.stats().requests.messages - messages <= 2 * sessions);
    for (_, _, _, at, _) in again.keys() {
        let recent = at.is_none_or(|at| at >= through.timestamp_millis());
        let early = at.is_some_and(|at| at < summary.complete_from.timestamp_millis());
        assert!(recent || early, "{at:?} was proven before");
    }

    // A week later the two runs together hold everything, and the overlap is what was not proven.
    sandbox.advance(TimeDelta::days(7));
    let range = DateRange::last_six_months(sandbox.today());
    let later = client(&sandbox)
        .harvest(range)
        .everything()
        .except(&coverage);
    let (third, summary) = committed(later, &mut coverage).await;
    assert!(summary.is_complete(), "{:?}", summary.gaps);
    let (_, mut due) = truth(&sandbox, &range);
    // Edits of messages that were read before come by the other axis, not by this one.
    due.retain(|key, _| key.1 == zoom_chat_reports_sandbox::TruthKind::Sent);
    let missing = due
        .keys()
        .filter(|key| {
            !first.contains_key(*key) && !again.contains_key(*key) && !third.contains_key(*key)
        })
        .count();
    assert_eq!(missing, 0);
}

#[tokio::test]
async fn coverage_with_fewer_options_does_not_answer_for_more() {
    let sandbox = sandbox("sessions=4,messages=200").await;
    let range = DateRange::month(2026, 8).unwrap();
    let zoom = client(&sandbox);
    let mut coverage = Coverage::default();
    committed(zoom.harvest(range), &mut coverage).await;
    let before = zoom.stats().requests.messages;
    committed(
        zoom.harvest(range).everything().except(&coverage),
        &mut coverage,
    )
    .await;
    let asked = zoom.stats().requests.messages - before;
    assert!(asked > 0);
    // Now everything is covered, for everything and for less.
    let before = zoom.stats().requests.messages;
    committed(zoom.harvest(range).except(&coverage), &mut coverage).await;
    committed(
        zoom.harvest(range).everything().except(&coverage),
        &mut coverage,
    )
    .await;
    assert_eq!(zoom.stats().requests.messages, before);
}

#[tokio::test]
async fn a_range_partly_out_of_reach_gives_what_can_be_had_and_names_the_rest() {
    let sandbox = sandbox("sessions=8,messages=800").await;
    let range = DateRange::parse("2026-03-01..2026-06-30").unwrap();
    let harvested = run(client(&sandbox).harvest(range).everything(), || {}).await;
    let (all, due) = truth(&sandbox, &range);
    assert_equals_truth("partly", &harvested.keys, &due, &all);
    let gaps = &harvested.summary.gaps;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].reason, GapReason::BeyondReach);
    assert_eq!(gaps[0].start, range.start());

    let id = sandbox.session_ids()[0].clone();
    let zoom = client(&sandbox);
    let result = zoom
        .messages(&id, range)
        .entries()
        .try_collect::<Vec<_>>()
        .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Incomplete);
}

#[tokio::test]
async fn a_range_wholly_out_of_reach_is_an_error_before_any_report_request() {
    let sandbox = sandbox("sessions=2,messages=20").await;
    for range in ["2025-01-01..2025-01-31", "2026-12-01..2026-12-02"] {
        let range = DateRange::parse(range).unwrap();
        let zoom = client(&sandbox);
        let result = zoom.harvest(range).events().try_collect::<Vec<_>>().await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::OutOfReach, "{range}");
    }
    assert_eq!(sandbox.stats().report_requests, 0);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_whole_is_named() {
    let sandbox = sandbox("sessions=8,messages=800").await;
    sandbox.add_fault("sessions:nth=3:status=403".parse().unwrap());
    let range = DateRange::month(2026, 8).unwrap();
    let harvested = run(client(&sandbox).harvest(range).everything(), || {}).await;
    assert!(!harvested.summary.is_complete());
    assert_eq!(harvested.summary.gaps[0].reason, GapReason::ListIncomplete);
    // The second pass found the sessions all the same.
    let (all, due) = truth(&sandbox, &range);
    assert_equals_truth("listed", &harvested.keys, &due, &all);
}

#[tokio::test]
async fn the_daily_limit_ends_a_harvest_and_says_when_to_go_on() {
    let sandbox = sandbox("sessions=8,messages=800,daily_limit=30").await;
    let range = DateRange::last_six_months(sandbox.today());
    let zoom = client(&sandbox);
    let result = zoom.harvest(range).events().try_collect::<Vec<_>>().await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DailyLimit);
    assert_eq!(
        error.retry_after().unwrap().to_rfc3339(),
        "2026-11-21T00:00:00+00:00"
    );
}

#[tokio::test]
async fn a_forecast_foretells_the_windows_that_are_read() {
    let sandbox = sandbox("sessions=8,messages=200").await;
    let range = DateRange::last_six_months(sandbox.today());
    let zoom = client(&sandbox);
    let forecast = zoom.harvest(range).everything().forecast().await.unwrap();
    let before = zoom.stats().requests;
    let harvested = run(zoom.harvest(range).everything(), || {}).await;
    assert_eq!(forecast.sessions, harvested.summary.sessions);
    assert_eq!(forecast.windows as u64, harvested.summary.windows_done);
    assert_eq!(
        forecast.message_requests,
        zoom.stats().requests.messages - before.messages
    );
}

#[tokio::test]
async fn dropping_the_events_ends_all_requests() {
    let sandbox = sandbox("sessions=20,messages=4000,latency_ms=20").await;
    let range = DateRange::last_six_months(sandbox.today());
    let zoom = client(&sandbox);
    {
        let mut events = pin!(zoom.harvest(range).everything().page_size(10).events());
        while let Some(event) = events.try_next().await.unwrap() {
            if matches!(event, HarvestEvent::Entries { .. }) {
                break;
            }
        }
    }
    // Those under way may still be counted; after them nothing comes.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let after = sandbox.stats().report_requests;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(sandbox.stats().report_requests, after);
}
