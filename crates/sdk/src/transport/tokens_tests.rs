use chrono::DateTime;
use futures::future;

use super::*;
use crate::{
    clock::SkippingClock,
    test_server::{TestServer, ok, response},
    transport::http::HttpSettings,
};

const REFUSED: &str = r#"{"reason":"canary","error":"invalid_client"}"#;

fn tokens(server: &TestServer, credentials: ServerToServer) -> Tokens {
    let clock: Arc<dyn Clock> = Arc::new(SkippingClock::new(DateTime::UNIX_EPOCH));
    let http = crate::transport::http::client(HttpSettings {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Some(Duration::from_secs(5)),
        user_agent: "test".to_owned(),
        proxy: None,
        roots: Vec::new(),
        local: true,
    });
    let endpoint = TokenEndpoint {
        http: http.expect("ok"),
        url: server.url.parse().expect("ok"),
        server_time: Arc::new(ServerTime::new(clock.clone())),
        limiter: Limiter::new(0.5, 1.0, clock.clone(), Arc::default()),
        clock,
        counters: Arc::default(),
        policy: RetryPolicy::default(),
        deadline: Duration::from_secs(5),
    };
    Tokens::new(endpoint, credentials)
}

fn credentials() -> ServerToServer {
    ServerToServer::new("acc", "id", "secret").expect("ok")
}

async fn error(answer: String) -> (Error, TestServer) {
    let server = TestServer::new(move |_, _| answer.clone());
    let error = tokens(&server, credentials())
        .token(None)
        .await
        .expect_err("refused");
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(
        !shown.contains("canary") && !shown.contains("secret-"),
        "{shown}"
    );
    (error, server)
}

