//! Rate limits over HTTP.

use crate::client::{Answer, start};

const LISTING: &str = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";

async fn until_refused(client: &crate::client::Client) -> (usize, Answer) {
    for count in 0..200 {
        let answer = client.get(LISTING).await;
        if answer.status == 429 {
            return (count, answer);
        }
    }
    panic!("never refused");
}

#[tokio::test]
async fn pro_allows_twenty_reports_a_second_and_says_when_to_come_back() {
    let client = start("sessions=1,messages=1").await;
    let first = client.get(LISTING).await;
    assert_eq!(first.header("x-ratelimit-limit"), Some("20"));
    assert_eq!(first.header("x-ratelimit-remaining"), Some("19"));
    let (count, refused) = until_refused(&client).await;
    assert_eq!(count, 19);
    assert_eq!(refused.code(), 429);
    assert_eq!(refused.header("x-ratelimit-category"), Some("Medium"));
    assert_eq!(refused.header("x-ratelimit-type"), Some("QPS"));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    let reset: i64 = refused
        .header("x-ratelimit-reset")
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(reset, client.sandbox.now().timestamp() + 1);
    assert_eq!(client.sandbox.stats().rate_limited, 1);
}

#[tokio::test]
async fn the_headers_can_be_missing() {
    let client = start("rate_headers=none,sessions=1,messages=1").await;
    let (_, refused) = until_refused(&client).await;
    assert!(
        refused
            .headers
            .iter()
            .all(|(name, _)| !name.starts_with("x-ratelimit"))
    );
    assert_eq!(refused.header("retry-after"), None);
}

#[tokio::test]
async fn a_used_up_day_ends_at_midnight_utc() {
    let client = start("daily_limit=2,plan=unlimited").await;
    let (count, refused) = until_refused(&client).await;
    assert_eq!(count, 2);
    assert_eq!(refused.code(), 4001);
    assert_eq!(refused.header("x-ratelimit-type"), Some("Daily-limit"));
    assert_eq!(refused.header("retry-after"), Some("2026-11-21T00:00:00Z"));
    client.sandbox.advance(chrono::TimeDelta::hours(12));
    let again = client.fetch_token().await.json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let bearer = format!("Authorization: Bearer {again}\r\n");
    assert_eq!(client.send("GET", LISTING, &bearer, "").await.status, 200);
}
