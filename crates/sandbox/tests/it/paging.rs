//! Page tokens, and the items of a page.

use serde_json::Value;

use crate::client::{Client, start};

const RANGE: &str = "from=2026-10-25&to=2026-11-20&page_size=50";
const CHANGES: &str = "&include_fields=edited_messages,deleted_messages";

fn times(items: &[Value]) -> Vec<i64> {
    items
        .iter()
        .map(|item| item["timestamp"].as_i64().unwrap())
        .collect()
}

fn keys(items: &[Value]) -> Vec<(String, i64)> {
    items
        .iter()
        .map(|item| (item["id"].to_string(), item["timestamp"].as_i64().unwrap()))
        .collect()
}

async fn first_token(client: &Client, target: &str) -> String {
    let page = client.get(target).await.json();
    page["next_page_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn pages_hold_the_size_asked_for_and_the_default_is_thirty() {
    let client = start("plan=unlimited,quirks=no").await;
    let session = client.first_session();
    let page = client
        .get(&client.report(&session, "from=2026-10-25&to=2026-11-20"))
        .await
        .json();
    assert_eq!(page["messages"].as_array().unwrap().len(), 30);
    let pages = client.pages(&client.report(&session, RANGE)).await;
    assert!(pages.len() > 3);
    for page in &pages[..pages.len() - 1] {
        assert_eq!(page["messages"].as_array().unwrap().len(), 50);
    }
}

#[tokio::test]
async fn messages_come_in_the_order_that_is_set() {
    let mut sets = Vec::new();
    for order in ["ascending", "descending", "none"] {
        let client = start(&format!("plan=unlimited,quirks=no,order={order}")).await;
        let items = client
            .items(&client.report(&client.first_session(), RANGE), "messages")
            .await;
        let times = times(&items);
        assert_eq!(times.is_sorted(), order == "ascending");
        assert_eq!(times.is_sorted_by(|a, b| a >= b), order == "descending");
        let mut keys = keys(&items);
        keys.sort();
        sets.push(keys);
    }
    assert_eq!(sets[0], sets[1]);
    assert_eq!(sets[0], sets[2]);
}

#[tokio::test]
async fn changes_stand_on_the_pages_that_are_set() {
    let mut sizes = Vec::new();
    for on in ["first_page", "every_page", "spread"] {
        let client = start(&format!("plan=unlimited,quirks=no,modifications_on={on}")).await;
        let target = client.report(&client.first_session(), &format!("{RANGE}{CHANGES}"));
        let pages = client.pages(&target).await;
        let per_page: Vec<usize> = pages
            .iter()
            .map(|page| page["edited_messages"].as_array().unwrap().len())
            .collect();
        sizes.push((pages.len(), per_page));
    }
    let whole = sizes[0].1[0];
    assert!(whole > 5 && sizes[0].1[1..].iter().all(|&size| size == 0));
    assert!(sizes[1].1.iter().all(|&size| size == whole));
    assert_eq!(sizes[2].1.iter().sum::<usize>(), whole);
    assert!(sizes[2].1.iter().all(|&size| size < whole));
}

#[tokio::test]
async fn duplicates_come_back_on_the_next_page() {
    let client = start("plan=unlimited,quirks=no,duplicates=some").await;
    let items = client
        .items(&client.report(&client.first_session(), RANGE), "messages")
        .await;
    let mut unique = keys(&items);
    unique.sort();
    unique.dedup();
    assert!(unique.len() < items.len());
    let plain = start("plan=unlimited,quirks=no").await;
    let once = plain
        .items(&plain.report(&plain.first_session(), RANGE), "messages")
        .await;
    let mut once = keys(&once);
    once.sort();
    assert_eq!(unique, once);
}

#[tokio::test]
async fn a_page_token_answers_its_own_question_only() {
    let client = start("plan=unlimited").await;
    let ids = client.sandbox.session_ids();
    let target = client.report(&ids[0], RANGE);
    let token = first_token(&client, &target).await;
    let with = |target: &str| format!("{target}&next_page_token={token}");
    for other in [
        client.report(&ids[1], RANGE),
        client.report(&ids[0], "from=2026-10-26&to=2026-11-20&page_size=50"),
        client.report(&ids[0], "from=2026-10-25&to=2026-11-20&page_size=49"),
        client.report(&ids[0], &format!("{RANGE}&include_reactions=true")),
        client.report(&ids[0], &format!("{RANGE}&later=1")),
        format!("/v2/report/chat/sessions?{RANGE}"),
    ] {
        let answer = client.get(&with(&other)).await;
        assert_eq!((answer.status, answer.code()), (400, 300), "{other}");
    }
    assert_eq!(client.get(&with(&target)).await.status, 200);
    assert_eq!(
        client
            .get(&format!("{target}&next_page_token=x"))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_page_token_s_life_is_counted_from_its_own_page_or_from_the_first() {
    for (life, expected) in [("own", 200), ("first", 400)] {
        let client = start(&format!("plan=unlimited,page_token_life={life}")).await;
        let target = client.report(&client.first_session(), RANGE);
        let first = first_token(&client, &target).await;
        client.sandbox.advance(chrono::TimeDelta::minutes(10));
        let second = first_token(&client, &format!("{target}&next_page_token={first}")).await;
        client.sandbox.advance(chrono::TimeDelta::minutes(10));
        let late = client
            .get(&format!("{target}&next_page_token={second}"))
            .await;
        assert_eq!(late.status, expected, "{life}");
        let dead = client
            .get(&format!("{target}&next_page_token={first}"))
            .await;
        assert_eq!(dead.status, 400, "{life}");
    }
}

#[tokio::test]
async fn an_expired_token_is_answered_as_is_set() {
    for (setting, status, code) in [
        ("400_300", 400, 300),
        ("http_300", 300, 300),
        ("422", 422, 422),
    ] {
        let client = start(&format!("plan=unlimited,expired_answer={setting}")).await;
        let target = client.report(&client.first_session(), RANGE);
        let token = first_token(&client, &target).await;
        client.sandbox.advance(chrono::TimeDelta::seconds(900));
        let answer = client
            .get(&format!("{target}&next_page_token={token}"))
            .await;
        assert_eq!((answer.status, answer.code()), (status, code));
        assert!(answer.json()["message"].as_str().unwrap().contains("token"));
        assert_eq!(client.sandbox.stats().page_tokens_refused, 1);
    }
}

/// Reads the first page, lets two days pass, reads the rest.
async fn read_while_time_passes(settings: &str) -> (Vec<i64>, Vec<i64>) {
    let client = start(&format!(
        "plan=unlimited,quirks=no,page_token_ttl=1000000,{settings}"
    ))
    .await;
    let target = client.report(&client.first_session(), RANGE);
    let still = times(&client.items(&target, "messages").await);
    let first = client.get(&target).await.json();
    client.sandbox.advance(chrono::TimeDelta::days(2));
    let token = first["next_page_token"].as_str().unwrap();
    let mut items = first["messages"].as_array().unwrap().clone();
    let mut next = token.to_owned();
    while !next.is_empty() {
        let page = client
            .get(&format!("{target}&next_page_token={next}"))
            .await
            .json();
        items.extend(page["messages"].as_array().unwrap().clone());
        next = page["next_page_token"].as_str().unwrap().to_owned();
    }
    (still, times(&items))
}

#[tokio::test]
async fn a_snapshot_stands_still_while_time_passes() {
    let (still, read) = read_while_time_passes("page_tokens=snapshot,order=descending").await;
    assert_eq!(still, read);
}

#[tokio::test]
async fn a_key_goes_on_behind_the_last_item_whatever_arrives() {
    let (still, read) = read_while_time_passes("page_tokens=key,order=descending").await;
    assert_eq!(still, read);
}

#[tokio::test]
async fn an_offset_repeats_items_when_others_arrive_before_them() {
    let (still, read) = read_while_time_passes("page_tokens=offset,order=descending").await;
    assert!(read.len() > still.len());
    let mut unique = read.clone();
    unique.sort_unstable();
    unique.dedup();
    assert!(unique.len() < read.len());
}

#[tokio::test]
async fn an_offset_skips_items_when_others_vanish_before_them() {
    let settings = "page_tokens=offset,deleted_in_messages=vanishes";
    let (still, read) = read_while_time_passes(settings).await;
    let (key, _) = read_while_time_passes("page_tokens=key,deleted_in_messages=vanishes").await;
    assert_eq!(still, key);
    // A message deleted between two pages shifts the rest: another one is missing with it.
    let first_page: Vec<i64> = still[..50].to_vec();
    assert_eq!(read[..50], first_page);
    assert!(still.iter().any(|ts| !read.contains(ts)));
}

#[tokio::test]
async fn listings_have_the_same_tokens() {
    for tokens in ["offset", "key", "snapshot"] {
        let client = start(&format!("plan=unlimited,quirks=no,page_tokens={tokens}")).await;
        let target = "/v2/report/chat/sessions?from=2026-10-25&to=2026-11-20&page_size=7";
        let items = client.items(target, "sessions").await;
        let whole = client
            .items(&target.replace("page_size=7", "page_size=300"), "sessions")
            .await;
        assert!(whole.len() > 20);
        assert_eq!(items, whole, "{tokens}");
    }
}
