//! 10, 11, 29, 30: bodies that come slowly or never, that are no text, or that are far too large.

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use futures::TryStreamExt;
use socket2::{Domain, Socket, Type};
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, DateRange, Entry, Error, ErrorKind, RetryPolicy,
    auth::AccessToken,
};

use crate::{
    raw_server::{Act, End, RawServer, Seen},
    support::{self, builder},
};

use super::{assert_whole, harvest, month};

/// A small account: its pages pass in a moment.
const SMALL: &str = "sessions=3,messages=1500";

const SHORT: Duration = Duration::from_millis(300);

/// Reads the month through a server on which some pages go wrong, and fails unless all of it comes.
async fn comes_through(
    act: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    set: impl Fn(ChatReportsBuilder) -> ChatReportsBuilder,
) -> ChatReports {
    let sandbox = support::sandbox(SMALL).await;
    let server = RawServer::start(Some(sandbox.address()), act);
    let zoom = builder(&sandbox)
        .base_url(server.url("/v2"))
        .auth_url(server.url("/oauth/token"));
    let zoom = set(zoom).build().unwrap();
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole("slow", &sandbox, &harvested);
    zoom
}

/// Some pages of messages: if the 3rd, 7th, 11th, … of all requests asks for one.
fn some(seen: &Seen) -> bool {
    seen.is_messages() && seen.number % 4 == 2
}

/// Asks a server that answers everything alike for one session's messages.
async fn entries(
    act: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    set: impl Fn(ChatReportsBuilder) -> ChatReportsBuilder,
) -> (Result<Vec<Entry>, Error>, usize) {
    let server = RawServer::start(None, act);
    let zoom = ChatReports::builder()
        .access_token(AccessToken::new("t"))
        .base_url(server.url("/v2"))
        .retry(RetryPolicy::none());
    let zoom = set(zoom).build().unwrap();
    let days = DateRange::parse("2026-08-01..2026-08-03").unwrap();
    let entries = pin!(zoom.messages("a", days).entries());
    let entries = entries.try_collect().await;
    (entries, server.requests().len())
}

/// A response of a page.
fn page(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn fault_10_pages_that_trickle_in_are_asked_for_again() {
    let slow = |seen: &Seen| match some(seen) {
        true => Act::Drip(Duration::from_millis(5)),
        false => Act::Pass,
    };
    let zoom = comes_through(slow, |zoom| zoom.throughput_floor(2_000, SHORT)).await;
    assert!(zoom.stats().retries >= 3);
}

#[tokio::test]
async fn fault_10_pages_that_take_too_long_on_the_whole_are_asked_for_again() {
    let slow = |seen: &Seen| match some(seen) {
        true => Act::Drip(Duration::from_millis(5)),
        false => Act::Pass,
    };
    let set = |zoom: ChatReportsBuilder| {
        zoom.throughput_floor(0, SHORT)
            .total_timeout(Duration::from_secs(1))
    };
    let zoom = comes_through(slow, set).await;
    assert!(zoom.stats().retries >= 3);
}

#[tokio::test]
async fn fault_10_silence_is_noticed_and_the_page_asked_for_again() {
    let silent = |seen: &Seen| match some(seen) {
        true => Act::Silence,
        false => Act::Pass,
    };
    let zoom = comes_through(silent, |zoom| zoom.idle_timeout(SHORT)).await;
    assert!(zoom.stats().retries >= 3);

    let half = |seen: &Seen| match some(seen) {
        true => Act::Cut(100, End::Stay),
        false => Act::Pass,
    };
    // A connection that stays is asked again, and answered from where the script is: silence too.
    let zoom = comes_through(half, |zoom| zoom.idle_timeout(SHORT)).await;
    assert!(zoom.stats().retries >= 3);
}

#[tokio::test]
async fn fault_10_a_body_that_always_trickles_is_an_error_that_names_the_floor() {
    let server = trickling().await;
    let zoom = ChatReports::builder()
        .access_token(AccessToken::new("t"))
        .base_url(server.url("/v2"))
        .retry(RetryPolicy::none())
        .throughput_floor(2_000, SHORT)
        .build()
        .unwrap();
    let entries = pin!(zoom.messages("a", month()).entries());
    let error = entries.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_transient());
    let text = error.to_string();
    assert!(text.contains("2000 bytes a second over 0.3 s"), "{text}");
}

/// A server that passes drips of another one on: its pages never end.
async fn trickling() -> RawServer {
    let body = vec![b' '; 100_000];
    let inner = RawServer::start(None, move |_| {
        let head = "HTTP/1.1 200 OK\r\n\r\n".to_owned();
        Act::Bytes([head.as_bytes(), &body].concat(), End::Close)
    });
    let address = inner.url("");
    let address: SocketAddr = address.strip_prefix("http://").unwrap().parse().unwrap();
    RawServer::start(Some(address), move |_| {
        // It lives as long as the server before it.
        let _ = &inner;
        Act::Drip(Duration::from_millis(5))
    })
}

#[tokio::test]
async fn fault_11_a_connection_that_is_not_made_ends_in_time() {
    let (full, _queue) = full_listener();
    let zoom = ChatReports::builder()
        .access_token(AccessToken::new("t"))
        .base_url(format!("http://{full}/v2"))
        .connect_timeout(SHORT)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let begun = Instant::now();
    let error = zoom.file_info("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(
        error.to_string(),
        "chat/files/{fileId}: no connection in time"
    );
    assert!(error.is_transient());
    assert!(begun.elapsed() < Duration::from_secs(4));
}

