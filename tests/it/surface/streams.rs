//! Streams have names, know where they are, and say in the end what is missing.

use std::{collections::BTreeSet, time::Duration};

use chrono::TimeDelta;
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use zoom_chat_reports::{
    ChatReports, Cursor, DateRange, Edges, Entry, ErrorKind, GapReason, HarvestEvent, Result,
    dates::SETTLED_AFTER,
    harvest::HarvestEvents,
    messages::{Entries, Pages},
    sessions::{SessionEntries, SessionPages},
};
use zoom_chat_reports_sandbox::Sandbox;

use crate::support;

async fn account(settings: &str) -> (Sandbox, ChatReports, String) {
    let sandbox = support::sandbox(&format!("sessions=3,messages=900,{settings}")).await;
    let zoom = support::client(&sandbox);
    let range = DateRange::last_six_months(sandbox.today());
    let sessions = zoom.sessions(range).entries().collect_all().await.unwrap();
    let session = sessions.complete().unwrap()[0].id().unwrap().to_owned();
    (sandbox, zoom, session)
}

/// Ten weeks that end three days ago: young messages may be missing, and nothing else.
fn range(sandbox: &Sandbox) -> DateRange {
    let last = sandbox.today() - TimeDelta::days(4);
    DateRange::last_days(70, last).unwrap()
}

fn ids(entries: &[Entry]) -> Vec<support::Key> {
    entries.iter().map(support::key).collect()
}

#[test]
fn every_stream_can_be_held_in_a_struct_polled_without_a_pin_and_sent_to_a_task() {
    fn check<S: Stream + Unpin + Send + std::fmt::Debug + 'static>() {}
    check::<Entries>();
    check::<Pages>();
    check::<SessionEntries>();
    check::<SessionPages>();
    check::<HarvestEvents>();
}

#[tokio::test]
async fn a_range_that_was_read_whole_reports_how_far_it_is_complete() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let range = range(&sandbox);
    let mut entries = zoom.messages(&session, range).everything().entries();
    assert!(entries.report().is_none(), "nothing was read yet");
    while let Some(entry) = entries.try_next().await.unwrap() {
        assert_eq!(entry.session_id(), session);
    }
    let report = entries.report().unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.complete_from, range.start());
    assert_eq!(report.complete_through, range.end());
    assert!(entries.cursor().is_none());

    // Up to today, all but the last two days is proven.
    let today = DateRange::last_days(7, sandbox.today()).unwrap();
    let all = zoom.messages(&session, today).entries().collect_all();
    let report = all.await.unwrap().report;
    assert!(report.is_complete());
    let late = sandbox.now() - report.complete_through;
    assert!(late >= SETTLED_AFTER && late < SETTLED_AFTER + TimeDelta::minutes(5));
}

#[tokio::test]
async fn what_came_before_an_error_is_kept_with_the_report_of_what_is_missing() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let range = range(&sandbox);
    let whole = zoom.messages(&session, range).entries().collect_all().await;
    let whole = ids(&whole.unwrap().complete().unwrap());
    let fault = "messages:nth=3:times=0:status=403";
    sandbox.add_fault(fault.parse().unwrap());
    let part = zoom.messages(&session, range).entries().collect_all().await;
    let part = part.unwrap();
    let came = ids(&part.items);
    assert!(!came.is_empty() && came.len() < whole.len());
    assert_eq!(came, whole[..came.len()]);
    let report = &part.report;
    assert!(!report.is_complete());
    assert!(!report.gaps.is_empty(), "{report:?}");
    let names = |gap: &zoom_chat_reports::Gap| gap.session_id.as_deref() == Some(&session);
    assert!(report.gaps.iter().all(names));
    // The gap says what the error says, and nothing is claimed beyond it.
    let error = report.error().unwrap();
    let says = |gap: &zoom_chat_reports::Gap| gap.healable == error.is_transient();
    assert!(report.gaps.iter().all(says), "{report:?}");
    assert_eq!(report.complete_through, report.gaps[0].start);
    let kind = error.kind();
    assert_eq!(part.complete().unwrap_err().kind(), kind);

    let nobody = zoom.messages("nobody", range).entries().collect_all();
    let report = nobody.await.unwrap().report;
    assert!(!report.error().unwrap().is_transient());
    assert_eq!(report.complete_through, report.complete_from);
    assert_eq!(report.gaps[0].reason, GapReason::Refused);
    assert!(!report.gaps[0].healable);
}

