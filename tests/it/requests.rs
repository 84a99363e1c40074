//! What goes over the wire, byte for byte.

use futures::TryStreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use zoom_chat_reports::{
    ChatReports, DateRange, Plan, RetryPolicy, ServerToServer, auth::AccessToken,
};

/// Answers every request with `body`, and gives the first one back as it came.
async fn capture(body: &'static str, send: impl AsyncFnOnce(String)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !is_whole(&request) {
            let mut chunk = [0; 4096];
            let read = socket.read(&mut chunk).await.unwrap();
            request.extend_from_slice(&chunk[..read]);
        }
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    });
    send(origin).await;
    server.await.unwrap().replace('\r', "")
}

/// Whether headers and a body of the announced length have come.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}

fn client(origin: &str) -> ChatReports {
    ChatReports::builder()
        .access_token(AccessToken::new("the-access-token"))
        .base_url(format!("{origin}/v2"))
        .plan(Plan::Business)
        .user_agent("test")
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

fn assert_request(name: &str, request: &str) {
    insta::with_settings!({filters => vec![(r"127\.0\.0\.1:\d+", "[host]")]}, {
        insta::assert_snapshot!(name, request);
    });
}

#[tokio::test]
async fn messages_request() {
    let request = capture(r#"{"messages":[]}"#, async |origin| {
        let range = DateRange::parse("2026-10-01..2026-10-28").unwrap();
        let request = client(&origin).messages("a/b==", range).everything();
        request.param("new", "1 2").send().await.unwrap();
    })
    .await;
    assert_request("messages_request", &request);
}

#[tokio::test]
async fn sessions_request() {
    let request = capture(r#"{"sessions":[]}"#, async |origin| {
        let range = DateRange::parse("2026-10-01..2026-10-28").unwrap();
        client(&origin).sessions(range).send().await.unwrap();
    })
    .await;
    assert_request("sessions_request", &request);
}

#[tokio::test]
async fn file_info_request() {
    let request = capture(
        r#"{"download_url":"https://file.zoom.us/f"}"#,
        async |origin| {
            client(&origin).file_info("f/1").await.unwrap();
        },
    )
    .await;
    assert_request("file_info_request", &request);
}

#[tokio::test]
async fn token_request() {
    let request = capture("{}", async |origin| {
        let credentials = ServerToServer::new("account", "client", "secret").unwrap();
        let zoom = ChatReports::builder()
            .credentials(credentials)
            .base_url(format!("{origin}/v2"))
            .auth_url(format!("{origin}/oauth/token"))
            .user_agent("test")
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let range = DateRange::parse("2026-10-01").unwrap();
        let _ = zoom.sessions(range).entries().try_collect::<Vec<_>>().await;
    })
    .await;
    assert_request("token_request", &request);
}
