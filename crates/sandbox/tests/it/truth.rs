//! A reader who asks for everything finds the truth, under any settings.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::Value;
use zoom_chat_reports_sandbox::{TruthEntry, TruthKind, rules};

use crate::client::{Client, start};

type Key = (String, TruthKind, String, Option<i64>, Option<i64>);

fn keys<'a>(entries: impl IntoIterator<Item = &'a TruthEntry>) -> BTreeSet<Key> {
    entries
        .into_iter()
        .map(|entry| {
            (
                entry.session_id.to_string(),
                entry.kind,
                entry.id.clone(),
                entry.served_timestamp,
                entry.action_timestamp,
            )
        })
        .collect()
}

/// Reads everything in windows of 28 dates that share a date, padded at the
/// end, all sessions that listings name.
async fn read_all(client: &Client) -> BTreeSet<Key> {
    let range = client.sandbox.settings().range;
    let first = rules::first_date(&range, client.sandbox.now());
    let last = client.sandbox.account_today() + Days::new(1);
    let mut found = BTreeSet::new();
    let mut from = first;
    while from < last {
        let to = (from + Days::new(27)).min(last);
        read_window(client, from, to, &mut found).await;
        from = to;
    }
    found
}

async fn read_window(client: &Client, from: NaiveDate, to: NaiveDate, found: &mut BTreeSet<Key>) {
    let field = "from={from}&to={to}"
        .replace("{from}", &from.to_string())
        .replace("{to}", &to.to_string());
    let listing = format!("/v2/report/chat/sessions?{field}&page_size=300");
    for session in client.items(&listing, "sessions").await {
        let id = match session["id"].as_str().unwrap() {
            "" => session["session_id"].as_str().unwrap_or_default(),
            id => id,
        };
        if matches!(id, "" | "." | "..") {
            continue; // no URL can name them
        }
        let query =
            format!("{field}&page_size=100&include_fields=edited_messages,deleted_messages");
        for page in client.pages(&client.report(id, &query)).await {
            for (array, kind) in [
                ("messages", TruthKind::Sent),
                ("edited_messages", TruthKind::Edited),
                ("deleted_messages", TruthKind::Deleted),
            ] {
                for item in page[array].as_array().into_iter().flatten() {
                    found.insert(key(id, kind, item));
                }
            }
        }
    }
}

fn key(session: &str, kind: TruthKind, item: &Value) -> Key {
    (
        session.to_owned(),
        kind,
        item["id"].as_str().unwrap().to_owned(),
        item["timestamp"].as_i64(),
        item["action_timestamp"].as_i64(),
    )
}

#[tokio::test]
async fn a_full_reading_is_exactly_the_reachable_and_visible_truth() {
    for settings in [
        "",
        "zone=+14:00,to=exclusive,span=dates28",
        "zone=-12:00,to=midnight,span=days31,floor=days180,floor_edge=exclusive",
        "zone=+05:45,to=seconds,order=none,page_tokens=offset,duplicates=some",
        "zone=-09:30,modifications_on=spread,page_fill=gaps,order=descending",
        "deleted_in_messages=vanishes,edited_items=last,action_in_edited=absent,action_in_messages=absent",
        "visible_after=3600,modifications_on=every_page,page_tokens=snapshot,page_fill=short",
        "beyond_floor=clamped,future_to=accepted,echo=asked,listing_order=fixed",
        "zone=+01:00,daylight=europe",
        "zone=-01:00,daylight=europe,zone_by=asking,to=exclusive",
        "zone=+10:00,daylight=australia,to=seconds",
        "zone=-10:00,zone_later=2026-11-20T00:00:00Z/+14:00,to=midnight",
        "odd_times=zero",
        "odd_times=date_time_only,odd_ids=some,empty_message_ids=yes",
    ] {
        let client = start(&format!(
            "plan=unlimited,quirks=no,sessions=8,messages=600,{settings}"
        ))
        .await;
        let found = read_all(&client).await;
        let truth = client.sandbox.truth();
        let expected = keys(
            truth
                .iter()
                .filter(|entry| entry.reachable && entry.visible),
        );
        assert!(expected.len() > 500);
        assert_eq!(found.len(), expected.len(), "{settings}");
        assert!(found == expected, "{settings}");
        assert!(truth.iter().any(|entry| !entry.reachable), "{settings}");
    }
}

#[tokio::test]
async fn the_truth_streams_the_same_over_http() {
    let client = start("sessions=8,messages=5000").await;
    let answer = client.get_plain("/_sandbox/truth").await;
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let streamed: Vec<TruthEntry> = answer
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(streamed, client.sandbox.truth());
    let part = client
        .get_plain("/_sandbox/truth?from=2026-10-01T00:00:00Z&to=2026-10-02T00:00:00Z")
        .await;
    let start = 1_790_812_800_000;
    let within = |entry: &&TruthEntry| (start..start + 86_400_000).contains(&entry.timestamp);
    let expected = streamed.iter().filter(within).count();
    assert!(expected > 5);
    assert_eq!(part.text().lines().count(), expected);
    assert_eq!(client.get_plain("/_sandbox/truth?from=x").await.status, 400);
}

#[tokio::test]
async fn what_is_not_visible_yet_is_in_the_truth_and_says_so() {
    let client = start("visible_after=3600").await;
    let hidden = |client: &Client| client.sandbox.truth().iter().filter(|e| !e.visible).count();
    assert!(hidden(&client) > 0);
    let at_once = start("").await;
    assert_eq!(hidden(&at_once), 0);
}

#[tokio::test]
async fn modifications_name_their_message_s_time_and_their_own() {
    let client = start("action_in_deleted=absent").await;
    for entry in client.sandbox.truth() {
        match entry.kind {
            TruthKind::Sent => {
                assert_eq!(entry.parent_timestamp, None);
                assert_eq!(entry.happened_at, entry.timestamp);
            }
            TruthKind::Edited => {
                assert_eq!(entry.parent_timestamp, Some(entry.timestamp));
                assert_eq!(entry.action_timestamp, Some(entry.happened_at));
            }
            TruthKind::Deleted => {
                assert_eq!(entry.action_timestamp, None);
                assert!(entry.happened_at > entry.timestamp);
            }
        }
    }
}
