//! Entries that lack what others have.

use chrono::TimeDelta;
use zoom_chat_archive::{EntryFilter, Filter, Outcome, SearchFilter};
use zoom_chat_reports_sandbox::Sandbox;

use super::{Place, assert_whole, create, read, sync};
use crate::support::sandbox;

/// From now on the account answers this, whatever is asked.
pub(super) fn answer(sandbox: &Sandbox, body: &str) {
    let body = body
        .replace('%', "%25")
        .replace(':', "%3A")
        .replace(',', "%2C");
    let fault = format!("messages:times=100000:body={body}");
    sandbox.clear_faults();
    sandbox.add_fault(fault.parse().unwrap());
}

const NO_TIME: &str = r#"{"messages":[{"id":"m1","message":"when was that"}]}"#;

#[tokio::test]
async fn an_entry_without_a_time_is_kept_and_found_whatever_days_are_asked_for() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    answer(&sandbox, NO_TIME);
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!(report.new, 1);
    assert_whole(&archive);
    drop(archive);

    let archive = read(&place.path());
    let mut asked = Filter::default();
    asked.from = "2026-11-01T00:00:00Z".parse().ok();
    asked.before = "2026-11-03T00:00:00Z".parse().ok();
    let selection = archive.directory().unwrap().select(&asked).unwrap();
    let entries: Vec<_> = archive
        .entries(&EntryFilter::new(selection))
        .map(Result::unwrap)
        .collect();
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
    answer(&sandbox, EMPTY_IDS);
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

#[tokio::test]
async fn a_deletion_of_a_message_of_the_future_hinders_no_later_run() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    let action = sandbox.now().timestamp_millis();
    for sent in ["253402300799999", "8210266876799999", "1893456000000"] {
        sandbox.advance(TimeDelta::hours(3));
        answer(
            &sandbox,
            &format!(
                r#"{{"messages":[],"deleted_messages":[{{"id":"z{sent}","timestamp":{sent},"action_timestamp":{action}}}]}}"#
            ),
        );
        for run in ["that brings it", "after it"] {
            let report = sync(&mut archive, &sandbox).await;
            let context = format!("{sent}, {run}: {:?}", report.gaps);
            assert_eq!(report.outcome, Outcome::Complete, "{context}");
            sandbox.clear_faults();
        }
        assert_whole(&archive);
    }
}

#[tokio::test]
async fn a_message_belongs_to_the_thread_that_it_named_last() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let at = sandbox.now().timestamp_millis() - 3_600_000;
    for thread in ["root1", "root9"] {
        let messages = format!(
            r#"{{"messages":[{{"id":"m1","timestamp":{at},"message":"{thread}","reply_main_message_id":"{thread}"}},{{"id":"","timestamp":{at},"message":"nameless"}}]}}"#
        );
        answer(&sandbox, &messages);
        sync(&mut archive, &sandbox).await;
        sandbox.advance(TimeDelta::minutes(10));
    }
    assert_whole(&archive);
    drop(archive);
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM messages"), 2);
    let moved = "SELECT count(*) FROM messages WHERE thread = 'root9' AND text = 'root9'";
    assert_eq!(count(moved), 1);
    assert_eq!(count("SELECT count(*) FROM messages WHERE thread = ''"), 0);
}

#[tokio::test]
async fn many_edits_of_one_message_are_one_row() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let at = sandbox.now().timestamp_millis() - 90_000_000;
    let edits: Vec<String> = (0..500)
        .map(|edit| {
            // Some come in another order than they were made in.
            let action = at + 1000 * (edit ^ 5);
            format!(r#"{{"id":"m1","timestamp":{at},"action_timestamp":{action},"message":"edit {action}"}}"#)
        })
        .collect();
    let sent = format!(r#"{{"id":"m1","timestamp":{at},"message":"sent"}}"#);
    let body = format!(
        r#"{{"messages":[{sent}],"edited_messages":[{}]}}"#,
        edits.join(",")
    );
    answer(&sandbox, &body);
    let report = sync(&mut archive, &sandbox).await;
    assert_eq!((report.new, report.edited), (1, 500));
    assert_whole(&archive);
    drop(archive);
    let db = rusqlite::Connection::open(place.path().join("archive.db")).unwrap();
    let sql = "SELECT text, edits, versions FROM messages WHERE message_id = 'm1'";
    let row: (String, i64, i64) = db
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    let last = (0..500).map(|edit| at + 1000 * (edit ^ 5)).max().unwrap();
    assert_eq!(row, (format!("edit {last}"), 500, 500));
}

#[tokio::test]
async fn a_text_is_found_behind_a_nul() {
    let sandbox = sandbox("sessions=1,messages=20").await;
    let body = r#"{"messages":[{"id":"m1","timestamp":1793000000000,"sender":"a@b.example","message":"before\u0000the budget"}]}"#;
    answer(&sandbox, body);
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    sync(&mut archive, &sandbox).await;
    assert_whole(&archive);
    for query in ["the budget", "before\0the", "ge"] {
        let hits = archive.search(query, &SearchFilter::default()).unwrap();
        assert_eq!(hits.len(), 1, "{query:?}");
        assert_eq!(hits[0].text, "before\u{fffd}the budget");
    }
    let raw = archive.entries(&EntryFilter::default()).next().unwrap();
    assert!(raw.unwrap().raw.contains(r"before\u0000the budget"));
}
