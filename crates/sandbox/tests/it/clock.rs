//! The clock and what comes into being with it.

use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn the_clock_is_shown_set_and_moved() {
    let client = start("").await;
    let shown = client.get_plain("/_sandbox/clock").await.json();
    assert_eq!(
        shown,
        json!({"now": "2026-11-20T12:00:00Z", "today": "2026-11-20"})
    );
    let set = client
        .post("/_sandbox/clock", r#"{"now":"2026-11-21T01:00:00+02:00"}"#)
        .await;
    assert_eq!(set.json()["now"], "2026-11-20T23:00:00Z");
    let moved = client
        .post("/_sandbox/clock", r#"{"advance_seconds":3600.5}"#)
        .await;
    assert_eq!(moved.json()["now"], "2026-11-21T00:00:00.500Z");
    assert_eq!(client.sandbox.today().to_string(), "2026-11-21");
    assert_eq!(client.post("/_sandbox/clock", "{}").await.status, 400);
    assert_eq!(
        client
            .post("/_sandbox/clock", r#"{"now":"noon"}"#)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn messages_appear_when_their_time_has_come() {
    let client = start("plan=unlimited,quirks=no").await;
    let target = client.report(
        &client.first_session(),
        "from=2026-11-19&to=2026-11-25&page_size=100",
    );
    let before = client.items(&target, "messages").await;
    let now = client.sandbox.now().timestamp_millis();
    assert!(!before.is_empty());
    assert!(
        before
            .iter()
            .all(|item| item["timestamp"].as_i64().unwrap() <= now)
    );
    client.sandbox.advance(chrono::TimeDelta::days(4));
    let after = client.items(&target, "messages").await;
    assert!(after.len() > before.len());
    let ids = |items: &[serde_json::Value]| -> Vec<String> {
        items.iter().map(|item| item["id"].to_string()).collect()
    };
    assert_eq!(ids(&after)[..before.len()], ids(&before));
}

#[tokio::test]
async fn a_later_start_gives_the_same_as_a_moved_clock() {
    let moved = start("messages=500").await;
    moved
        .sandbox
        .set_now("2027-01-05T00:00:00Z".parse().unwrap());
    let later = start("messages=500,now=2027-01-05T00:00:00Z").await;
    assert_eq!(moved.sandbox.truth(), later.sandbox.truth());
}

#[tokio::test]
async fn a_later_clock_keeps_every_entry() {
    let client = start("messages=2000").await;
    let before = client.sandbox.truth();
    client.sandbox.advance(chrono::TimeDelta::days(30));
    let after: std::collections::HashSet<_> = client
        .sandbox
        .truth()
        .into_iter()
        .map(|entry| {
            (
                entry.session_id,
                entry.kind,
                entry.id,
                entry.timestamp,
                entry.happened_at,
            )
        })
        .collect();
    assert!(after.len() > before.len());
    for entry in before {
        let key = (
            entry.session_id,
            entry.kind,
            entry.id,
            entry.timestamp,
            entry.happened_at,
        );
        assert!(after.contains(&key));
    }
}

#[tokio::test]
async fn a_leap_day_has_messages_when_the_anchor_is_near_it() {
    let client =
        start("anchor=2024-03-10T12:00:00Z,now=2024-03-10T12:00:00Z,plan=unlimited,quirks=no")
            .await;
    let target = client.report(
        &client.first_session(),
        "from=2024-02-29&to=2024-02-29&page_size=100",
    );
    let items = client.items(&target, "messages").await;
    let midnight = 1_709_164_800_000_i64;
    assert!(items.iter().any(|item| item["timestamp"] == midnight));
}
