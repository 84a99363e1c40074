use std::sync::atomic::AtomicUsize;

use chrono::NaiveDate;
use futures::future;
use zoom_chat_reports_api::{self as api, Answer, Expected, Judged, types::ChatSessionsPage};

use super::*;
use crate::{
    Again, ChatReports, ChatReportsBuilder, Error, ErrorKind, Plan, ServerToServer,
    clock::{Clock as _, SkippingClock},
    error::zoom::ZoomError,
    operation::Operation,
    test_server::{TestServer, ok, response},
    transport::{
        path_id::PathId,
        request::{NotAnAnswer, Request},
        retry::RetryPolicy,
    },
};

#[path = "caller_tests/limits.rs"]
mod limits;
#[path = "caller_tests/tokens.rs"]
mod tokens;

const DATE: &str = "date: Fri, 20 Nov 2026 12:00:00 GMT\r\n";
const TOKEN: &str = r#"{"access_token":"canary-token","expires_in":3600,"scope":"a b"}"#;
const PAGE: &str = r#"{"sessions":[]}"#;

struct List {
    id: Option<&'static str>,
    page_token: bool,
    parameters: Arc<[(String, String)]>,
}

impl Request for List {
    type Body = Answer<ChatSessionsPage>;
    type Answer = ChatSessionsPage;
    const OPERATION: Operation = Operation::Sessions;

    fn carries_page_token(&self) -> bool {
        self.page_token
    }

    fn parameters(&self) -> Arc<[(String, String)]> {
        self.parameters.clone()
    }

    async fn send(
        &self,
        client: &api::Client,
    ) -> Result<api::ResponseValue<Self::Body>, api::Error<()>> {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).expect("ok");
        client.report_chat_sessions().from(day).to(day).send().await
    }

    fn accept(&self, body: Self::Body) -> Result<ChatSessionsPage, NotAnAnswer> {
        match body.judged(&Expected::SESSIONS) {
            Judged::Answer => body
                .typed()
                .map_err(|error| NotAnAnswer::Unreadable(error.to_string())),
            Judged::Error => Err(NotAnAnswer::ZoomError(body.raw().to_owned())),
            _ => Err(NotAnAnswer::Unreadable("with something else".to_owned())),
        }
    }

    fn path_id(&self) -> Option<PathId<'_>> {
        self.id.map(|id| ("session id", id))
    }
}

fn list() -> List {
    List {
        id: None,
        page_token: false,
        parameters: Arc::default(),
    }
}

fn builder(server: &TestServer) -> (ChatReportsBuilder, Arc<SkippingClock>) {
    let clock = Arc::new(SkippingClock::new(
        "2026-11-20T12:00:00Z".parse().expect("ok"),
    ));
    let credentials = ServerToServer::new("acc", "id", "canary-secret").expect("ok");
    let builder = ChatReports::builder()
        .credentials(credentials)
        .base_url(format!("{}/v2", server.url))
        .auth_url(format!("{}/oauth/token", server.url))
        .plan(Plan::custom(1000.0).expect("ok"))
        .clock(clock.clone());
    (builder, clock)
}

fn caller(server: &TestServer) -> (Caller, Arc<SkippingClock>) {
    let (builder, clock) = builder(server);
    (builder.build().expect("ok").inner.caller.clone(), clock)
}

