//! Edits and deletions in the report of messages, under the unknowns that change
//! how they are shown.

use serde_json::Value;

use crate::messages::{ALL, array, report};

fn key(item: &Value) -> (String, i64) {
    (item["id"].to_string(), item["timestamp"].as_i64().unwrap())
}

/// The item of an array with the key of another item.
fn twin<'a>(items: &'a [Value], item: &Value) -> Option<&'a Value> {
    items.iter().find(|other| key(other) == key(item))
}

#[tokio::test]
async fn an_edited_message_shows_the_text_that_is_set() {
    let (_, after) = report("", "").await;
    let (_, before) = report("edited_in_messages=before,edited_text=before", "").await;
    let (sent_after, sent_before) = (array(&after, "messages"), array(&before, "messages"));
    let (edits_after, edits_before) = (
        array(&after, "edited_messages"),
        array(&before, "edited_messages"),
    );
    let first = edits_after.iter().position(|item| {
        edits_after
            .iter()
            .filter(|other| key(other) == key(item))
            .count()
            == 1
    });
    let first = first.unwrap();
    let (edit, original) = (&edits_after[first], &edits_before[first]);
    assert_ne!(edit["message"], original["message"]);
    assert_eq!(twin(&sent_after, edit).unwrap()["message"], edit["message"]);
    assert_eq!(
        twin(&sent_before, edit).unwrap()["message"],
        original["message"]
    );
}

#[tokio::test]
async fn several_edits_are_an_item_each_or_one_for_the_last() {
    let (_, each) = report("", "").await;
    let (_, last) = report("edited_items=last", "").await;
    let (each, last) = (
        array(&each, "edited_messages"),
        array(&last, "edited_messages"),
    );
    let newest = |item: &Value| {
        each.iter()
            .filter(|other| key(other) == key(item))
            .map(|o| o["action_timestamp"].as_i64())
            .max()
    };
    assert!(last.len() < each.len());
    for item in &last {
        assert_eq!(
            last.iter().filter(|other| key(other) == key(item)).count(),
            1
        );
        assert_eq!(Some(item["action_timestamp"].as_i64()), newest(item));
    }
}

#[tokio::test]
async fn a_deleted_message_stays_or_vanishes() {
    let (_, stays) = report("", "").await;
    let (_, vanishes) = report("deleted_in_messages=vanishes", "").await;
    let deleted = array(&stays, "deleted_messages");
    assert!(deleted.len() > 3);
    assert_eq!(array(&vanishes, "deleted_messages").len(), deleted.len());
    for item in &deleted {
        assert!(twin(&array(&stays, "messages"), item).is_some());
        assert!(twin(&array(&vanishes, "messages"), item).is_none());
    }
}

#[tokio::test]
async fn action_timestamps_are_served_or_absent_by_array() {
    for (setting, name) in [
        ("action_in_messages", "messages"),
        ("action_in_edited", "edited_messages"),
        ("action_in_deleted", "deleted_messages"),
    ] {
        let (_, served) = report("", "").await;
        let (_, absent) = report(&format!("{setting}=absent"), "").await;
        let with = |pages: &[Value]| {
            array(pages, name)
                .iter()
                .filter(|m| m.get("action_timestamp").is_some())
                .count()
        };
        assert!(with(&served) > 3, "{name}");
        assert_eq!(with(&absent), 0, "{name}");
    }
}

#[tokio::test]
async fn all_modifications_are_selected_by_their_own_time() {
    let more = "&query_all_modifications=true";
    let (client, pages) = report("", more).await;
    let start: chrono::DateTime<chrono::Utc> = "2026-10-25T00:00:00Z".parse().unwrap();
    let start = start.timestamp_millis();
    let edits = array(&pages, "edited_messages");
    assert!(
        edits
            .iter()
            .all(|m| m["action_timestamp"].as_i64().unwrap() >= start)
    );
    assert!(
        edits
            .iter()
            .any(|m| m["timestamp"].as_i64().unwrap() < start)
    );
    let session = client.first_session();
    let truth = client.sandbox.truth();
    let expected = truth.iter().filter(|entry| {
        *entry.session_id == *session
            && entry.kind == zoom_chat_reports_sandbox::TruthKind::Edited
            && entry.happened_at >= start
    });
    assert_eq!(edits.len(), expected.count());
    assert!(!array(&pages, "messages").is_empty());

    let (_, emptied) = report("query_all_modifications=empties", more).await;
    assert!(array(&emptied, "messages").is_empty());
    assert_eq!(array(&emptied, "edited_messages").len(), edits.len());

    let (_, ignored) = report("query_all_modifications=ignored", more).await;
    let (_, without) = report("", "").await;
    assert_eq!(
        array(&ignored, "messages").len(),
        array(&without, "messages").len()
    );
    assert_eq!(
        array(&ignored, "edited_messages").len(),
        array(&without, "edited_messages").len()
    );
    let keys = |pages: &[Value]| {
        array(pages, "edited_messages")
            .iter()
            .map(key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&ignored), keys(&without));
}

#[tokio::test]
async fn a_message_can_take_up_to_an_hour_to_become_visible() {
    let (client, late) = report("visible_after=3600", "").await;
    let (_, at_once) = report("", "").await;
    let count = |pages: &[Value]| array(pages, "messages").len();
    assert!(count(&late) < count(&at_once));
    client.sandbox.advance(chrono::TimeDelta::hours(1));
    let target = client.report(&client.first_session(), ALL);
    let later = client.items(&target, "messages").await;
    for message in array(&at_once, "messages") {
        assert!(twin(&later, &message).is_some());
    }
}
