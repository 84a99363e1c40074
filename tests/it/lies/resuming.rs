//! Going on from a cursor tells as much as going on without a break.

use futures::{StreamExt, TryStreamExt};
use zoom_chat_reports::{Cursor, DateRange, Entry, ErrorKind, Page};

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
    let of_session = |key: &crate::support::Key| {
        key.0 == id && key.1 == zoom_chat_reports_sandbox::TruthKind::Sent
    };
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

#[tokio::test]
async fn a_message_that_was_deleted_before_going_on_hides_no_other() {
    let range: DateRange = "2026-11-01..2026-11-16".parse().unwrap();
    for number in 0..4 {
        let account = sandbox(&format!(
            "{ACCOUNT},page_tokens=offset,deleted_in_messages=vanishes"
        ))
        .await;
        let (zoom, clock) = timed(&account);
        let id = account.session_ids().remove(number);
        let request = || zoom.messages(&id, range).everything().page_size(5);
        let mut keys = Keys::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let request = match &cursor {
                Some(cursor) => request().resume(stored(cursor)),
                None => request(),
            };
            let mut pages = Box::pin(request.pages());
            let Some(page) = pages.next().await else {
                break;
            };
            let page = page.unwrap();
            for entry in page.entries() {
                keys.insert(key(entry), 1);
            }
            // Ten minutes until the process goes on: a page token still lives.
            account.advance(chrono::TimeDelta::minutes(10));
            clock.advance(std::time::Duration::from_secs(600));
            match page.next() {
                Some(next) => cursor = Some(next.clone()),
                None => {
                    for page in pages.try_collect::<Vec<Page>>().await.unwrap() {
                        for entry in page.entries() {
                            keys.insert(key(entry), 1);
                        }
                    }
                    break;
                }
            }
        }
        let (_, mut due) = truth(&account, &range);
        due.retain(|key, _| key.0 == id && key.1 == zoom_chat_reports_sandbox::TruthKind::Sent);
        let sent: Keys = keys
            .into_iter()
            .filter(|(key, _)| key.1 == zoom_chat_reports_sandbox::TruthKind::Sent)
            .collect();
        let missing: Vec<_> = due.keys().filter(|key| !sent.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{id}: {missing:?}");
    }
}
