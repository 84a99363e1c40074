//! A message that vanishes unlisted can hide another one: only two readings that agree show that.

use zoom_chat_reports::{DateRange, HarvestSummary};

use super::timed;
use crate::support::{self, assert_equals_truth, sandbox, truth};

/// A busy account whose pages are counted by place, and a message that vanishes while one is asked for.
async fn read(fault: &str, confirm: bool) -> (usize, HarvestSummary) {
    let account = sandbox("sessions=3,messages=4000,page_tokens=offset").await;
    account.add_fault(fault.parse().unwrap());
    let (zoom, _) = timed(&account);
    let range = DateRange::month(2026, 8).unwrap();
    let harvest = zoom
        .harvest(range)
        .everything()
        .page_size(50)
        .confirm(confirm);
    let harvested = support::run(harvest, || {}).await;
    let (all, due) = truth(&account, &range);
    let missing = due.keys().filter(|key| !harvested.keys.contains_key(*key));
    let missing = missing.count();
    if confirm {
        assert_equals_truth(fault, &harvested.keys, &due, &all);
    }
    assert!(
        account.truth().iter().any(|entry| entry.vanished),
        "{fault}"
    );
    (missing, harvested.summary)
}

#[tokio::test]
async fn one_reading_can_miss_a_message_and_says_that_it_was_one() {
    let (missing, summary) = read("messages:page=3:vanish=1", false).await;
    assert!(missing > 0, "the fault hides nothing");
    assert!(summary.windows_unconfirmed > 0);
}

#[tokio::test]
async fn confirmed_readings_find_what_was_hidden() {
    for fault in [
        "messages:page=3:vanish=1",
        "messages:page=2:vanish=3",
        "messages:page=3:times=2:vanish=1",
    ] {
        let (missing, summary) = read(fault, true).await;
        assert_eq!(missing, 0);
        assert_eq!(summary.windows_unconfirmed, 0, "{fault}");
        assert!(summary.is_complete(), "{fault}: {:?}", summary.gaps);
    }
}

#[tokio::test]
async fn readings_that_never_agree_are_a_gap() {
    let account = sandbox("sessions=3,messages=4000,page_tokens=offset").await;
    account.add_fault("messages:page=2:times=0:vanish=1".parse().unwrap());
    let (zoom, _) = timed(&account);
    let range = DateRange::month(2026, 8).unwrap();
    let harvest = zoom.harvest(range).page_size(50).confirm(true);
    let summary = support::run(harvest, || {}).await.summary;
    assert!(!summary.is_complete());
    assert!(summary.windows_unconfirmed > 0);
}

#[tokio::test]
async fn an_account_of_single_pages_is_confirmed_as_it_is() {
    let account = sandbox("sessions=3,messages=60").await;
    let (zoom, _) = timed(&account);
    let range = DateRange::month(2026, 8).unwrap();
    let plain = support::run(zoom.harvest(range), || {}).await;
    let before = zoom.stats().requests.messages;
    let confirmed = support::run(zoom.harvest(range).confirm(true), || {}).await;
    assert_eq!(plain.summary.windows_unconfirmed, 0);
    assert_eq!(confirmed.summary.windows_unconfirmed, 0);
    assert_eq!(
        zoom.stats().requests.messages,
        2 * before,
        "no request more"
    );
}