/// A server that gives tokens; its API answers with `answer` of the number of requests before.
fn server(answer: impl Fn(usize) -> String + Send + Sync + 'static) -> TestServer {
    let api = AtomicUsize::new(0);
    TestServer::new(move |request, _| {
        if request.starts_with("POST /oauth/token ") {
            return ok(TOKEN);
        }
        answer(api.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    })
}

async fn fails(answer: impl Fn(usize) -> String + Send + Sync + 'static) -> (Error, TestServer) {
    let server = server(answer);
    let (caller, _) = caller(&server);
    let error = caller.call(&list()).await.map(|_| ()).expect_err("refused");
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(!shown.contains("canary"), "{shown}");
    (error, server)
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again() {
    for failure in [
        response("503 Service Unavailable", "", "<html>"),
        response("500 Internal Server Error", "", r#"{"code":500}"#),
        response("408 Request Timeout", "", ""),
        // Breaks off in the middle of the body.
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"sess".to_owned(),
        // Closes the connection without an answer.
        String::new(),
        ok(r#"{"sessions":["#),
        ok("<html>captive portal</html>"),
        ok(""),
        ok("{}"),
    ] {
        let shown = failure.clone();
        let server = server(move |before| match before {
            0 | 1 => failure.clone(),
            _ => ok(PAGE),
        });
        let (caller, _) = caller(&server);
        let answered = caller.call(&list()).await;
        assert!(answered.is_ok(), "{shown}: {answered:?}");
        assert_eq!(
            server.asked.count("GET /v2/report/chat/sessions?"),
            3,
            "{shown}"
        );
        assert_eq!(caller.stats().retries, 2);
        assert_eq!(caller.stats().requests.sessions, 3);
    }
}

#[tokio::test]
async fn what_does_not_pass_is_given_up_after_five_minutes() {
    let server = server(|_| response("502 Bad Gateway", "", ""));
    let (caller, clock) = caller(&server);
    let error = caller.call(&list()).await.map(|_| ()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.status(), Some(502));
    assert!(error.is_transient());
    let minutes = clock.now().as_secs_f64() / 60.0;
    assert!((4.0..7.0).contains(&minutes), "{minutes}");
    let text = error.to_string();
    assert!(
        text.starts_with("report/chat/sessions: 502 Bad Gateway after "),
        "{text}"
    );
    assert!(error.attempts() < 40, "{text}");
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let (error, server) = fails(|_| {
        let body = r#"{"code":4711,"message":"canary, does not contain scopes:[a:b, c:d]"}"#;
        response("400 Bad Request", "x-zm-trackingid: WEB_1\r\n", body)
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Scopes);
    assert_eq!(error.scopes(), ["a:b", "c:d"]);
    assert_eq!(error.zoom_code(), Some(4711));
    assert_eq!(error.tracking_id(), Some("WEB_1"));
    assert!(error.is_auth());
    assert_eq!(server.asked.count("GET"), 1);
}

#[tokio::test]
async fn a_success_that_is_no_answer_becomes_an_error_and_no_empty_page() {
    let (error, server) = fails(|_| ok("<html>canary</html>")).await;
    assert_eq!(error.kind(), ErrorKind::UnreadableBody);
    assert_eq!(server.asked.count("GET"), 4);
}

#[tokio::test]
async fn an_error_in_a_success_is_read_like_any_error() {
    let server = server(|_| ok(r#"{"code":300,"message":"canary"}"#));
    let (caller, _) = caller(&server);
    let mut request = list();
    let error = caller
        .call(&request)
        .await
        .map(|_| ())
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::OutOfReach);
    request.page_token = true;
    let error = caller
        .call(&request)
        .await
        .map(|_| ())
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PageTokenExpired);
    assert_eq!(server.asked.count("GET"), 2);
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_an_error_at_once() {
    let server = server(|_| ok(&format!(r#"{{"sessions":[],"x":"{}"}}"#, "x".repeat(2000))));
    let (builder, _) = builder(&server);
    let zoom = builder.max_body(1000).build().expect("ok");
    let error = zoom
        .inner
        .caller
        .call(&list())
        .await
        .map(|_| ())
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
    assert_eq!(server.asked.count("GET"), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (error, server) = fails(|_| response("302 Found", "location: /elsewhere\r\n", "")).await;
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(server.asked.count("GET"), 1);
}

#[tokio::test]
async fn silence_times_out_and_is_tried_again() {
    let server = server(|before| {
        if before == 0 {
            std::thread::sleep(Duration::from_millis(400));
        }
        ok(PAGE)
    });
    let (builder, _) = builder(&server);
    let zoom = builder
        .total_timeout(Duration::from_millis(200))
        .build()
        .expect("ok");
    assert!(zoom.inner.caller.call(&list()).await.is_ok());
    assert_eq!(server.asked.count("GET"), 2);
}

#[tokio::test]
async fn nobody_there_is_a_transport_error() {
    let server = server(|_| ok(PAGE));
    let (builder, _) = builder(&server);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("ok");
    let address = closed.local_addr().expect("ok");
    drop(closed);
    let zoom = builder
        .base_url(format!("http://{address}/v2"))
        .build()
        .expect("ok");
    let error = zoom
        .inner
        .caller
        .call(&list())
        .await
        .map(|_| ())
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.attempts() > 5);
    let source = std::error::Error::source(&error).expect("ok").to_string();
    assert!(!source.contains("http://"), "{source}");
}

#[tokio::test]
async fn the_time_is_the_servers() {
    let server = TestServer::new(|_, _| {
        response("200 OK", "date: Mon, 01 Jun 2026 00:00:00 GMT\r\n", TOKEN)
    });
    let (caller, _) = caller(&server);
    let belief = caller.believe(None).await.expect("ok");
    assert!(belief.settled, "the token and one answer agree");
    let date = belief.now.date_naive().to_string();
    assert_eq!(date, "2026-06-01");
    assert_eq!(caller.token_scopes().await.expect("ok"), ["a", "b"]);
}

#[tokio::test]
async fn an_outage_of_half_a_minute_costs_few_requests_and_all_calls_come_through() {
    let clock = Arc::new(SkippingClock::new(
        "2026-11-20T12:00:00Z".parse().expect("ok"),
    ));
    let time = clock.clone();
    let server = server(move |_| {
        if (10..40).contains(&time.now().as_secs()) {
            return response("503 Service Unavailable", "", "");
        }
        ok(PAGE)
    });
    let zoom = builder(&server)
        .0
        .plan(Plan::Pro)
        .clock(clock.clone())
        .build()
        .expect("ok");
    let caller = &zoom.inner.caller;
    let request = list();
    let mut done = 0;
    while done < 600 {
        let calls = (0..10).map(|_| caller.call(&request));
        done += future::try_join_all(calls).await.expect("ok").len();
    }
    let asked = server.asked.count("GET");
    // Without probes, each of the ten calls would be retried independently.
    assert!(asked <= 624, "{asked} requests for 600 answers");
}

#[tokio::test]
async fn futures_of_calls_are_send() {
    fn is_send<T: Send>(_: &T) {}
    let server = server(|_| ok(PAGE));
    let (caller, _) = caller(&server);
    let request = list();
    let call = caller.call(&request);
    is_send(&call);
    call.await.expect("ok");
}

#[tokio::test]
async fn every_response_tells_the_time() {
    let server = server(|_| response("404 Not Found", DATE, ""));
    let (builder, clock) = builder(&server);
    let caller = builder.build().expect("ok").inner.caller.clone();
    clock.advance(Duration::from_secs(26 * 3600));
    assert!(caller.call(&list()).await.is_err());
}

#[tokio::test]
async fn an_id_that_leads_to_another_path_takes_neither_a_token_nor_a_slot() {
    let server = server(|_| ok(PAGE));
    let (caller, _) = caller(&server);
    for id in ["", ".", "a\\b", "a/../b", "a\n"] {
        let request = List {
            id: Some(id),
            ..list()
        };
        let error = caller.call(&request).await.map(|_| ()).expect_err(id);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id}");
        assert_eq!(error.attempts(), 0, "{id}");
    }
    assert_eq!(server.asked.count(""), 0);
}
