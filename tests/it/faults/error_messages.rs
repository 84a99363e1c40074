//! Every error that a user can meet, as it arises: what happened, whether trying again is worth it, and a hint.

use std::{fmt::Write, net::TcpListener, sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt};
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, DateRange, Error, ErrorKind, Plan, RetryPolicy,
    ServerToServer, auth::AccessToken, clock::SkippingClock,
};

use crate::{
    raw_server::{Act, End, RawServer},
    support::{self, builder},
};

use super::{ACCOUNT, month, timed};

/// What reading one session of an account with these settings and faults ends in.
async fn read(settings: &str, faults: &[&str]) -> Error {
    let sandbox = support::sandbox(&format!("{ACCOUNT},{settings}")).await;
    for fault in faults {
        sandbox.add_fault(fault.parse().unwrap());
    }
    let (zoom, _) = timed(&sandbox);
    let id = sandbox.session_ids()[0].clone();
    first_error(&zoom, &id, month()).await
}

/// The same for every page of messages.
async fn always(effect: &str) -> Error {
    read("", &[&format!("messages:times=0:{effect}")]).await
}

/// The same for a single page, which nobody waits for as long as for a run.
async fn one_page(effect: &str) -> Error {
    let sandbox = support::sandbox(ACCOUNT).await;
    sandbox.add_fault(format!("messages:times=0:{effect}").parse().unwrap());
    let (zoom, _) = timed(&sandbox);
    let id = sandbox.session_ids()[0].clone();
    let day: DateRange = "2026-08-03".parse().unwrap();
    zoom.messages(&id, day).send().await.unwrap_err()
}

/// The same where the token endpoint answers so.
async fn no_token(effect: &str) -> Error {
    read("", &[&format!("token:times=0:{effect}")]).await
}

async fn first_error(zoom: &ChatReports, id: &str, range: DateRange) -> Error {
    let mut entries = Box::pin(zoom.messages(id, range).everything().page_size(5).entries());
    loop {
        if let Err(error) = entries.try_next().await {
            return error;
        }
    }
}

/// What a server of raw sockets makes of a request.
async fn raw(act: Act, change: impl Fn(ChatReportsBuilder) -> ChatReportsBuilder) -> Error {
    let server = RawServer::start(None, move |_| act.clone());
    first_error(&plain(server.url(""), change), "s", month()).await
}

fn plain(url: String, change: impl Fn(ChatReportsBuilder) -> ChatReportsBuilder) -> ChatReports {
    let clock = SkippingClock::new("2026-11-20T12:00:00Z".parse().unwrap());
    let builder = ChatReports::builder()
        .access_token(AccessToken::new("token"))
        .base_url(url)
        .plan(Plan::custom(1000.0).unwrap())
        .clock(Arc::new(clock));
    change(builder).build().unwrap()
}

fn page(body: &str) -> Act {
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    Act::Bytes(text.into_bytes(), End::Stay)
}

async fn wrong_credentials(account: Option<&str>, secret: Option<&str>) -> Error {
    let sandbox = support::sandbox(ACCOUNT).await;
    let credentials = ServerToServer::new(
        account.unwrap_or(sandbox.account_id()),
        sandbox.client_id(),
        secret.unwrap_or(sandbox.client_secret()),
    );
    let zoom = builder(&sandbox).credentials(credentials.unwrap());
    first_error(&zoom.build().unwrap(), "s", month()).await
}

async fn out_of_reach() -> Error {
    let sandbox = support::sandbox(ACCOUNT).await;
    let (zoom, _) = timed(&sandbox);
    first_error(&zoom, "s", DateRange::month(2020, 1).unwrap()).await
}

async fn partly_out_of_reach() -> Error {
    let sandbox = support::sandbox(ACCOUNT).await;
    let (zoom, _) = timed(&sandbox);
    let id = sandbox.session_ids()[0].clone();
    let range = "2026-03-01..2026-06-10".parse().unwrap();
    first_error(&zoom, &id, range).await
}

