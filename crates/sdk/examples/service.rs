//! A web service: the sessions of the last week, and the messages of one of them. Each answer says how far it goes.
//!
//! `cargo run -p zoom-chat-reports --example service -- 127.0.0.1:8080`, then `GET /sessions` and
//! `GET /sessions/{id}/messages`. Port 0 selects a free port; the address is printed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

use std::{env, net::SocketAddr, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, Collected, DateRange, Entry, Error, ErrorKind, Result,
    RetryPolicy, Session,
};

/// The longest time a person waits: for the date, and then for the answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The client of this service: one for all requests, since pace and token belong to the account.
fn patient_for_people(builder: ChatReportsBuilder) -> Result<ChatReports> {
    let seconds = Duration::from_secs;
    let retry = RetryPolicy::default()
        .outage(seconds(5))
        .max_wait(seconds(3))
        .longest_backoff(seconds(2));
    builder.retry(retry).build()
}

fn router(zoom: ChatReports) -> Router {
    Router::new()
        .route("/sessions", get(sessions))
        .route("/sessions/{id}/messages", get(messages))
        .with_state(zoom)
}

// If a client disconnects, these futures are dropped with their streams, and nothing more is sent to Zoom.

async fn sessions(zoom: State<ChatReports>) -> Result<Response, Failure> {
    let range = week(&zoom).await?;
    let sessions = zoom.sessions(range).timeout(TIMEOUT).entries();
    Ok(answer(&sessions.collect_all().await?, session))
}

async fn messages(zoom: State<ChatReports>, id: Path<String>) -> Result<Response, Failure> {
    let range = week(&zoom).await?;
    let messages = zoom.messages(&id, range).timeout(TIMEOUT).entries();
    Ok(answer(&messages.collect_all().await?, message))
}

/// The last seven days in UTC, by Zoom's clock. Only the first call sends requests.
async fn week(zoom: &ChatReports) -> Result<DateRange> {
    let today = tokio::time::timeout(TIMEOUT, zoom.today()).await;
    DateRange::last_days(7, today.map_err(|_| Error::from(ErrorKind::Timeout))??)
}

/// The items, and how far they go, so that a part is not taken for the whole.
fn answer<T>(all: &Collected<T>, view: fn(&T) -> Value) -> Response {
    let status = all.report.error().map_or(StatusCode::OK, |error| {
        if all.items.is_empty() {
            status(error)
        } else {
            // A part is better than nothing, and the status says that it is one.
            StatusCode::PARTIAL_CONTENT
        }
    });
    let body = Json(json!({
        "items": all.items.iter().map(view).collect::<Vec<_>>(),
        "report": all.report,
    }));
    with_retry_after(all.report.error(), (status, body).into_response())
}

fn message(entry: &Entry) -> Value {
    let view = entry.message().ok();
    json!({
        "id": entry.keys().id,
        "sent_at": entry.sent_at(),
        "sender": view.and_then(|view| view.sender_display_name.as_deref()),
        "text": view.and_then(|view| view.message.as_deref()),
        // As a string, since Zoom's text may hold what strict readers of JSON refuse.
        "raw": entry.raw(),
    })
}

fn session(session: &Session) -> Value {
    let view = session.session().ok();
    json!({
        "id": session.id(),
        "name": view.and_then(|view| view.name.as_deref()),
        "last_message_sent_at": session.last_message_sent_at(),
    })
}

/// No request could be sent.
struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Json(json!({ "items": [], "report": { "complete": false, "error": &self.0 } }));
        with_retry_after(Some(&self.0), (status(&self.0), body).into_response())
    }
}

fn status(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        // Not 401 or 403, since the client cannot fix it.
        _ if error.is_auth() => StatusCode::INTERNAL_SERVER_ERROR,
        _ if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    }
}

