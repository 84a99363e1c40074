//! Answers each request: latency, faults, the operation, the statistics.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Request, Response};

use super::call::{Call, query_of};
use super::reply::Reply;
use super::route::Route;
use super::{control, guard, latency, report, respond};
use crate::fault::FaultAction;
use crate::render::json::Object;
use crate::state::stats::ReportRequest;
use crate::state::{Shared, lock};

/// The longest request body that is read, in bytes.
const LONGEST_BODY: usize = 1 << 20;
/// Parameters that have a field of [`ReportRequest`], or are secrets.
const NOT_REMEMBERED: [&str; 4] = ["from", "to", "next_page_token", "access_token"];

/// Answers any request.
pub(crate) async fn serve(shared: Arc<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let nonce = shared.nonce.fetch_add(1, Ordering::Relaxed);
    let body = match to_bytes(body, LONGEST_BODY).await {
        Ok(body) => body,
        Err(_) => {
            let reply = Reply::error(413, 413, "The request body is too long, or broke off.");
            return respond::finish(&shared, nonce, respond::plain(reply, false));
        }
    };
    let route = Route::of(parts.uri.path());
    if let Route::Control(what) = &route {
        let answer = match route.refuses(parts.method.as_str()) {
            Some(refusal) => Err(refusal),
            None => control::answer(
                &shared,
                parts.method.as_str(),
                what,
                parts.uri.query(),
                &body,
            ),
        };
        let response = answer.unwrap_or_else(|reply| respond::plain(reply, false));
        return respond::finish(&shared, nonce, response);
    }
    // A request is judged in the middle of its latency: half of the latency passes before it
    // arrives, and half while its answer returns.
    let one_way = latency::one_way(&shared.settings, nonce);
    latency::pass(one_way).await;
    let response = api(&shared, &route, &parts, &body, nonce).await;
    let response = respond::finish(&shared, nonce, response);
    latency::pass(one_way).await;
    response
}

/// Answers one request of the API that arrives now, faults included.
async fn api(
    shared: &Shared,
    route: &Route,
    parts: &Parts,
    body: &[u8],
    nonce: u64,
) -> Response<Body> {
    let arrived = Instant::now();
    let mut call = Call {
        shared,
        operation: route.operation().unwrap_or_default(),
        path: parts.uri.path(),
        query: query_of(parts.uri.query()),
        headers: &parts.headers,
        now: shared.clock.now(),
        arrived,
        nonce,
        fault: FaultAction::default(),
    };
    let is_report = matches!(route, Route::Messages(_) | Route::Sessions);
    let at_ms = is_report.then(|| lock(&shared.stats).arrived(arrived));
    let fault = route.operation().and_then(|operation| {
        lock(&shared.faults).pick(operation, route.session(), call.page_number())
    });
    call.fault = fault.unwrap_or_default();
    if let Some(delay) = call.fault.delay_ms {
        tokio::time::sleep(Duration::from_millis(delay)).await;
        call.now = shared.clock.now();
    }
    let reply = call.reply(route, parts.method.as_str(), body);
    call.record(route, at_ms, reply.status);
    respond::with_fault(
        reply,
        &call.fault,
        parts.method == "HEAD",
        shared.clock.now(),
    )
}

impl Call<'_> {
    fn reply(&self, route: &Route, method: &str, body: &[u8]) -> Reply {
        let fault = &self.fault;
        if fault.expire_token
            && let Some(token) = guard::bearer(self.headers)
        {
            lock(&self.shared.tokens).revoke(token);
        }
        if fault.expire_page_token
            && let Some(token) = self.value("next_page_token")
        {
            lock(&self.shared.revoked_pages).insert(token.to_owned());
        }
        if fault.replaces() {
            return Reply {
                status: fault.status.unwrap_or(200),
                headers: fault
                    .headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
                body: match (&fault.body, fault.error_page) {
                    (Some(body), _) => body.clone().into_bytes(),
                    (None, Some(code)) => self.error_page(code).into_bytes(),
                    (None, None) => Vec::new(),
                },
            };
        }
        if let Some(refusal) = route.refuses(method) {
            return refusal;
        }
        match route {
            Route::Token => self.token(body),
            Route::Sessions => self.sessions(),
            Route::Messages(id) => self.messages(id),
            Route::File(id) => self.file(id),
            Route::Download(id) => self.download(id),
            Route::AccountSettings(id) => self.account_settings(id),
            Route::Control(_) | Route::Unknown => {
                Reply::error(404, 404, "The API has no such operation.")
            }
        }
    }

    /// An error body that echoes the dates asked for, as a page does.
    fn error_page(&self, code: u32) -> String {
        let mut body = String::new();
        let mut object = Object::open(&mut body, false);
        object.number("code", i64::from(code));
        object.text("message", "The request cannot be answered.");
        for name in ["from", "to"] {
            if let Some(date) = self.value(name) {
                object.text(name, date);
            }
        }
        object.close();
        body
    }

    /// Writes the request into the statistics.
    fn record(&self, route: &Route, at_ms: Option<u64>, status: u16) {
        let operation = route
            .operation()
            .map_or_else(|| "other".to_owned(), |operation| operation.to_string());
        let mut recorder = lock(&self.shared.stats);
        recorder.answered(&operation, status);
        let Some(at_ms) = at_ms else { return };
        for name in report::unknown_parameters(&self.query, matches!(route, Route::Messages(_))) {
            recorder.unknown_parameter(name);
        }
        let value = |name| self.value(name).map(str::to_owned);
        recorder.remember(ReportRequest {
            at_ms,
            operation,
            session_id: route.session().map(str::to_owned),
            from: value("from"),
            to: value("to"),
            page_token: value("next_page_token").is_some_and(|token| !token.is_empty()),
            parameters: self
                .query
                .iter()
                .filter(|(name, _)| !NOT_REMEMBERED.contains(&name.as_str()))
                .cloned()
                .collect(),
            status,
        });
    }
}
