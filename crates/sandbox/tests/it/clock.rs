//! The clock, and the messages that exist as it moves.

use serde_json::json;

use crate::client::start;

#[tokio::test]
async fn the_clock_is_shown_set_and_moved() {
    let client = start("").await;
    let shown = client.get_plain("/_sandbox/clock").await.json();
    assert_eq!(
        shown,
        json!({
            "now": "2026-11-20T12:00:00Z",
            "today": "2026-11-20",
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
        })
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

const LISTING: &str = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-20";

#[tokio::test]
async fn the_date_of_every_answer_can_be_wrong_while_the_account_keeps_its_time() {
    let right = start("plan=unlimited").await;
    let listed = right.get(LISTING).await;
    for (offset, shown) in [
        ("-80d", "Tue, 01 Sep 2026 12:00:00 GMT"),
        ("+365d", "Sat, 20 Nov 2027 12:00:00 GMT"),
        ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] {
        let client = start(&format!("plan=unlimited,date_offset={offset}")).await;
        let wrong = client.get(LISTING).await;
        assert_eq!(wrong.header("date"), Some(shown));
        assert_eq!(
            wrong.text(),
            listed.text(),
            "floor and future are judged by the true time"
        );
        let refused = client.get("/v2/nothing").await;
        assert_eq!(refused.header("date"), Some(shown));
        assert_eq!(client.sandbox.today().to_string(), "2026-11-20");
    }
}

#[tokio::test]
async fn a_wrong_date_runs_on_with_the_clock_and_can_jump_in_mid_run() {
    let client = start("date_offset=1970-01-01T00:00:00Z").await;
    client.sandbox.advance(chrono::TimeDelta::hours(5));
    let date = async || client.get(LISTING).await.header("date").map(str::to_owned);
    assert_eq!(
        date().await.as_deref(),
        Some("Thu, 01 Jan 1970 05:00:00 GMT")
    );
    for (change, shown) in [
        (r#"{"date_offset":"+36h"}"#, "Sun, 22 Nov 2026 05:00:00 GMT"),
        (
            r#"{"date_offset":"2000-01-01T00:00:00Z","advance_seconds":3600}"#,
            "Sat, 01 Jan 2000 00:00:00 GMT",
        ),
        (r#"{"date_offset":"none"}"#, "Fri, 20 Nov 2026 18:00:00 GMT"),
    ] {
        let changed = client.post("/_sandbox/clock", change).await;
        assert_eq!(changed.json()["date"], shown, "{change}");
        assert_eq!(date().await.as_deref(), Some(shown));
    }
    let refused = client
        .post(
            "/_sandbox/clock",
            r#"{"advance_seconds":60,"date_offset":"tomorrow"}"#,
        )
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("-80d"), "{}", refused.text());
    assert_eq!(
        client.sandbox.now().to_string(),
        "2026-11-20 18:00:00 UTC",
        "nothing is half done"
    );
}

#[tokio::test]
async fn no_clock_leaves_its_bounds() {
    let client = start("messages=2000").await;
    for change in [
        r#"{"now":"9999-01-01T00:00:00Z"}"#,
        r#"{"now":"+262142-01-01T00:00:00Z"}"#,
        r#"{"now":"1969-12-31T23:59:59Z"}"#,
        r#"{"now":"2101-01-01T00:00:00Z"}"#,
        r#"{"advance_seconds":1e308}"#,
        r#"{"advance_seconds":-1e308}"#,
        r#"{"advance_seconds":3e9}"#,
        r#"{"advance_seconds":1e999}"#,
        r#"{"advance_seconds":NaN}"#,
        r#"{"advance_seconds":Infinity}"#,
    ] {
        let answer = client.post("/_sandbox/clock", change).await;
        assert_eq!(answer.status, 400, "{change}");
    }
    let far = client
        .post("/_sandbox/clock", r#"{"advance_seconds":3e9}"#)
        .await;
    assert!(far.text().contains("2100-12-31"), "{}", far.text());
    assert_eq!(client.sandbox.now().to_string(), "2026-11-20 12:00:00 UTC");
    let last = r#"{"now":"2100-12-31T23:59:59Z"}"#;
    assert_eq!(client.post("/_sandbox/clock", last).await.status, 200);
}

#[tokio::test]
async fn a_clock_stops_before_the_messages_are_too_many() {
    let client =
        start("messages=10000000,anchor=2026-11-20T12:00:00Z,now=2026-01-01T00:00:00Z").await;
    let answer = client
        .post("/_sandbox/clock", r#"{"now":"2100-01-01T00:00:00Z"}"#)
        .await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("at most 20000000"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
#[should_panic(expected = "2100-12-31")]
async fn the_library_refuses_such_a_clock_too() {
    start("messages=10")
        .await
        .sandbox
        .advance(chrono::TimeDelta::MAX);
}
