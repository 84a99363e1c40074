//! The listing of sessions.

use std::collections::HashSet;

use serde_json::Value;

use crate::client::{Client, start};

async fn listed(client: &Client, from: &str, to: &str) -> Vec<Value> {
    let target = format!("/v2/report/chat/sessions?from={from}&to={to}&page_size=7");
    client.items(&target, "sessions").await
}

fn ids(items: &[Value]) -> Vec<String> {
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The ids of sessions with a message in the range, epoch ms, and of those whose
/// last message lies in it.
fn expected(client: &Client, from: &str, to: &str) -> (HashSet<String>, HashSet<String>) {
    let ms = |date: &str| {
        format!("{date}T00:00:00Z")
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
            .timestamp_millis()
    };
    let range = ms(from)..ms(to) + 86_400_000;
    let (mut any, mut last) = (HashSet::new(), std::collections::HashMap::new());
    for entry in client.sandbox.truth() {
        let id = entry.session_id.to_string();
        if range.contains(&entry.timestamp) {
            any.insert(id.clone());
        }
        let latest = last.entry(id).or_insert(entry.timestamp);
        *latest = entry.timestamp.max(*latest);
    }
    let last = last
        .into_iter()
        .filter(|(_, at)| range.contains(at))
        .map(|(id, _)| id)
        .collect();
    (any, last)
}

#[tokio::test]
async fn sessions_are_listed_when_any_message_or_only_the_last_lies_in_the_range() {
    let (from, to) = ("2026-09-01", "2026-09-15");
    let any = start("plan=unlimited,quirks=no,messages=2000").await;
    let last = start("plan=unlimited,quirks=no,messages=2000,listed_when=last").await;
    let (with_any, with_last) = expected(&any, from, to);
    assert!(with_any.len() > with_last.len());
    assert_eq!(
        ids(&listed(&any, from, to).await)
            .into_iter()
            .collect::<HashSet<_>>(),
        with_any
    );
    assert_eq!(
        ids(&listed(&last, from, to).await)
            .into_iter()
            .collect::<HashSet<_>>(),
        with_last
    );
}

#[tokio::test]
async fn groups_and_conversations_have_their_own_fields() {
    let client = start("plan=unlimited,quirks=no").await;
    let items = listed(&client, "2026-11-01", "2026-11-20").await;
    let (mut groups, mut pairs, mut deleted, mut awkward) = (0, 0, 0, 0);
    for item in &items {
        let fields = item.as_object().unwrap();
        awkward += usize::from(item["id"].as_str().unwrap().contains(['/', ':', '=']));
        if item["type"] == "Group" {
            groups += 1;
            assert!(fields.contains_key("channel_id") && !fields.contains_key("member_emails"));
            assert_ne!(item["name"], "");
            deleted += usize::from(item["status"] == "deleted");
        } else {
            pairs += 1;
            assert_eq!(item["type"], "1:1");
            assert_eq!(item["name"], "");
            assert_eq!(item["member_emails"].as_array().unwrap().len(), 2);
            assert!(!fields.contains_key("channel_id") && !fields.contains_key("status"));
        }
        assert!(item["has_external_member"].is_boolean());
    }
    assert!(groups > 5 && pairs > 5 && deleted > 0 && awkward > 5);
}

#[tokio::test]
async fn the_latest_session_comes_first_unless_the_order_is_fixed() {
    let client = start("plan=unlimited,quirks=no").await;
    let items = listed(&client, "2026-11-01", "2026-11-20").await;
    let times: Vec<&str> = items
        .iter()
        .map(|item| item["last_message_sent_time"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted_by(|one, two| one >= two), "{times:?}");
    let fixed = start("plan=unlimited,quirks=no,listing_order=fixed").await;
    let all = fixed.sandbox.session_ids();
    let order: Vec<usize> = ids(&listed(&fixed, "2026-11-01", "2026-11-20").await)
        .iter()
        .map(|id| all.iter().position(|other| other == id).unwrap())
        .collect();
    assert!(order.is_sorted());
}

/// The times that a listing shows under some settings, by session.
async fn times(settings: &str) -> std::collections::HashMap<String, String> {
    let client = start(&format!(
        "plan=unlimited,quirks=no,sessions=300,messages=9000,{settings}"
    ))
    .await;
    listed(&client, "2026-10-01", "2026-10-20")
        .await
        .iter()
        .map(|item| {
            (
                item["id"].to_string(),
                item["last_message_sent_time"].to_string(),
            )
        })
        .collect()
}

#[tokio::test]
async fn the_last_message_s_time_means_what_is_set() {
    let usual = times("").await;
    let in_range = times("last_sent=in_range").await;
    assert!(in_range.values().all(|time| time.starts_with("\"2026-10-")));
    assert!(usual.values().any(|time| time.starts_with("\"2026-11-")));
    for change in [
        "after_delete=falls_back",
        "replies_count=no",
        "bots_count=no",
    ] {
        let other = times(change).await;
        assert!(usual != other, "{change}");
        assert!(
            usual.iter().all(|(id, time)| other[id] <= *time),
            "{change}"
        );
    }
    let edits = times("edits_count=yes").await;
    assert!(usual != edits);
    assert!(usual.iter().all(|(id, time)| edits[id] >= *time));
}

#[tokio::test]
async fn the_id_can_stand_under_its_older_name() {
    for (setting, id, older) in [
        ("id", true, false),
        ("session_id", false, true),
        ("both", true, true),
    ] {
        let client = start(&format!("session_id_field={setting}")).await;
        for item in listed(&client, "2026-11-19", "2026-11-20").await {
            assert_eq!(item.get("id").is_some(), id);
            assert_eq!(item.get("session_id").is_some(), older);
        }
    }
}
