//! The list of sessions, read while it changes.

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{DateRange, ErrorKind, Session};

use super::timed;
use crate::support::sandbox;

#[tokio::test]
async fn sessions_whose_place_changes_while_the_list_is_read_are_all_given() {
    for minutes in [7, 30, 90, 240] {
        let account =
            sandbox("sessions=60,messages=30000,page_tokens=offset,listing_order=activity").await;
        let (zoom, clock) = timed(&account);
        // One window: a session that is missed in it is in no other.
        let range = DateRange::last_days(12, zoom.today().await.unwrap()).unwrap();
        let (_, due) = crate::support::truth(&account, &range);
        let mut pages = Box::pin(zoom.sessions(range).page_size(4).entries());
        let mut given = std::collections::BTreeSet::new();
        let mut number = 0;
        while let Some(session) = pages.try_next().await.unwrap() {
            number += 1;
            if number % 4 == 0 {
                let passed = TimeDelta::minutes(minutes);
                account.advance(passed);
                clock.advance(passed.to_std().unwrap());
            }
            let id = session.id().unwrap().to_owned();
            assert!(given.insert(id), "{minutes}: a session came twice");
        }
        let missing: std::collections::BTreeSet<&String> = due
            .keys()
            .map(|key| &key.0)
            .filter(|id| !given.contains(*id))
            .collect();
        assert!(
            missing.is_empty(),
            "{minutes}: {} of {} missing",
            missing.len(),
            given.len()
        );
    }
}

#[tokio::test]
async fn a_list_from_before_zooms_reach_says_what_is_missing() {
    for settings in [
        "beyond_floor=refused",
        "beyond_floor=clamped",
        "beyond_floor=accepted",
    ] {
        let account = sandbox(&format!("sessions=6,messages=500,{settings}")).await;
        let (zoom, _) = timed(&account);
        let range: DateRange = "2020-01-01..2026-11-20".parse().unwrap();
        let mut sessions = Box::pin(zoom.sessions(range).entries());
        let mut given: Vec<Session> = Vec::new();
        let end = loop {
            match sessions.try_next().await {
                Ok(Some(session)) => given.push(session),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let error = end.expect("what lies before the floor is named");
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{settings}");
        assert!(error.to_string().contains("2020-01-01"), "{error}");
        assert!(!given.is_empty());
    }
}
