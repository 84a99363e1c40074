//! Entries that lack what others have.

use chrono::NaiveDate;
use zoom_chat_archive::{EntryFilter, SearchFilter};

use super::{Place, assert_whole, create, read, sync};
use crate::support::sandbox;

const NO_TIME: &str = r#"{"messages":[{"id":"m1","message":"when was that"}]}"#;

#[tokio::test]
async fn an_entry_without_a_time_is_kept_and_found_whatever_days_are_asked_for() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    sandbox.add_fault(
        format!("messages:times=1000:body={}", NO_TIME.replace(':', "%3A"))
            .parse()
            .unwrap(),
    );
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.new, 1);
    assert_whole(&archive);
    drop(archive);

    let archive = read(&place.path());
    let mut filter = EntryFilter::default();
    filter.from = NaiveDate::from_ymd_opt(2026, 11, 1);
    filter.to = NaiveDate::from_ymd_opt(2026, 11, 2);
    let entries: Vec<_> = archive.entries(&filter).map(Result::unwrap).collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].sent_at, None);
    let hits = archive
        .search("was that", &SearchFilter::default())
        .unwrap();
    assert_eq!(hits.len(), 1);
}

const EMPTY_IDS: &str = r#"{"messages":[
    {"id":"","timestamp":1793000000000,"message":"one"},
    {"id":"","timestamp":1793000000000,"message":"two"}]}"#;

#[tokio::test]
async fn two_messages_with_an_empty_id_are_two_entries_and_not_versions_of_one() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    let body = EMPTY_IDS.replace(':', "%3A").replace(',', "%2C");
    let fault = format!("messages:times=1000:body={body}");
    sandbox.add_fault(fault.parse().unwrap());
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.new, 2);
    assert_whole(&archive);
    drop(archive);

    let archive = read(&place.path());
    let entries = archive.entries(&EntryFilter::default());
    let entries: Vec<_> = entries.map(Result::unwrap).collect();
    assert_eq!(entries.len(), 2);
}
