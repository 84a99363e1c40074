//! Sessions and messages with unreliable ids and times.

use std::collections::{BTreeMap, HashSet};

use chrono::DateTime;
use serde_json::Value;
use zoom_chat_reports_sandbox::{TruthEntry, TruthKind};

use crate::client::{Client, start};

const LISTING: &str = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-20&page_size=300";

/// The sent messages of the first session in a month, by id.
async fn messages(client: &Client) -> BTreeMap<String, Value> {
    let query = "from=2026-10-25&to=2026-11-20&page_size=100";
    let target = client.report(&client.first_session(), query);
    let items = client.items(&target, "messages").await;
    let with_id = items.into_iter().map(|item| (item["id"].to_string(), item));
    with_id.collect()
}

#[tokio::test]
async fn a_few_timestamps_lie_while_date_time_and_truth_are_right() {
    let usual = messages(&start("plan=unlimited,messages=60000").await).await;
    let seconds = |item: &Value| {
        DateTime::parse_from_rfc3339(item["date_time"].as_str().unwrap())
            .unwrap()
            .timestamp()
    };
    for (setting, lie) in [
        ("zero", &(|_| Some(0_i64)) as &dyn Fn(i64) -> Option<i64>),
        ("seconds", &|at| Some(at / 1000)),
        ("contradict", &|at| Some(at - 1095 * 86_400_000)),
        ("date_time_only", &|_| None),
    ] {
        let settings = format!("plan=unlimited,messages=60000,odd_times={setting}");
        let client = start(&settings).await;
        let found = messages(&client).await;
        assert_eq!(found.len(), usual.len());
        let mut odd = 0;
        for (id, item) in &found {
            let at = usual[id]["timestamp"].as_i64().unwrap();
            assert_eq!(seconds(item), at.div_euclid(1000), "{setting}");
            let served = item.get("timestamp").map(|served| served.as_i64().unwrap());
            if served != Some(at) {
                odd += 1;
                assert_eq!(served, lie(at), "{setting}");
            }
        }
        assert!(
            found.len() / 300 < odd && odd < found.len() / 40,
            "{setting}: {odd}"
        );
        let truth = client.sandbox.truth();
        let lied = |entry: &&TruthEntry| entry.served_timestamp != Some(entry.timestamp);
        for entry in truth.iter().filter(lied) {
            assert_eq!(entry.served_timestamp, lie(entry.timestamp));
        }
        // Edits and deletions of such a message lie as it does.
        for kind in [TruthKind::Sent, TruthKind::Edited, TruthKind::Deleted] {
            assert!(truth.iter().filter(lied).any(|entry| entry.kind == kind));
        }
    }
}

#[tokio::test]
async fn the_list_holds_ids_that_no_url_or_not_every_url_can_name() {
    let client = start("plan=unlimited,sessions=3,messages=90,odd_ids=some").await;
    let listed = client.items(LISTING, "sessions").await;
    let ids: Vec<&str> = listed
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    for id in [
        ".",
        "..",
        "a\\b",
        "team/room",
        "100%25 sure",
        "チーム🦉e\u{301}",
    ] {
        assert!(ids.contains(&id), "{id}");
    }
    assert!(ids.iter().any(|id| id.contains(char::is_control)));
    assert!(ids.iter().any(|id| id.contains(['?', '#', '&'])));
    let empty = listed.iter().filter(|item| item["id"] == "");
    let second: Vec<Option<&str>> = empty.map(|item| item["session_id"].as_str()).collect();
    assert_eq!(second.len(), 2);
    assert_eq!(
        second.iter().flatten().count(),
        1,
        "one has its id under another name"
    );

    let truth = client.sandbox.truth();
    let due = |id: &str| {
        let of_session = truth.iter().filter(|entry| *entry.session_id == *id);
        of_session
            .filter(|entry| entry.reachable && entry.kind == TruthKind::Sent)
            .count()
    };
    for id in ids
        .into_iter()
        .filter(|id| !id.is_empty())
        .chain(second.into_iter().flatten())
    {
        let target = client.report(id, "from=2026-10-25&to=2026-11-20");
        let answer = client.get(&target).await;
        if matches!(id, "." | "..") {
            assert_eq!((answer.status, due(id)), (404, 0), "{id}");
        } else {
            assert_eq!(answer.status, 200, "{id}");
            assert!(due(id) > 0, "{id}");
            assert!(
                !answer.json()["messages"].as_array().unwrap().is_empty(),
                "{id}"
            );
        }
    }
    assert_eq!(due(""), 0);
    assert!(truth.iter().any(|entry| entry.session_id.is_empty()));
}

#[tokio::test]
async fn sessions_with_odd_ids_come_beside_the_others_and_change_nothing_in_them() {
    let usual = start("messages=2000").await.sandbox.truth();
    let odd = start("messages=2000,odd_ids=some").await.sandbox.truth();
    assert_eq!(odd[..usual.len()], usual);
    assert!(odd.len() > usual.len() + 100);
}

#[tokio::test]
async fn messages_without_an_id_share_their_millisecond_and_nothing_else() {
    let client = start("plan=unlimited,messages=60000,empty_message_ids=yes").await;
    let query = "from=2026-10-25&to=2026-11-20&page_size=100";
    let target = client.report(&client.first_session(), query);
    let items = client.items(&target, "messages").await;
    let empty: Vec<&Value> = items.iter().filter(|item| item["id"] == "").collect();
    assert!(empty.len() >= 8, "{}", empty.len());
    let times: HashSet<i64> = empty
        .iter()
        .map(|item| item["timestamp"].as_i64().unwrap())
        .collect();
    assert!(times.len() <= empty.len() / 2, "each has a twin");
    let texts: HashSet<&str> = empty
        .iter()
        .map(|item| item["message"].as_str().unwrap())
        .collect();
    assert!(texts.len() > empty.len() / 2 + 1);
    let truth = client.sandbox.truth();
    assert!(truth.iter().filter(|entry| entry.id.is_empty()).count() > empty.len());
    let usual = start("messages=60000").await.sandbox.truth();
    assert!(usual.iter().all(|entry| !entry.id.is_empty()));
    assert_eq!(truth.len(), usual.len());
}
