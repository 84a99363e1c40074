//! A harvest: units on their own, gaps by name, coverage.

mod ends;

use std::{
    collections::{BTreeSet, HashMap},
    pin::pin,
};

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{
    Coverage, DateRange, ErrorKind, GapReason, HarvestEvent, HarvestSummary,
    harvest::{Harvest, WindowId},
};

use zoom_chat_reports_sandbox::TruthKind;

use crate::support::{Key, Keys, assert_equals_truth, client, key, run, sandbox, truth};

/// Runs a harvest as a sink does that keeps a window's entries when it is done, and drops those of
/// one that fails. With `stop_after`, it ends after so many windows, as a process that is killed.
async fn committed(
    harvest: Harvest,
    coverage: &mut Coverage,
    stop_after: usize,
) -> (Keys, Option<HarvestSummary>) {
    let mut events = pin!(harvest.events());
    let mut open: HashMap<WindowId, Vec<Key>> = HashMap::new();
    let mut keys = Keys::new();
    let mut done = 0;
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            HarvestEvent::Entries {
                window, entries, ..
            } => {
                open.entry(window)
                    .or_default()
                    .extend(entries.iter().map(key));
            }
            HarvestEvent::WindowDone(facts) => {
                coverage.record(&facts);
                let of_window =
                    |id: &WindowId| id.session_id == facts.session_id && id.window == facts.asked;
                let ids: Vec<WindowId> = open.keys().filter(|id| of_window(id)).cloned().collect();
                for key in ids.iter().filter_map(|id| open.remove(id)).flatten() {
                    *keys.entry(key).or_default() += 1;
                }
                done += 1;
                if done == stop_after {
                    return (keys, None);
                }
            }
            HarvestEvent::Finished(summary) => return (keys, Some(summary)),
            _ => {}
        }
    }
    unreachable!("a harvest ends with its summary")
}

/// Everything that is due, each once; entries that come from both of two runs count once.
fn assert_together(context: &str, runs: &[&Keys], due: &Keys, all: &Keys) {
    let mut together = Keys::new();
    for (key, count) in runs.iter().flat_map(|keys| keys.iter()) {
        let known = together.entry(key.clone()).or_default();
        *known = (*known).max(*count);
    }
    assert_equals_truth(context, &together, due, all);
}

#[tokio::test]
async fn two_ranges_one_after_the_other_lose_nothing_between_them() {
    let sandbox = sandbox("sessions=8,messages=4000").await;
    let zoom = client(&sandbox);
    for (first, second) in [
        ("2026-08-01..2026-08-31", "2026-09-01..2026-09-30"),
        ("2026-08-10..2026-08-11", "2026-08-01..2026-08-31"),
    ] {
        let first = DateRange::parse(first).unwrap();
        let second = DateRange::parse(second).unwrap();
        let mut coverage = Coverage::default();
        let (one, _) = committed(zoom.harvest(first).everything(), &mut coverage, 0).await;
        let harvest = zoom.harvest(second).everything().except(&coverage);
        let (two, summary) = committed(harvest, &mut coverage, 0).await;
        let (all, due) = truth(&sandbox, &second);
        let mut one = one;
        one.retain(|key, _| all.contains_key(key));
        assert_together("both", &[&one, &two], &due, &all);
        assert!(summary.unwrap().is_complete());
    }
}

#[tokio::test]
async fn a_window_that_fails_takes_nothing_from_its_neighbour() {
    for nth in 1..5 {
        let sandbox = sandbox("sessions=2,messages=1500").await;
        let fault = format!("messages:page=3:nth={nth}:status=400");
        sandbox.add_fault(fault.parse().unwrap());
        let range = DateRange::parse("2026-07-01..2026-09-30").unwrap();
        let zoom = client(&sandbox);
        let mut coverage = Coverage::default();
        let harvest = zoom.harvest(range).everything().page_size(30);
        let (one, summary) = committed(harvest, &mut coverage, 0).await;
        assert!(!summary.unwrap().is_complete());
        let rerun = zoom.harvest(range).everything().except(&coverage);
        let (two, summary) = committed(rerun, &mut coverage, 0).await;
        assert!(summary.unwrap().is_complete());
        let (all, due) = truth(&sandbox, &range);
        assert_together(&fault, &[&one, &two], &due, &all);
    }
}

#[tokio::test]
async fn a_sink_that_is_killed_loses_nothing() {
    for stop_after in [1, 2, 3, 5, 8] {
        let sandbox = sandbox("sessions=2,messages=1500").await;
        let range = DateRange::parse("2026-07-01..2026-09-30").unwrap();
        let zoom = client(&sandbox);
        let mut coverage = Coverage::default();
        let harvest = zoom.harvest(range).everything();
        let (one, _) = committed(harvest, &mut coverage, stop_after).await;
        let rerun = zoom.harvest(range).everything().except(&coverage);
        let (two, _) = committed(rerun, &mut coverage, 0).await;
        let (all, due) = truth(&sandbox, &range);
        assert_together(&format!("after {stop_after}"), &[&one, &two], &due, &all);
    }
}

#[tokio::test]
async fn one_day_at_today_is_delivered_whatever_its_edges() {
    for future in ["accepted", "refused", "clamped"] {
        for zone in ["-12:00", "UTC", "+14:00"] {
            for now in ["2026-11-20T02:00:00Z", "2026-11-20T22:00:00Z"] {
                let settings =
                    format!("sessions=8,messages=20000,zone={zone},future_to={future},now={now}");
                let sandbox = sandbox(&settings).await;
                let range = DateRange::last_days(1, sandbox.today()).unwrap();
                let harvested = run(client(&sandbox).harvest(range).everything(), || {}).await;
                let (all, due) = truth(&sandbox, &range);
                assert_equals_truth(&settings, &harvested.keys, &due, &all);
                assert!(harvested.summary.is_complete(), "{settings}");
            }
        }
    }
}