async fn wrong_dates() -> Error {
    let settings = format!("{ACCOUNT},span=dates28,span_excess=clamp_end");
    let sandbox = support::sandbox(&settings).await;
    let zoom = builder(&sandbox).window_days(31).build().unwrap();
    let id = sandbox.session_ids()[0].clone();
    first_error(&zoom, &id, month()).await
}

async fn stale_cursor() -> Error {
    let sandbox = support::sandbox(ACCOUNT).await;
    let (zoom, _) = timed(&sandbox);
    let id = sandbox.session_ids()[0].clone();
    let pages = zoom.messages(&id, month()).page_size(5).pages();
    let page = Box::pin(pages).next().await.unwrap().unwrap();
    sandbox.advance(chrono::TimeDelta::hours(1));
    let cursor = page.next().unwrap().clone();
    let request = zoom.messages(&id, month()).page_size(5).resume(cursor);
    request.send().await.unwrap_err()
}

async fn refused_connection() -> Error {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    first_error(&plain(url, |it| it), "s", month()).await
}

fn unusable(change: impl Fn(ChatReportsBuilder) -> ChatReportsBuilder) -> Error {
    let builder = ChatReports::builder().access_token(AccessToken::new("token"));
    change(builder).build().unwrap_err()
}

/// `name`, and all that a user can learn from the error.
fn describe(texts: &mut String, name: &str, error: &Error) {
    let again = if error.is_transient() {
        "may help"
    } else {
        "does not help"
    };
    writeln!(texts, "# {name}").unwrap();
    writeln!(texts, "{}: {error}", error.kind()).unwrap();
    if let Some(instant) = error.retry_after() {
        writeln!(texts, "not before {}", instant.to_rfc3339()).unwrap();
    }
    writeln!(texts, "trying again {again}").unwrap();
    writeln!(texts, "hint: {}\n", error.hint().unwrap_or("NONE")).unwrap();
    let hint = error.hint().unwrap_or_else(|| panic!("{name} has no hint"));
    let says = ["try again", "later", "go on"]
        .iter()
        .any(|words| hint.contains(words));
    // What the text says is what `is_transient` says.
    assert!(says || !error.is_transient(), "{name}: {hint}");
    assert!(!error.to_string().contains('\n'), "{name}");
}

/// A page that a proxy puts in the place of an answer.
const HTML: &str = "status=200:body=<html>CANARY</html>";