/// A listener whose queue is full: further connections hang.
fn full_listener() -> (SocketAddr, Vec<Socket>) {
    let new = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = new();
    listener
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets = vec![listener];
    for _ in 0..64 {
        let socket = new();
        let hangs = socket.connect_timeout(&address, Duration::from_millis(200));
        sockets.push(socket);
        if hangs.is_err() {
            return (address.as_socket().unwrap(), sockets);
        }
    }
    panic!("the queue takes any number of connections");
}

#[tokio::test]
async fn fault_11_silence_and_length_have_a_timeout_each() {
    let begun = Instant::now();
    let (silence, _) = entries(|_| Act::Silence, |zoom| zoom.idle_timeout(SHORT)).await;
    let (length, _) = entries(|_| Act::Silence, |zoom| zoom.total_timeout(SHORT)).await;
    for error in [silence.unwrap_err(), length.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.is_transient());
    }
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn fault_29_half_a_surrogate_pair_is_kept_verbatim() {
    let item = r#"{"id":"a","timestamp":1785585600000,"message":"half \ud83d of it"}"#;
    let body = format!(r#"{{"from":"x","messages":[{item}]}}"#);
    let page = page("", body.as_bytes());
    let (entries, _) = entries(move |_| Act::Bytes(page.clone(), End::Close), |zoom| zoom).await;
    let entries = entries.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].raw(), item);
    assert_eq!(entries[0].keys().timestamp, Some(1_785_585_600_000));
    let error = entries[0].message().unwrap_err().to_string();
    assert!(!error.contains("half"), "{error}");
}

#[tokio::test]
async fn fault_29_invalid_utf8_is_an_error_that_names_its_place_and_no_panic() {
    for bytes in [&b"\xff"[..], b"\xc3\x28", b"\xed\xa0\x80", b"\xf0\x9f"] {
        let item = [br#"{"messages":[{"id":"a","message":""#, bytes, br#""}]}"#].concat();
        let page = page("", &item);
        let (entries, _) =
            entries(move |_| Act::Bytes(page.clone(), End::Close), |zoom| zoom).await;
        let error = entries.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableBody);
        assert!(error.to_string().contains("line 1, column"), "{error}");
    }
}

#[tokio::test]
async fn fault_29_a_page_that_is_no_text_once_is_asked_for_again() {
    let broken = page("", b"{\"messages\":[{\"id\":\"\xff\"}]}");
    let garbled = move |seen: &Seen| match some(seen) {
        true => Act::Bytes(broken.clone(), End::Close),
        false => Act::Pass,
    };
    let zoom = comes_through(garbled, |zoom| zoom).await;
    assert!(zoom.stats().retries >= 3);
}

/// So many zeros in a gzip stream, a thousandth of their size.
fn bomb(bytes: usize) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..bytes / block.len() {
        gzip.write_all(&block).unwrap();
    }
    gzip.finish().unwrap()
}

#[tokio::test]
async fn fault_30_a_gzip_bomb_ends_at_the_cap_and_is_not_asked_for_again() {
    let zip = bomb(80 << 20);
    assert!(zip.len() < 1 << 20, "{}", zip.len());
    let page = page("content-encoding: gzip\r\n", &zip);
    let (entries, requests) = entries(
        move |_| Act::Bytes(page.clone(), End::Close),
        |zoom| zoom.retry(RetryPolicy::default()),
    )
    .await;
    let error = entries.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    assert!(error.to_string().contains("67108864 bytes"), "{error}");
    assert!(!error.is_transient());
    // The first one asked what time it is.
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn fault_30_a_message_larger_than_the_cap_is_an_error() {
    let item = format!(r#"{{"id":"a","message":"{}"}}"#, "x".repeat(1 << 20));
    let body = format!(r#"{{"from":"x","messages":[{item}]}}"#);
    for (cap, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let page = page("", body.as_bytes());
        let (entries, _) = entries(
            move |_| Act::Bytes(page.clone(), End::Close),
            |zoom| zoom.max_body(cap as u64),
        )
        .await;
        match entries {
            Ok(entries) if fits => assert!(entries[0].raw().len() > 1 << 20),
            Err(error) if !fits => assert_eq!(error.kind(), ErrorKind::BodyTooLarge),
            other => panic!("{cap}: {:?}", other.map(|entries| entries.len())),
        }
    }
}

#[tokio::test]
async fn fault_30_deep_nesting_is_an_error_and_no_overflow() {
    let deep = "[".repeat(200_000);
    let closed = format!("{deep}{}", "]".repeat(200_000));
    for body in [
        deep.clone(),
        format!(r#"{{"messages":{deep}"#),
        format!(r#"{{"messages":{closed}}}"#),
        format!(r#"{{"messages":[{{"id":"a","message":{closed}}}]}}"#),
        format!(r#"{{"unknown":{closed},"messages":[]}}"#),
    ] {
        let page = page("", body.as_bytes());
        let (entries, _) =
            entries(move |_| Act::Bytes(page.clone(), End::Close), |zoom| zoom).await;
        // Kept as it is, or refused: never an empty page for what is none.
        match entries {
            Ok(entries) => {
                let kept: usize = entries.iter().map(|entry| entry.raw().len()).sum();
                assert!(kept > 399_000 || body.contains("unknown"));
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::UnreadableBody),
        }
    }
}
