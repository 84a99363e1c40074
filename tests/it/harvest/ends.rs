//! How a harvest ends: out of reach, at limits, by its consumer.

use super::*;

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
    sandbox.add_fault("sessions:nth=3:times=0:status=403".parse().unwrap());
    let range = DateRange::month(2026, 8).unwrap();
    let harvested = run(client(&sandbox).harvest(range).everything(), || {}).await;
    assert!(!harvested.summary.is_complete());
    assert_eq!(harvested.summary.gaps[0].reason, GapReason::ListIncomplete);
    // What was listed is read all the same.
    assert!(!harvested.keys.is_empty());
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
    sandbox.reset_stats();
    let harvested = run(zoom.harvest(range).everything(), || {}).await;
    // Each of the first sessions finds out how far Zoom's reach goes.
    let refused = sandbox.stats().count("messages", 400);
    assert_eq!(forecast.sessions, harvested.summary.sessions);
    assert_eq!(forecast.windows as u64, harvested.summary.windows_done);
    assert_eq!(
        forecast.message_requests,
        zoom.stats().requests.messages - before.messages - refused
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

#[tokio::test]
async fn two_sessions_are_refused_at_zooms_floor_and_not_every_one() {
    // So slow that many windows are under way before the first answer.
    let sandbox = sandbox("sessions=30,messages=900,quirks=no,latency_ms=50").await;
    let range = DateRange::last_six_months(sandbox.today());
    let harvest = client(&sandbox).harvest(range).everything();
    let harvested = run(harvest, || {}).await;
    assert!(harvested.summary.is_complete());
    // Each asks for the refused dates twice.
    assert_eq!(sandbox.stats().count("messages", 400), 4);
}