#[tokio::test]
async fn every_length_of_range_up_to_today_is_complete() {
    let sandbox = sandbox("sessions=2,messages=40,future_to=refused").await;
    let zoom = client(&sandbox);
    let id = sandbox.session_ids()[0].clone();
    for days in 1..175 {
        let range = DateRange::last_days(days, sandbox.today()).unwrap();
        let harvested = run(zoom.harvest(range).sessions([&id]), || {}).await;
        assert!(
            harvested.failed.is_empty(),
            "{days} days: {:?}",
            harvested.failed
        );
        assert!(
            harvested.summary.is_complete(),
            "{days} days: {:?}",
            harvested.summary.gaps
        );
    }
}

#[tokio::test]
async fn a_session_refused_for_its_own_reasons_narrows_no_others() {
    let sandbox = sandbox("sessions=30,messages=3000").await;
    let bad = sandbox.session_ids()[3].clone();
    let fault = format!(
        "messages:session={}:times=0:status=400:body={{\"code\"%3A300}}",
        bad.replace(':', "%3A")
    );
    sandbox.add_fault(fault.parse().unwrap());
    let range = DateRange::last_six_months(sandbox.today());
    let harvested = run(client(&sandbox).harvest(range).everything(), || {}).await;
    let (all, mut due) = truth(&sandbox, &range);
    due.retain(|key, _| key.0 != bad);
    assert_equals_truth("the others", &harvested.keys, &due, &all);
    for gap in &harvested.summary.gaps {
        assert_eq!(gap.session_id.as_deref(), Some(bad.as_str()));
        assert_eq!(gap.reason, GapReason::Refused);
    }
}

#[tokio::test]
async fn an_odd_session_in_the_list_costs_no_other() {
    let server = httpmock::MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/report/chat/sessions");
            then.status(200).body(
                r#"{"sessions":[{"id":"odd","has_external_member":"yes"},{"name":"none"},{"id":"plain"}]}"#,
            );
        })
        .await;
    server
        .mock_async(|when, then| {
            when.path_prefix("/report/chat/sessions/");
            then.status(200).body(r#"{"messages":[]}"#);
        })
        .await;
    let zoom = zoom_chat_reports::ChatReports::builder()
        .access_token(zoom_chat_reports::auth::AccessToken::new("token"))
        .base_url(server.base_url())
        .plan(zoom_chat_reports::Plan::custom(1000.0).unwrap())
        .build()
        .unwrap();
    let today = zoom.today().await.unwrap();
    let harvested = run(
        zoom.harvest(DateRange::last_days(30, today).unwrap()),
        || {},
    )
    .await;
    assert_eq!(harvested.summary.sessions, 2);
    let reasons: BTreeSet<String> = harvested
        .summary
        .gaps
        .iter()
        .map(|gap| gap.reason.to_string())
        .collect();
    assert_eq!(reasons, [GapReason::NamelessSession.to_string()].into());
}

#[tokio::test]
async fn messages_that_vanish_hide_no_others_though_deletions_were_not_asked_for() {
    let sandbox = sandbox(
        "sessions=2,messages=20000,order=descending,page_tokens=offset,\
         deleted_in_messages=vanishes,page_token_ttl=1000000",
    )
    .await;
    let range = DateRange::last_days(10, sandbox.today()).unwrap();
    let (before, _) = truth(&sandbox, &range);
    let id = sandbox.session_ids()[0].clone();
    let harvested = run(
        client(&sandbox)
            .harvest(range)
            .sessions([&id])
            .page_size(10),
        || {
            sandbox.advance(TimeDelta::minutes(30));
        },
    )
    .await;
    let (after, _) = truth(&sandbox, &range);
    let sent = |key: &&Key| key.0 == id && key.1 == TruthKind::Sent;
    let lasting = before
        .keys()
        .filter(sent)
        .filter(|key| after.contains_key(*key));
    let missing = lasting
        .filter(|key| !harvested.keys.contains_key(*key))
        .count();
    assert_eq!(missing, 0);
    assert!(harvested.keys.keys().all(|key| key.1 == TruthKind::Sent));
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
    let (first, summary) = committed(zoom.harvest(range).everything(), &mut coverage, 0).await;
    let summary = summary.unwrap();
    let through = summary.complete_through;

    // It survives being stored.
    let text = serde_json::to_string(&coverage).unwrap();
    let mut coverage: Coverage = serde_json::from_str(&text).unwrap();

    let messages = zoom.stats().requests.messages;
    let rerun = zoom.harvest(range).everything().except(&coverage);
    let (again, _) = committed(rerun, &mut coverage, 0).await;
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
    let (third, summary) = committed(later, &mut coverage, 0).await;
    let summary = summary.unwrap();
    assert!(summary.is_complete(), "{:?}", summary.gaps);
    let (_, mut due) = truth(&sandbox, &range);
    // Edits of messages that were read before come by the other axis, not by this one.
    due.retain(|key, _| key.1 == TruthKind::Sent);
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
    committed(zoom.harvest(range), &mut coverage, 0).await;
    let before = zoom.stats().requests.messages;
    committed(
        zoom.harvest(range).everything().except(&coverage),
        &mut coverage,
        0,
    )
    .await;
    let asked = zoom.stats().requests.messages - before;
    assert!(asked > 0);
    // Now everything is covered, for everything and for less.
    let before = zoom.stats().requests.messages;
    committed(zoom.harvest(range).except(&coverage), &mut coverage, 0).await;
    committed(
        zoom.harvest(range).everything().except(&coverage),
        &mut coverage,
        0,
    )
    .await;
    assert_eq!(zoom.stats().requests.messages, before);
}
