//! What the SDK gives out can be made in a test, without a server.

use chrono::{DateTime, TimeDelta, Utc};
use zoom_chat_reports::{Entry, EntryKind, ErrorKind, HarvestSummary, Session};

#[test]
fn entries_and_sessions_are_made_of_json() {
    let json = r#"{"id":"m1","message":"hello","timestamp":1794441600000,"unknown":1}"#;
    let entry = Entry::from_json(EntryKind::Edited, "s1", json).unwrap();
    assert_eq!(entry.raw(), json);
    assert_eq!(entry.session_id(), "s1");
    assert_eq!(
        entry.sent_at().unwrap().to_rfc3339(),
        "2026-11-12T00:00:00+00:00"
    );
    assert_eq!(entry.into_message().unwrap().message.unwrap(), "hello");

    let odd = Entry::from_json(EntryKind::Sent, "s1", r#"{"id":"m1","message":7}"#).unwrap();
    assert!(odd.message().is_err());
    assert_eq!(odd.keys().id.as_deref(), Some("m1"));
    assert!(odd.into_message().is_err());

    let none = Entry::from_json(EntryKind::Sent, "s1", "{").unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput);

    let session = Session::from_json(r#"{"id":"s1","type":"group"}"#).unwrap();
    assert_eq!(session.id(), Some("s1"));
}

#[test]
fn a_summary_is_made_and_changed_field_by_field() {
    let (from, through) = (DateTime::<Utc>::UNIX_EPOCH, Utc::now());
    let mut summary = HarvestSummary::of_nothing(from, through);
    assert!(summary.is_complete());
    summary.sent = 7;
    summary.complete_through -= TimeDelta::days(1);
    assert_eq!(summary.sent, 7);
}