#[tokio::test]
async fn a_cursor_leads_nowhere_but_in_the_question_that_it_came_from() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let range = range(&sandbox);
    let request = |id: &str| zoom.messages(id, range).page_size(10);
    let mut entries = request(&session).entries();
    for _ in 0..25 {
        entries.try_next().await.unwrap().unwrap();
    }
    let cursor = entries.cursor().unwrap().clone();
    let refused = [
        request("another").resume(cursor.clone()),
        request(&session).everything().resume(cursor.clone()),
        request(&session).param("new", "1").resume(cursor.clone()),
    ];
    for request in refused {
        let kind = |error: zoom_chat_reports::Error| error.kind();
        let sent = request.clone().send().await.map_err(kind);
        assert_eq!(sent.err(), Some(ErrorKind::InvalidInput));
        let all = request.entries().collect_all().await.map_err(kind);
        assert_eq!(all.err(), Some(ErrorKind::InvalidInput));
    }
    let listed = zoom.sessions(range).resume(cursor.clone()).entries();
    let error = listed.collect_all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // Other pages and later days are the same question.
    let later = DateRange::new(range.first(), sandbox.today()).unwrap();
    let again = zoom.messages(&session, later).page_size(50).resume(cursor);
    assert!(again.entries().collect_all().await.is_ok());
}

#[tokio::test]
async fn of_dates_as_reported_nothing_is_claimed() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let request = zoom.messages(&session, range(&sandbox));
    let all = request.edges(Edges::AsReported).entries().collect_all();
    let all = all.await.unwrap();
    assert!(!all.items.is_empty() && !all.report.is_complete());
    assert_eq!(all.report.complete_through, all.report.complete_from);
    assert!(all.report.error().is_none());
    assert_eq!(all.complete().unwrap_err().kind(), ErrorKind::Incomplete);
}

#[tokio::test]
async fn where_a_range_begins_before_zooms_reach_the_rest_comes_with_a_gap() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let last = sandbox.today() - TimeDelta::days(4);
    let range = DateRange::last_days(300, last).unwrap();
    let all = zoom.messages(&session, range).entries().collect_all().await;
    let all = all.unwrap();
    assert!(!all.items.is_empty());
    let [gap] = &all.report.gaps[..] else {
        panic!("{:?}", all.report)
    };
    assert_eq!(gap.reason, GapReason::BeyondReach);
    assert_eq!(gap.start, range.start());
    assert_eq!(gap.end, all.report.complete_from);
    assert!(!gap.healable);
    assert_eq!(all.complete().unwrap_err().kind(), ErrorKind::Incomplete);

    let listed = zoom.sessions(range).entries().collect_all().await.unwrap();
    assert_eq!(listed.items.len(), 3);
    assert_eq!(listed.report.gaps[0].reason, GapReason::BeyondReach);
    assert_eq!(listed.complete().unwrap_err().kind(), ErrorKind::Incomplete);
}

#[tokio::test]
async fn a_reading_that_cannot_begin_is_an_error() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let range = range(&sandbox);
    let odd = zoom.messages("..", range).entries().collect_all().await;
    assert_eq!(odd.unwrap_err().kind(), ErrorKind::InvalidInput);
    let old = DateRange::parse("2020-01-01..2020-01-31").unwrap();
    let old = zoom.messages(&session, old).entries().collect_all().await;
    assert_eq!(old.unwrap_err().kind(), ErrorKind::OutOfReach);
}

