//! Page tokens that expire, and messages that vanish while they are read.

use std::{collections::BTreeSet, pin::pin};

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{DateRange, ErrorKind};
use zoom_chat_reports_sandbox::Sandbox;

use crate::support::{Key, Keys, assert_equals_truth, client, key, sandbox, truth};

/// The session with most messages in a range, and its share of the truth.
fn largest(sandbox: &Sandbox, range: &DateRange) -> (String, Keys) {
    let (_, due) = truth(sandbox, range);
    sandbox
        .session_ids()
        .into_iter()
        .map(|id| {
            let own: Keys = due
                .iter()
                .filter(|(key, _)| key.0 == id)
                .map(|(key, count)| (key.clone(), *count))
                .collect();
            (id, own)
        })
        .max_by_key(|(_, keys)| keys.len())
        .unwrap()
}

#[tokio::test]
async fn a_consumer_slower_than_page_tokens_live_loses_nothing() {
    for life in ["own", "first"] {
        for answer in ["400_300", "http_300", "422"] {
            let settings =
                format!("sessions=3,messages=1500,page_token_life={life},expired_answer={answer}");
            let sandbox = sandbox(&settings).await;
            let range = DateRange::parse("2026-08-01..2026-08-20").unwrap();
            let (id, due) = largest(&sandbox, &range);
            let zoom = client(&sandbox);
            let mut pages = pin!(zoom.messages(&id, range).everything().page_size(20).pages());
            let mut keys = Keys::new();
            while let Some(page) = pages.try_next().await.unwrap() {
                for entry in page.entries() {
                    *keys.entry(key(entry)).or_default() += 1;
                }
                sandbox.advance(TimeDelta::minutes(20));
            }
            assert_equals_truth(&settings, &keys, &due, &due);
            assert!(zoom.stats().restarts > 0, "no token expired: {settings}");
        }
    }
}

#[tokio::test]
async fn pages_read_again_after_a_restart_are_not_given_again() {
    let sandbox = sandbox("sessions=3,messages=1500").await;
    let range = DateRange::parse("2026-08-01..2026-08-20").unwrap();
    let (id, due) = largest(&sandbox, &range);
    let zoom = client(&sandbox);
    let mut pages = pin!(zoom.messages(&id, range).everything().page_size(20).pages());
    let mut entries = 0;
    let mut read = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        entries += page.entries().len();
        read += 1;
        if read == 2 {
            sandbox.advance(TimeDelta::minutes(16));
        }
    }
    assert_eq!(zoom.stats().restarts, 1);
    assert_eq!(entries, due.values().sum::<usize>());
}

#[tokio::test]
async fn tokens_that_always_expire_end_in_an_error_and_not_in_an_endless_loop() {
    let sandbox = sandbox("sessions=3,messages=1500").await;
    let range = DateRange::parse("2026-08-01..2026-08-20").unwrap();
    let (id, _) = largest(&sandbox, &range);
    sandbox.add_fault("messages:page=2:times=0:expire_page_token".parse().unwrap());
    let zoom = client(&sandbox);
    let result = zoom
        .messages(&id, range)
        .page_size(1)
        .entries()
        .try_collect::<Vec<_>>()
        .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::NoProgress);
    assert!(sandbox.stats().report_requests < 200);
}

#[tokio::test]
async fn a_window_whose_tokens_keep_expiring_is_halved_until_it_can_be_read() {
    let sandbox = sandbox("sessions=3,messages=1500").await;
    let range = DateRange::parse("2026-08-01..2026-08-20").unwrap();
    let (id, due) = largest(&sandbox, &range);
    // No window of more than three pages can be read.
    sandbox.add_fault("messages:page=4:times=0:expire_page_token".parse().unwrap());
    let zoom = client(&sandbox);
    let mut keys = Keys::new();
    let mut entries = pin!(
        zoom.messages(&id, range)
            .everything()
            .page_size(20)
            .entries()
    );
    while let Some(entry) = entries.try_next().await.unwrap() {
        *keys.entry(key(&entry)).or_default() += 1;
    }
    assert_equals_truth("halved", &keys, &due, &due);
}

#[tokio::test]
async fn messages_that_vanish_while_a_session_is_read_hide_no_others() {
    for order in ["ascending", "descending"] {
        let settings = format!(
            "sessions=2,messages=20000,order={order},page_tokens=offset,\
             deleted_in_messages=vanishes,page_token_ttl=1000000"
        );
        let sandbox = sandbox(&settings).await;
        let range = DateRange::last_days(10, sandbox.today()).unwrap();
        let (id, before) = largest(&sandbox, &range);
        let zoom = client(&sandbox);
        let mut pages = pin!(zoom.messages(&id, range).everything().page_size(10).pages());
        let mut keys: BTreeSet<Key> = BTreeSet::new();
        while let Some(page) = pages.try_next().await.unwrap() {
            keys.extend(page.entries().iter().map(key));
            sandbox.advance(TimeDelta::minutes(30));
        }
        let (after, _) = truth(&sandbox, &range);
        let lasting: Vec<&Key> = before
            .keys()
            .filter(|key| after.contains_key(*key))
            .collect();
        let missing: Vec<_> = lasting.iter().filter(|key| !keys.contains(*key)).collect();
        assert!(
            missing.is_empty(),
            "{settings}: {} missing, first {:?}",
            missing.len(),
            missing.first()
        );
        let vanished = before.len() - lasting.len();
        assert!(
            vanished > 0,
            "{settings}: nothing vanished, so nothing is shown"
        );
    }
}
