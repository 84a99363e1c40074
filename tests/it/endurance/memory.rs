//! What waits for a consumer is bounded in bytes.

use std::pin::pin;

use futures::TryStreamExt;
use zoom_chat_reports::HarvestEvent;

use crate::support;

#[tokio::test]
async fn a_consumer_that_takes_nothing_lets_few_large_pages_be_asked_for() {
    // Pages of about a megabyte, twelve windows at once.
    let sandbox = support::sandbox("sessions=12,messages=3000,text_bytes=20000,quirks=no").await;
    let zoom = support::client(&sandbox);
    let range = "2026-08-01..2026-10-31".parse().unwrap();
    let harvest = zoom.harvest(range).page_size(50).memory(4 * 1024 * 1024);
    let mut events = pin!(harvest.events());
    let mut pages = 0;
    while let Some(event) = events.try_next().await.unwrap() {
        if matches!(event, HarvestEvent::Entries { .. }) {
            pages += 1;
            if pages == 3 {
                break;
            }
        }
    }
    // All that can be under way comes to rest.
    let asked = async || {
        let mut before = u64::MAX;
        loop {
            let now = sandbox.stats().count("messages", 200);
            if now == before {
                return now;
            }
            before = now;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    };
    let asked = asked().await;
    assert!(
        asked <= 12,
        "{asked} pages were read, of which 3 were taken"
    );
    let mut last = None;
    while let Some(event) = events.try_next().await.unwrap() {
        last = Some(event);
    }
    assert!(matches!(last, Some(HarvestEvent::Finished(summary)) if summary.is_complete()));
}

#[tokio::test]
async fn a_reader_that_looks_away_for_longer_than_any_timeout_loses_nothing() {
    let sandbox = support::sandbox("sessions=6,messages=1500,text_bytes=30000,quirks=no").await;
    let second = std::time::Duration::from_secs(1);
    let zoom = support::builder(&sandbox)
        .idle_timeout(second)
        .total_timeout(2 * second)
        .retry(zoom_chat_reports::RetryPolicy::none())
        .build()
        .unwrap();
    let range = "2026-08-01..2026-10-31".parse().unwrap();
    let mut events = pin!(zoom.harvest(range).memory(0).events());
    let mut has_paused = false;
    let mut last = None;
    while let Some(event) = events.try_next().await.unwrap() {
        if matches!(event, HarvestEvent::Entries { .. }) && !has_paused {
            has_paused = true;
            tokio::time::sleep(3 * second).await;
        }
        last = Some(event);
    }
    assert!(matches!(last, Some(HarvestEvent::Finished(summary)) if summary.is_complete()));
}

#[tokio::test]
async fn pages_that_are_larger_than_all_memory_come_one_after_another() {
    let sandbox = support::sandbox("sessions=6,messages=1500,text_bytes=30000,quirks=no").await;
    let zoom = support::client(&sandbox);
    let range = "2026-08-01..2026-10-31".parse().unwrap();
    let harvest = zoom.harvest(range).everything().memory(0);
    let harvested = support::run(harvest, || {}).await;
    assert!(harvested.failed.is_empty(), "{:?}", harvested.failed);
    let (all, due) = support::truth(&sandbox, &range);
    support::assert_equals_truth("one after another", &harvested.keys, &due, &all);
}

#[tokio::test]
async fn sessions_that_fail_take_no_memory_from_the_others_while_they_wait() {
    let account = super::account::Account::new(|asked| {
        // Eight sessions, whose windows come first.
        (asked.session < "s08" && !asked.session.is_empty())
            .then(|| super::account::answer("500 Internal Server Error", "", ""))
    });
    let run = account.run().await;
    assert!(run.error.is_none(), "{:?}", run.error);
    let asked = account.requests(&[super::account::Kind::Messages]);
    let in_time = asked.iter().filter(|at| at.as_secs() < 60).count();
    let others = 32 * super::account::WINDOWS;
    assert!(in_time > others, "{in_time} requests in the first minute");
    assert_eq!(run.summary.unwrap().windows_done, others as u64);
}
