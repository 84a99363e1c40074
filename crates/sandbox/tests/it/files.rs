//! Files and their downloads.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::client::{Client, encoded, start};

/// The first file of the account that has some bytes, as its message shows it.
async fn some_file(client: &Client) -> Value {
    let query = "from=2026-10-25&to=2026-11-20&page_size=100";
    let target = client.report(&client.first_session(), query);
    for message in client.items(&target, "messages").await {
        for file in message["files"].as_array().into_iter().flatten() {
            if file["file_size"].as_u64().unwrap() > 100 {
                return file.clone();
            }
        }
    }
    panic!("no file");
}

fn path<'a>(client: &Client, url: &'a str) -> &'a str {
    url.strip_prefix(client.sandbox.origin()).unwrap()
}

#[tokio::test]
async fn a_download_gives_the_bytes_that_size_and_digest_promise() {
    let client = start("plan=unlimited,quirks=no").await;
    let file = some_file(&client).await;
    let id = encoded(file["file_id"].as_str().unwrap());
    let info = client.get(&format!("/v2/chat/files/{id}")).await.json();
    assert_eq!(info["file_name"], file["file_name"]);
    assert_eq!(info["length"], file["file_size"]);
    for url in [&file["download_url"], &info["download_url"]] {
        let answer = client.get_plain(path(&client, url.as_str().unwrap())).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body.len() as u64,
            file["file_size"].as_u64().unwrap()
        );
        let digest: String = Sha256::digest(&answer.body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(info["digest"], digest.as_str());
    }
}

#[tokio::test]
async fn every_response_signs_anew() {
    let client = start("plan=unlimited,quirks=no").await;
    let (one, two) = (some_file(&client).await, some_file(&client).await);
    assert_eq!(one["file_id"], two["file_id"]);
    assert_ne!(one["download_url"], two["download_url"]);
}

#[tokio::test]
async fn a_range_is_honoured() {
    let client = start("plan=unlimited,quirks=no").await;
    let file = some_file(&client).await;
    let target = path(&client, file["download_url"].as_str().unwrap());
    let whole = client.get_plain(target).await.body;
    let part = client
        .send("GET", target, "Range: bytes=10-19\r\n", "")
        .await;
    assert_eq!(part.status, 206);
    assert_eq!(part.body, whole[10..20]);
    let shown = format!("bytes 10-19/{}", whole.len());
    assert_eq!(part.header("content-range"), Some(shown.as_str()));
    let past = client
        .send("GET", target, "Range: bytes=9999999-\r\n", "")
        .await;
    assert_eq!(past.status, 416);
    let head = client.send("HEAD", target, "", "").await;
    assert_eq!(
        head.header("content-length").unwrap(),
        whole.len().to_string()
    );
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn a_signed_url_ends_after_a_day_and_cannot_be_changed() {
    let client = start("plan=unlimited,quirks=no").await;
    let file = some_file(&client).await;
    let target = path(&client, file["download_url"].as_str().unwrap());
    let (bare, _) = target.split_once("&jwt=").unwrap();
    assert_eq!(client.get_plain(bare).await.status, 401);
    assert_eq!(client.get_plain(&format!("{target}x")).await.status, 401);
    client.sandbox.advance(chrono::TimeDelta::hours(23));
    assert_eq!(client.get_plain(target).await.status, 200);
    client.sandbox.advance(chrono::TimeDelta::hours(2));
    assert_eq!(client.get_plain(target).await.status, 401);
}

#[tokio::test]
async fn a_download_needs_the_bearer_only_where_that_is_set() {
    let client = start("plan=unlimited,quirks=no,download_needs_bearer=yes").await;
    let file = some_file(&client).await;
    let target = path(&client, file["download_url"].as_str().unwrap());
    assert_eq!(client.get_plain(target).await.status, 401);
    assert_eq!(client.get(target).await.status, 200);
}

#[tokio::test]
async fn an_unknown_file_is_not_found() {
    let client = start("").await;
    assert_eq!(client.get("/v2/chat/files/nothing").await.status, 404);
    assert_eq!(
        client.get_plain("/download/nothing?jwt=x").await.status,
        404
    );
    let without = start("scopes=report_chat:read:admin").await;
    assert_eq!(without.get("/v2/chat/files/nothing").await.code(), 4711);
}
