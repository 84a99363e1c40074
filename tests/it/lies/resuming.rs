//! Going on from a cursor tells as much as going on without a break.

use chrono::TimeDelta;
use futures::{StreamExt, TryStreamExt};
use zoom_chat_reports::{Cursor, DateRange, Entry, ErrorKind, messages::Page};
use zoom_chat_reports_sandbox::TruthKind;

use super::{ACCOUNT, timed};
use crate::support::{Keys, assert_equals_truth, key, sandbox, truth};

/// The session with most messages.
fn largest(account: &zoom_chat_reports_sandbox::Sandbox, range: &DateRange) -> String {
    let (_, due) = truth(account, range);
    let mut counts = std::collections::BTreeMap::new();
    for key in due.keys() {
        *counts.entry(key.0.clone()).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .unwrap()
        .0
}

fn keep(keys: &mut Keys, entry: &Entry) {
    keys.insert(key(entry), 1);
}

/// As it comes back from a file.
fn stored(cursor: &Cursor) -> Cursor {
    serde_json::from_str(&serde_json::to_string(cursor).unwrap()).unwrap()
}

#[tokio::test]
async fn a_reading_in_pieces_gives_all_and_names_what_lies_before_the_floor() {
    let account = sandbox(&format!("{ACCOUNT},beyond_floor=clamped")).await;
    let (zoom, _) = timed(&account);
    let range: DateRange = "2026-01-01..2026-11-10".parse().unwrap();
    let id = largest(&account, &range);
    let request = || zoom.messages(&id, range).page_size(25);
    let mut cursor: Option<Cursor> = None;
    let mut keys = Keys::new();
    let mut pieces = 0;
    let error = loop {
        let request = match &cursor {
            Some(cursor) => request().resume(stored(cursor)),
            None => request(),
        };
        let mut pages = Box::pin(request.pages());
        // Two pages, then the process ends.
        let mut next = None;
        let mut end = None;
        for _ in 0..2 {
            match pages.next().await {
                Some(Ok(page)) => {
                    let page: Page = page;
                    next = page.next().cloned();
                    for entry in page.entries() {
                        keys.insert(key(entry), 1);
                    }
                }
                Some(Err(error)) => end = Some(error),
                None => panic!("the days before the floor are not named"),
            }
            if end.is_some() {
                break;
            }
        }
        pieces += 1;
        assert!(pieces < 200, "it goes on");
        match (end, next) {
            (Some(error), _) => break error,
            (None, Some(next)) => cursor = Some(next),
            // The last page: whatever is missing comes behind it.
            (None, None) => break pages.next().await.unwrap().unwrap_err(),
        }
    };
    assert!(pieces > 3, "{pieces}");
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert!(error.to_string().contains("2026-01-01"), "{error}");
    let (all, mut due) = truth(&account, &range);
    let of_session = |key: &crate::support::Key| key.0 == id && key.1 == TruthKind::Sent;
    due.retain(|key, _| of_session(key));
    assert_equals_truth("in pieces", &keys, &due, &all);
}

#[tokio::test]
async fn a_reading_in_pieces_of_days_within_reach_is_complete() {
    let account = sandbox(ACCOUNT).await;
    let (zoom, _) = timed(&account);
    let range: DateRange = "2026-07-01..2026-10-31".parse().unwrap();
    let id = largest(&account, &range);
    let mut cursors = Vec::new();
    let mut pages = Box::pin(zoom.messages(&id, range).page_size(25).pages());
    while let Some(page) = pages.try_next().await.unwrap() {
        cursors.extend(page.next().cloned());
    }
    assert!(cursors.len() > 5);
    for cursor in &cursors {
        let rest = zoom
            .messages(&id, range)
            .page_size(25)
            .resume(stored(cursor));
        let rest = rest.entries().try_collect::<Vec<Entry>>().await;
        assert!(rest.is_ok(), "{:?}", rest.err());
    }
}

/// Deletions of an account: the session, and the instant.
async fn deletions(settings: &str) -> Vec<(String, chrono::DateTime<chrono::Utc>)> {
    let account = sandbox(settings).await;
    let deleted = account.truth().into_iter().filter(|entry| {
        entry.kind == TruthKind::Deleted && entry.happened_at - entry.timestamp > 3_600_000
    });
    deleted
        .filter_map(|entry| {
            let at = chrono::DateTime::from_timestamp_millis(entry.happened_at)?;
            Some((entry.session_id.to_string(), at))
        })
        .collect()
}

#[tokio::test]
async fn a_message_that_was_deleted_before_going_on_hides_no_other() {
    for times in ["served", "absent"] {
        let settings = format!(
            "sessions=3,messages=6000,page_tokens=offset,order=descending,deleted_in_messages=vanishes,action_in_deleted={times}"
        );
        let anchored = |now: chrono::DateTime<chrono::Utc>| {
            format!(
                "{settings},anchor=2026-11-20T12:00:00Z,now={}",
                now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            )
        };
        for (id, at) in deletions(&settings).await.into_iter().rev().take(12) {
            let account = sandbox(&anchored(at - TimeDelta::minutes(2))).await;
            let (zoom, clock) = timed(&account);
            let today = at.date_naive();
            let range = DateRange::new(today - TimeDelta::days(20), today).unwrap();
            let request = || zoom.messages(&id, range).page_size(20);
            let mut keys = Keys::new();
            let mut keep = |entries: &[Entry]| {
                for entry in entries {
                    keys.insert(key(entry), 1);
                }
            };
            // All but the last pages, then another process goes on after the deletion.
            let pages: Vec<Page> = request().pages().try_collect().await.unwrap();
            let before = pages.len().saturating_sub(2).max(1);
            let mut first = Box::pin(request().pages());
            let mut cursor = None;
            for _ in 0..before {
                let page = first.next().await.unwrap().unwrap();
                keep(page.entries());
                cursor = page.next().cloned();
            }
            drop(first);
            account.advance(TimeDelta::minutes(5));
            clock.advance(std::time::Duration::from_secs(300));
            if let Some(cursor) = cursor {
                let rest = request().resume(stored(&cursor)).pages();
                for page in rest.try_collect::<Vec<Page>>().await.unwrap() {
                    keep(page.entries());
                }
            }
            let (_, mut due) = truth(&account, &range);
            due.retain(|key, _| key.0 == id && key.1 == TruthKind::Sent);
            let missing: Vec<_> = due.keys().filter(|key| !keys.contains_key(*key)).collect();
            assert!(missing.is_empty(), "{id}, {at}: {missing:?}");
        }
    }
}

#[tokio::test]
async fn a_reading_that_goes_on_after_the_account_moved_loses_nothing() {
    for (zone, later) in [("+13:00", "-11:00"), ("-11:00", "+13:00")] {
        for to in ["inclusive", "exclusive"] {
            for stop in [1, 4, 9] {
                let settings = format!(
                    "{ACCOUNT},zone={zone},zone_later=2026-11-21T00:00:00Z/{later},to={to}"
                );
                let account = sandbox(&settings).await;
                let (zoom, clock) = timed(&account);
                let range: DateRange = "2026-07-01..2026-11-10".parse().unwrap();
                let id = largest(&account, &range);
                let request = || zoom.messages(&id, range).page_size(25);
                let mut keys = Keys::new();
                let mut pages = Box::pin(request().pages());
                let mut cursor = None;
                for _ in 0..stop {
                    let page = pages.next().await.unwrap().unwrap();
                    page.entries()
                        .iter()
                        .for_each(|entry| keep(&mut keys, entry));
                    cursor = page.next().cloned();
                }
                account.advance(TimeDelta::days(1));
                clock.advance(std::time::Duration::from_secs(86_400));
                let rest = request().resume(stored(&cursor.unwrap())).pages();
                for page in rest.try_collect::<Vec<Page>>().await.unwrap() {
                    page.entries()
                        .iter()
                        .for_each(|entry| keep(&mut keys, entry));
                }
                let (_, mut due) = truth(&account, &range);
                due.retain(|key, _| key.0 == id && key.1 == TruthKind::Sent);
                let missing = due.keys().filter(|key| !keys.contains_key(*key)).count();
                assert_eq!(missing, 0, "{settings}, after {stop} pages");
            }
        }
    }
}