#[tokio::test]
async fn sends_the_account_in_the_body_and_the_client_in_a_header() {
    let server = TestServer::new(|_, _| ok(r#"{"access_token":"t","expires_in":"3600"}"#));
    tokens(&server, credentials())
        .token(None)
        .await
        .expect("ok");
    assert_eq!(server.asked.count("POST / HTTP/1.1"), 1);
    assert_eq!(
        server
            .asked
            .count("grant_type=account_credentials&account_id=acc"),
        1
    );
    assert_eq!(server.asked.count("Basic aWQ6c2VjcmV0"), 1);
}

#[tokio::test]
async fn refused_credentials_are_an_error_at_once() {
    let rows = [
        ("invalid_client", "regenerated secret"),
        ("invalid_request", "account id"),
        ("unsupported_grant_type", "Server-to-Server"),
        ("something_else", "activated"),
    ];
    for (word, hint) in rows {
        let body = format!(r#"{{"reason":"canary","error":"{word}"}}"#);
        let (error, server) = error(response("400 Bad Request", "", &body)).await;
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert!(error.hint().expect("ok").contains(hint), "{word}");
        assert_eq!(server.asked.count("POST"), 1, "{word}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for failure in [
        response("503 Service Unavailable", "", "<html>"),
        response("429 Too Many Requests", "retry-after: 3\r\n", ""),
        response("403 Forbidden", "", "<html>"),
        ok("<html>"),
        String::new(),
    ] {
        let shown = failure.clone();
        let server = TestServer::new(move |_, before| match before {
            0 | 1 => failure.clone(),
            _ => ok(r#"{"access_token":"t"}"#),
        });
        let token = tokens(&server, credentials()).token(None).await;
        assert!(token.is_ok(), "{shown}: {token:?}");
    }
}

#[tokio::test]
async fn a_gateway_in_the_place_of_zoom_is_not_asked_for_ever() {
    let (error, server) = error(response("403 Forbidden", "", "<html>canary</html>")).await;
    assert_eq!(error.kind(), ErrorKind::UnreadableBody);
    assert_eq!(server.asked.count("POST"), 4);
}

#[tokio::test]
async fn tasks_share_one_failure_too() {
    let server = TestServer::new(|_, _| {
        std::thread::sleep(Duration::from_millis(50));
        response("400 Bad Request", "", REFUSED)
    });
    let tokens = tokens(&server, credentials());
    let results = future::join_all((0..10).map(|_| tokens.token(None))).await;
    assert!(results.iter().all(Result::is_err));
    assert_eq!(server.asked.count("POST"), 1);
}

#[tokio::test]
async fn an_outage_is_waited_out_once_and_not_by_each_task_anew() {
    let server = TestServer::new(|_, _| response("503 Service Unavailable", "", ""));
    let tokens = tokens(&server, credentials());
    assert!(tokens.token(None).await.is_err());
    let before = server.asked.count("POST");
    assert!(before > 5);
    assert!(tokens.token(None).await.is_err(), "from memory");
    assert_eq!(server.asked.count("POST"), before);
    let clock = &tokens.0.endpoint.clock;
    clock.sleep_until(clock.now() + REMEMBERED).await;
    assert!(tokens.token(None).await.is_err());
    assert_eq!(server.asked.count("POST"), before + 1);
}

#[tokio::test]
async fn no_minute_sees_more_than_thirty_token_requests() {
    let server = TestServer::new(|_, before| ok(&format!(r#"{{"access_token":"t{before}"}}"#)));
    let tokens = tokens(&server, credentials());
    let clock = tokens.0.endpoint.clock.clone();
    let mut token = tokens.token(None).await.expect("ok");
    let mut fetched = vec![clock.now()];
    for _ in 0..100 {
        // Each token is refused at once.
        token = tokens.token(Some(&token)).await.expect("ok");
        fetched.push(clock.now());
    }
    let most = (0..fetched.len()).map(|first| {
        let end = fetched[first] + Duration::from_secs(60);
        fetched[first..].iter().take_while(|at| **at < end).count()
    });
    let most = most.max();
    assert!(most <= Some(30), "{most:?}");
}

#[tokio::test]
async fn a_token_that_was_refused_is_given_to_nobody() {
    let server = TestServer::new(|_, before| ok(&format!(r#"{{"access_token":"t{before}"}}"#)));
    let tokens = tokens(&server, credentials());
    let first = tokens.token(None).await.expect("ok");
    let (second, third) = future::join(tokens.token(Some(&first)), tokens.token(None)).await;
    assert!(second.expect("ok").is_same(&third.expect("ok")));
}

#[tokio::test]
async fn a_rotated_secret_is_read_again() {
    let folder = tempfile::tempdir().expect("ok");
    let path = |name: &str| folder.path().join(name);
    for (name, value) in [("a", "acc"), ("i", "id"), ("s", "old")] {
        std::fs::write(path(name), value).expect("ok");
    }
    let credentials = ServerToServer::from_files(path("a"), path("i"), path("s")).expect("ok");
    std::fs::write(path("s"), "secret").expect("ok");
    let server = TestServer::new(|request, _| {
        if request.contains("Basic aWQ6c2VjcmV0") {
            return ok(r#"{"access_token":"t"}"#);
        }
        response("400 Bad Request", "", REFUSED)
    });
    tokens(&server, credentials).token(None).await.expect("ok");
    assert_eq!(server.asked.count("POST"), 2);
}

#[tokio::test]
async fn a_short_life_does_not_mean_a_token_for_each_call() {
    let server = TestServer::new(|_, _| ok(r#"{"access_token":"t","expires_in":30}"#));
    let tokens = tokens(&server, credentials());
    tokens.token(None).await.expect("ok");
    tokens.token(None).await.expect("ok");
    assert_eq!(server.asked.count("POST"), 1);
}

#[tokio::test]
async fn only_the_token_at_hand_can_be_rejected() {
    let server = TestServer::new(|_, before| ok(&format!(r#"{{"access_token":"t{before}"}}"#)));
    let tokens = tokens(&server, credentials());
    let first = tokens.token(None).await.expect("ok");
    let second = tokens.token(Some(&first)).await.expect("ok");
    assert!(!second.is_same(&first));
    // A task that comes late with the first token gets the second.
    assert!(
        tokens
            .token(Some(&first))
            .await
            .expect("ok")
            .is_same(&second)
    );
    assert_eq!(server.asked.count("POST"), 2);
}

#[tokio::test]
async fn debug_shows_neither_token_nor_secret() {
    let server = TestServer::new(|_, _| ok(r#"{"access_token":"canary-token"}"#));
    let credentials = ServerToServer::new("acc", "id", "canary-secret").expect("ok");
    let tokens = tokens(&server, credentials);
    tokens.token(None).await.expect("ok");
    let shown = format!("{tokens:?}");
    assert!(!shown.contains("canary"), "{shown}");
}
