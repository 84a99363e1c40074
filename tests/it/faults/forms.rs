//! 46: bodies in forms that are rare and allowed: a byte-order mark, other names of gzip, several members.

use std::{io::Write, net::SocketAddr, time::Duration};

use flate2::{Compression, write::GzEncoder};
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, DateRange, Entry, ErrorKind, RetryPolicy, ServerToServer,
    auth::AccessToken,
};

use crate::raw_server::{Act, End, RawServer};

const MARK: &str = "\u{feff}";
const PAGE: &str = r#"{"messages":[{"id":"a","message":"käse"},{"id":"b"}]}"#;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A body in every form, each with the header that goes with it.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let marked = format!("{MARK}{text}").into_bytes();
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    let members = [gzip(first), gzip(b""), gzip(second)].concat();
    vec![
        ("", text.into()),
        ("", marked.clone()),
        ("content-encoding: gzip\r\n", gzip(text.as_bytes())),
        ("content-encoding: gzip\r\n", gzip(&marked)),
        ("content-encoding: gzip\r\n", members.clone()),
        ("Content-Encoding: GZIP\r\n", members.clone()),
        ("content-encoding: x-gzip\r\n", gzip(&marked)),
        ("content-encoding: X-GZip\r\n", members),
    ]
}

fn response(status: &str, headers: &str, body: &[u8]) -> Act {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
    Act::Bytes([head.as_bytes(), body].concat(), End::Stay)
}

/// A server that answers everything alike.
fn server(status: &'static str, headers: &'static str, body: Vec<u8>) -> RawServer {
    RawServer::start(None, move |_| response(status, headers, &body))
}

fn client(server: &RawServer) -> ChatReportsBuilder {
    ChatReports::builder()
        .access_token(AccessToken::new("t"))
        .base_url(server.url("/v2"))
        .retry(RetryPolicy::none())
}

fn day() -> DateRange {
    "2026-10-05".parse().unwrap()
}

#[tokio::test]
async fn fault_46_a_page_is_read_in_every_form() {
    for (headers, body) in forms(PAGE) {
        let server = server("200 OK", headers, body);
        let zoom = client(&server).build().unwrap();
        let page = zoom.messages("s", day()).send().await;
        let page = page.unwrap_or_else(|error| panic!("{headers}: {error}"));
        let raw: Vec<_> = page.entries().iter().map(Entry::raw).collect();
        assert_eq!(
            raw,
            [r#"{"id":"a","message":"käse"}"#, r#"{"id":"b"}"#],
            "{headers}"
        );
    }
}

#[tokio::test]
async fn fault_46_a_refusal_is_read_in_every_form() {
    let refusal = r#"{"code":4711,"message":"no scopes:[report:read:chat_session:admin]"}"#;
    for (headers, body) in forms(refusal) {
        let server = server("400 Bad Request", headers, body);
        let zoom = client(&server).build().unwrap();
        let error = zoom.messages("s", day()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Scopes, "{headers}");
        assert_eq!(
            error.scopes(),
            ["report:read:chat_session:admin"],
            "{headers}"
        );
    }
}

#[tokio::test]
async fn fault_46_a_token_is_read_in_every_form() {
    for (headers, body) in forms(r#"{"access_token":"t","expires_in":3600,"scope":"a b"}"#) {
        let server = server("200 OK", headers, body);
        let zoom = ChatReports::builder()
            .credentials(ServerToServer::new("acc", "id", "secret").unwrap())
            .auth_url(server.url("/oauth/token"))
            .base_url(server.url("/v2"))
            .retry(RetryPolicy::none());
        let scopes = zoom.build().unwrap().granted_scopes().await;
        let scopes = scopes.unwrap_or_else(|error| panic!("{headers}: {error}"));
        assert_eq!(scopes, ["a", "b"], "{headers}");
    }
}

#[tokio::test]
async fn fault_46_a_file_is_undone_and_keeps_its_byte_order_mark() {
    let text = format!("{MARK}notes");
    for headers in ["content-encoding: gzip\r\n", "content-encoding: X-GZIP\r\n"] {
        let server = server("200 OK", headers, gzip(text.as_bytes()));
        let zoom = client(&server).build().unwrap();
        let mut bytes = Vec::new();
        let link = server.url("/file");
        let download = zoom.download_link(&link).expect_size(text.len() as u64);
        download.copy_to(&mut bytes).await.unwrap();
        assert_eq!(bytes, text.as_bytes(), "{headers}");
    }
}

#[tokio::test]
async fn fault_46_the_cap_counts_what_comes_out_of_every_form() {
    let blank = " ".repeat(1 << 20);
    let body = format!("{PAGE}{blank}");
    for (headers, body) in forms(&body) {
        let compressed = !headers.is_empty();
        assert_eq!(body.len() < 1 << 14, compressed, "{headers}");
        let server = server("200 OK", headers, body);
        let zoom = client(&server).max_body(1 << 20).build().unwrap();
        let error = zoom.messages("s", day()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BodyTooLarge, "{headers}");
    }
}

#[tokio::test]
async fn fault_46_a_compressed_body_that_is_cut_off_or_damaged_is_never_a_page() {
    let whole = gzip(PAGE.as_bytes());
    let mut damaged = whole.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    for body in [
        whole[..whole.len() - 1].to_vec(),
        whole[..20].to_vec(),
        damaged,
    ] {
        let server = server("200 OK", "content-encoding: GZIP\r\n", body);
        let zoom = client(&server).build().unwrap();
        let error = zoom.messages("s", day()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn fault_46_a_compressed_body_that_trickles_in_falls_below_the_floor() {
    let behind = server(
        "200 OK",
        "content-encoding: x-gzip\r\n",
        gzip(PAGE.as_bytes()),
    );
    let address = behind.url("").strip_prefix("http://").unwrap().to_owned();
    let address: SocketAddr = address.parse().unwrap();
    let slow = RawServer::start(Some(address), |_| Act::Drip(Duration::from_millis(30)));
    let zoom = client(&slow).throughput_floor(10_000, Duration::from_millis(300));
    let error = zoom
        .build()
        .unwrap()
        .messages("s", day())
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}