#[tokio::test]
async fn the_cursor_of_a_stream_leads_to_all_that_was_not_taken() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let request = || {
        zoom.messages(&session, range(&sandbox))
            .page_size(10)
            .everything()
    };
    let whole = request().entries().collect_all().await.unwrap();
    let whole = ids(&whole.complete().unwrap());
    for taken in [0, 1, 9, 10, 11, 25, whole.len() - 1] {
        let mut entries = request().entries();
        let first: Vec<Entry> = entries.by_ref().take(taken).try_collect().await.unwrap();
        let cursor = kept(entries.cursor());
        drop(entries);
        let rest = match cursor {
            Some(cursor) => request().resume(cursor),
            None => request(),
        };
        let rest = rest.entries().collect_all().await.unwrap();
        assert!(rest.report.is_complete(), "{taken}");
        let rest = ids(&rest.items);
        let mut all = ids(&first);
        let repeated = all.iter().filter(|key| rest.contains(key)).count();
        assert!(
            repeated < 45,
            "{taken}: only the page that it begins repeats"
        );
        let new = |key: &support::Key| !ids(&first).contains(key);
        all.extend(rest.into_iter().filter(new));
        all.sort();
        let mut whole = whole.clone();
        whole.sort();
        assert_eq!(all, whole, "{taken}");
    }
}