fn with_retry_after(error: Option<&Error>, mut response: Response) -> Response {
    if let Some(wait) = error.and_then(Error::retry_in) {
        let seconds = wait.as_secs().saturating_add(1);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Waits for Ctrl-C or a signal to end; open requests are then still answered.
async fn stopped() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let address: SocketAddr = address.parse()?;
    if !address.ip().is_loopback() {
        return Err(
            "this service gives chats to every client, so it listens only on a loopback address"
                .into(),
        );
    }
    let zoom = patient_for_people(ChatReports::builder_from_env()?)?;
    let listener = TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    let server = axum::serve(listener, router(zoom));
    Ok(server.with_graceful_shutdown(stopped()).await?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use tower::ServiceExt as _;
    use zoom_chat_reports::{ServerToServer, clock::SystemClock};
    use zoom_chat_reports_sandbox::Sandbox;

    use super::*;

    struct Service(Sandbox, Router);

    impl Service {
        /// Starts the service with a simulated account, which has this fault.
        async fn start(secret: Option<&str>, fault: Option<&str>) -> Self {
            let settings = "sessions=5,messages=3000".parse().unwrap();
            let sandbox = Sandbox::start(settings).await.unwrap();
            if let Some(fault) = fault {
                sandbox.add_fault(fault.parse().unwrap());
            }
            let secret = secret.unwrap_or(sandbox.client_secret());
            let credentials =
                ServerToServer::new(sandbox.account_id(), sandbox.client_id(), secret);
            let builder = ChatReports::builder()
                .credentials(credentials.unwrap())
                .base_url(sandbox.api_url())
                .auth_url(sandbox.auth_url())
                // The sandbox has another date, and two clocks that differ prove little.
                .clock(Arc::new(SystemClock::showing(sandbox.now())));
            let router = router(patient_for_people(builder).unwrap());
            Self(sandbox, router)
        }

        async fn get(&self, path: &str) -> (u16, Option<u64>, Value) {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = self.1.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let retry_after = response.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after.map(|it| it.to_str().unwrap().parse().unwrap());
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, retry_after, serde_json::from_slice(&body).unwrap())
        }

        async fn messages(&self) -> (u16, Option<u64>, Value) {
            let id = self.0.session_ids().swap_remove(0);
            let id = id.replace('+', "%2B").replace('/', "%2F");
            self.get(&format!("/sessions/{id}/messages")).await
        }
    }

    #[tokio::test]
    async fn sessions_and_messages_come_with_how_far_they_go() {
        let service = Service::start(None, None).await;
        let (status, _, body) = service.get("/sessions").await;
        assert_eq!(
            (status, &body["report"]["complete"]),
            (200, &true.into()),
            "{body}"
        );
        assert!(!body["items"].as_array().unwrap().is_empty());
        let (status, _, body) = service.messages().await;
        assert_eq!((status, &body["report"]["complete"]), (200, &true.into()));
        assert!(!body["items"].as_array().unwrap().is_empty());
        assert_eq!(body["report"]["complete_from"], "2026-11-14T00:00:00Z");
        assert_eq!(body["report"]["complete_through"], "2026-11-18T12:00:00Z");
    }

    #[tokio::test]
    async fn each_failure_has_its_status() {
        let unknown = Service::start(None, None).await;
        assert_eq!(unknown.get("/sessions/nobody/messages").await.0, 404);

        let secret = Service::start(Some("not-the-secret"), None).await;
        let (status, _, body) = secret.get("/sessions").await;
        assert_eq!(
            (status, &body["report"]["error"]["kind"]),
            (500, &"credentials".into())
        );

        let down = Service::start(None, Some("messages:times=0:status=503")).await;
        let (status, _, body) = down.messages().await;
        assert_eq!(
            (status, &body["report"]["error"]["kind"]),
            (503, &"outage".into())
        );

        let limit = "messages:times=0:status=429:header=Retry-After=60";
        let (status, retry_after, body) = Service::start(None, Some(limit)).await.messages().await;
        assert_eq!((status, retry_after), (503, Some(61)), "{body}");
        assert_eq!(body["report"]["error"]["kind"], "rate_limited");
    }
}