/// A name, and the error that it stands for.
type Case = (&'static str, Error);

/// Requests that cannot be sent, or that Zoom does not let through.
async fn of_the_request() -> Vec<Case> {
    vec![
        (
            "a session id that no URL can hold",
            first_error(&plain("http://127.0.0.1:1".into(), |it| it), "..", month()).await,
        ),
        (
            "a base URL without TLS",
            unusable(|it| it.base_url("http://192.0.2.1/")),
        ),
        (
            "no credentials",
            ChatReports::builder().build().unwrap_err(),
        ),
        ("a wrong secret", wrong_credentials(None, Some("x")).await),
        ("a wrong account", wrong_credentials(Some("x"), None).await),
        ("tokens that Zoom rejects", always("status=401").await),
        (
            "a given token that Zoom rejects",
            raw(
                Act::Bytes(
                    b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n".to_vec(),
                    End::Stay,
                ),
                |it| it,
            )
            .await,
        ),
    ]
}

/// What Zoom refuses to this account, or for these dates.
async fn of_the_account() -> Vec<Case> {
    let code = |status, code| {
        format!("status={status}:body={{\"code\"%3A{code}%2C\"message\"%3A\"CANARY\"}}")
    };
    let scopes = "status=400:body={\"code\"%3A4711%2C\"message\"%3A\"no scopes%3A[report%3Aread%3Achat_session%3Aadmin]\"}";
    let role = "status=400:body={\"code\"%3A4711%2C\"message\"%3A\"no permission\"}";
    let field = "status=400:body={\"code\"%3A300%2C\"errors\"%3A[{\"field\"%3A\"from\"}]}";
    vec![
        ("scopes that are named", always(scopes).await),
        ("a role without the permission", always(role).await),
        ("a free account", always(&code(400, 200)).await),
        ("no such session", always(&code(404, 3001)).await),
        ("no such person", always(&code(400, 1010)).await),
        ("dates that Zoom refuses", always(field).await),
        ("a range beyond the reach", out_of_reach().await),
        (
            "a range partly beyond the reach",
            partly_out_of_reach().await,
        ),
        ("a cursor of yesterday", stale_cursor().await),
        ("a refusal with a code", always(&code(400, 9999)).await),
        ("forbidden", always("status=403").await),
        (
            "a redirect",
            always("status=302:header=Location=https%3A//example.com/").await,
        ),
    ]
}

/// Limits and outages.
async fn of_the_server() -> Vec<Case> {
    vec![
        (
            "too many requests, again and again",
            always("status=429").await,
        ),
        (
            "a page that is asked for too fast",
            one_page("status=429").await,
        ),
        ("the limit of the day", read("daily_limit=5", &[]).await),
        ("a server that fails", always("status=503").await),
        ("a page that fails", one_page("status=503").await),
        (
            "a server that does not know how",
            always("status=501").await,
        ),
        ("a token endpoint that fails", no_token("status=503").await),
        (
            "a token endpoint that is busy",
            no_token("status=429").await,
        ),
        ("a page in place of a token", no_token(HTML).await),
    ]
}

/// Connections and bodies that break.
async fn of_the_connection() -> Vec<Case> {
    let silent = |it: ChatReportsBuilder| {
        it.idle_timeout(Duration::from_millis(50))
            .retry(RetryPolicy::none())
    };
    let once = |it: ChatReportsBuilder| it.retry(RetryPolicy::none());
    let small = |it: ChatReportsBuilder| it.max_body(100);
    let circle = r#"{"messages":[],"next_page_token":"a"}"#;
    vec![
        ("nobody there", refused_connection().await),
        (
            "a connection that breaks",
            raw(Act::Bytes(vec![], End::Reset), once).await,
        ),
        (
            "a body that breaks off",
            raw(
                Act::Bytes(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec(),
                    End::Close,
                ),
                once,
            )
            .await,
        ),
        ("silence", raw(Act::Silence, silent).await),
        ("a page of a proxy", always(HTML).await),
        ("a page cut off", always("truncate_body=100").await),
        (
            "a body beyond the cap",
            raw(page(&format!("{:200}", r#"{"messages":[]}"#)), small).await,
        ),
        (
            "a page token that comes again",
            raw(page(circle), |it| it).await,
        ),
        (
            "page tokens that always expire",
            read("", &["messages:page=2:times=0:expire_page_token"]).await,
        ),
        ("an answer for other dates", wrong_dates().await),
    ]
}

/// The kinds of errors that a user can meet.
const KINDS: [ErrorKind; 20] = [
    ErrorKind::InvalidInput,
    ErrorKind::Credentials,
    ErrorKind::Scopes,
    ErrorKind::PaidPlan,
    ErrorKind::NotFound,
    ErrorKind::OutOfReach,
    ErrorKind::PageTokenExpired,
    ErrorKind::Refused,
    ErrorKind::RateLimited,
    ErrorKind::DailyLimit,
    ErrorKind::Server,
    ErrorKind::Transport,
    ErrorKind::Timeout,
    ErrorKind::UnreadableBody,
    ErrorKind::BodyTooLarge,
    ErrorKind::PageTokenLoop,
    ErrorKind::NoProgress,
    ErrorKind::EchoMismatch,
    ErrorKind::Incomplete,
    ErrorKind::Outage,
];

#[tokio::test]
async fn fault_09_every_error_says_what_happened_whether_to_try_again_and_a_hint() {
    let mut cases = of_the_request().await;
    cases.extend(of_the_account().await);
    cases.extend(of_the_server().await);
    cases.extend(of_the_connection().await);
    let mut texts = String::new();
    for (name, error) in &cases {
        describe(&mut texts, name, error);
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{name}");
    }
    let met = |kind| cases.iter().any(|(_, error)| error.kind() == kind);
    for kind in KINDS {
        assert!(met(kind), "no case of {kind:?}");
    }
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        filters => [(r"after \d+ attempts in [\d.]+ s", "after [n] attempts in [t] s")],
    }, {
        insta::assert_snapshot!("error_texts", texts);
    });
}