/// As it comes back from a file.
fn kept(cursor: Option<&Cursor>) -> Option<Cursor> {
    let json = serde_json::to_string(&cursor).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[tokio::test]
async fn a_stream_that_has_ended_stays_ended() {
    let (sandbox, zoom, session) = account("quirks=no").await;
    let range = range(&sandbox);
    let mut entries = zoom.messages(&session, range).entries();
    while entries.next().await.is_some() {}
    assert!(entries.next().await.is_none());
    let mut events = zoom.harvest(range).events();
    while events.next().await.is_some() {}
    assert!(events.next().await.is_none());
    // After an error too.
    let mut events = zoom.harvest(range).page_size(0).events();
    assert!(events.next().await.unwrap().is_err());
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[test]
fn outside_a_runtime_every_call_is_an_error_and_none_a_panic() {
    let zoom = ChatReports::builder()
        .access_token(zoom_chat_reports::auth::AccessToken::new("t"))
        .build()
        .unwrap();
    let range = DateRange::parse("2026-10-01").unwrap();
    let day = range.first();
    let kinds: Vec<ErrorKind> = [
        error(zoom.today()),
        error(zoom.messages("s", range).send()),
        error(zoom.sessions(range).send()),
        error(zoom.file_info("f")),
        error(zoom.granted_scopes()),
        error(zoom.probe(day)),
        error(zoom.chat_settings("a")),
        error(zoom.messages("s", range).entries().try_next()),
        error(zoom.sessions(range).entries().try_next()),
        error(zoom.harvest(range).events().try_next()),
    ]
    .into();
    assert_eq!(kinds, [ErrorKind::InvalidInput; 10]);
}

/// The error of a call that needs no runtime to fail.
fn error<T>(call: impl Future<Output = Result<T>>) -> ErrorKind {
    let outcome = Box::pin(call).now_or_never().unwrap();
    let error = outcome.err().unwrap();
    assert!(error.to_string().contains("runtime"), "{error}");
    error.kind()
}

#[tokio::test]
async fn a_reading_whose_time_is_over_keeps_what_came_and_names_the_rest() {
    let sandbox = support::sandbox("sessions=1,messages=3000,quirks=no,latency_ms=60").await;
    let zoom = support::client(&sandbox);
    let session_id = sandbox.session_ids().swap_remove(0);
    let range = DateRange::last_days(90, sandbox.today()).unwrap();
    let ask = || zoom.messages(&session_id, range);
    let whole = ask().entries().collect_all().await.unwrap();
    assert!(whole.report.is_complete());

    // Long enough for a few pages, whatever the machine does; the account answers no more from the sixth on.
    let stall = || {
        sandbox.clear_faults();
        let fault = "messages:nth=6:times=0:delay_ms=60000".parse().unwrap();
        sandbox.add_fault(fault);
    };
    stall();
    let time = Duration::from_secs(3);
    let all = ask().timeout(time).entries().collect_all().await.unwrap();
    assert!(!all.items.is_empty());
    assert!(all.items.len() < whole.items.len());
    assert_eq!(all.report.error().unwrap().kind(), ErrorKind::Timeout);
    assert!(!all.report.is_complete());
    let gap = all.report.gaps.first().unwrap();
    assert_eq!(gap.reason, GapReason::Unread);
    assert!(gap.healable);

    // The cursor of what came goes on.
    stall();
    let mut entries = ask().timeout(time).entries();
    let mut keys = BTreeSet::new();
    while let Some(Ok(entry)) = entries.next().await {
        keys.insert(support::key(&entry));
    }
    let cursor = entries.cursor().cloned().unwrap();
    sandbox.clear_faults();
    let rest = ask().resume(cursor).entries().collect_all().await.unwrap();
    assert!(rest.report.is_complete());
    keys.extend(rest.items.iter().map(support::key));
    assert!(keys == whole.items.iter().map(support::key).collect());

    // Where not even the time is known, there is nothing to report.
    sandbox.add_fault("token:times=0:delay_ms=60000".parse().unwrap());
    let zoom = support::client(&sandbox);
    let asked = zoom.sessions(range).timeout(Duration::from_millis(50));
    let error = asked.entries().collect_all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let week = DateRange::last_days(7, sandbox.today()).unwrap();
    let error = zoom.sessions(week).timeout(Duration::ZERO).send().await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_cursor_remembers_windows_whose_second_reading_brought_nothing_new() {
    let (sandbox, zoom, session) = account("messages=4000").await;
    for (confirm, fault) in [(true, None), (false, Some("expire_page_token"))] {
        let ask = || zoom.messages(&session, range(&sandbox)).confirm(confirm);
        if let Some(fault) = fault {
            let fault = format!("messages:nth=4:times=1:{fault}");
            sandbox.add_fault(fault.parse().unwrap());
        }
        let mut pages = ask().page_size(20).pages();
        let mut cursors = Vec::new();
        while pages.try_next().await.unwrap().is_some() {
            cursors.extend(pages.cursor().cloned());
        }
        assert!(pages.report().unwrap().is_complete());
        assert!(pages.cursor().is_none(), "all was read");
        assert!(cursors.len() > 5, "{}", cursors.len());
        for cursor in cursors {
            let rest = ask().page_size(20).resume(cursor).pages().collect_all();
            let report = rest.await.unwrap().report;
            assert!(report.is_complete(), "{confirm}: {:?}", report.gaps);
        }
    }
}

#[tokio::test]
async fn a_harvest_that_is_stopped_before_it_begins_names_all_as_not_read() {
    let (sandbox, _, _) = account("").await;
    let range = range(&sandbox);
    // One that does not know the time yet.
    let zoom = support::client(&sandbox);
    let events = zoom.harvest(range).events_until(std::future::ready(()));
    let events: Vec<_> = events.collect().await;
    let [Ok(HarvestEvent::Stopped(summary))] = &events[..] else {
        panic!("{} events", events.len());
    };
    assert!(!summary.is_complete());
    let gap = &summary.gaps[0];
    assert_eq!((gap.start, gap.end), (range.start(), range.end()));
    assert_eq!(gap.reason, GapReason::Unread);
    assert!(gap.healable);
}

#[test]
fn a_harvest_whose_runtime_ends_says_so() {
    let one = tokio::runtime::Runtime::new().unwrap();
    let other = tokio::runtime::Runtime::new().unwrap();
    // The account lives on the second one.
    let (sandbox, zoom, _) = other.block_on(account("latency_ms=50"));
    let mut events = zoom.harvest(range(&sandbox)).events();
    assert!(one.block_on(events.next()).unwrap().is_ok());
    drop(one);
    let rest: Vec<_> = other.block_on(events.collect());
    let error = rest.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
}
