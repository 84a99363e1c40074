//! Sends one request, and reads its whole body.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use zoom_chat_reports_api as api;

use crate::{
    Error, ErrorKind,
    auth::AccessToken,
    error::zoom::RequestKind,
    transport::{
        http,
        limiter::Limiter,
        memory::Reserved,
        parts::Parts,
        request::{Answered, Request},
        retry::failure::{Failure, ResponseHead},
        retry::retry_after::RateHeaders,
    },
};

/// How often a body that waits for memory is checked.
const LOOK: Duration = Duration::from_millis(200);

/// Sends one request, reads its whole body, and evaluates its headers.
pub(crate) async fn send<R: Request>(
    parts: &Parts,
    request: &R,
    token: &AccessToken,
    limiter: &Limiter,
    memory: Option<&Arc<Reserved>>,
) -> Result<Answered<R::Answer>, Failure> {
    let mut call = api::Call::new(token.expose())
        .map_err(|_| {
            let cause = "the token has characters that a header must not contain";
            Failure::of_error(Error::new(ErrorKind::Credentials, cause))
        })?
        .with_parameters(request.parameters())
        .with_max_body(parts.max_body)
        .with_floor(parts.floor);
    if let Some(memory) = memory {
        call = call.with_expected(memory.body(), memory.clone());
    }
    let exchange = exchange(parts, request, token, limiter, memory, &call);
    within(parts, &call, memory, exchange).await
}

/// Bounds the time of an exchange, and the time in which nothing comes. Neither includes waits for
/// memory: then we are slow, not the server.
async fn within<T>(
    parts: &Parts,
    call: &api::Call,
    memory: Option<&Arc<Reserved>>,
    exchange: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut exchange = pin!(exchange);
    // Sockets run in real time, and so does this timer.
    let began = Instant::now();
    let progress = || (call.observed().is_some(), call.received());
    let mut last = (progress(), began);
    loop {
        let waited = memory.map(|memory| memory.waited()).unwrap_or_default();
        let left = (parts.deadline + waited).saturating_sub(began.elapsed());
        let silent = parts.idle.map(|idle| idle.saturating_sub(last.1.elapsed()));
        let next = silent.map_or(left, |silent| silent.min(left));
        if let Ok(outcome) = tokio::time::timeout(next, &mut exchange).await {
            return outcome;
        }
        let now = progress();
        if memory.is_some_and(|memory| memory.is_waiting()) {
            // It is checked again after a while.
            last = (now, Instant::now());
            if let Ok(outcome) = tokio::time::timeout(LOOK, &mut exchange).await {
                return outcome;
            }
            continue;
        }
        if now != last.0 {
            last = (now, Instant::now());
        } else if parts.idle.is_some_and(|idle| last.1.elapsed() >= idle) {
            return Err(Failure::of_error(http::silent()));
        }
        let waited = memory.map(|memory| memory.waited()).unwrap_or_default();
        if began.elapsed() >= parts.deadline + waited {
            return Err(Failure::of_deadline(parts.deadline));
        }
    }
}

async fn exchange<R: Request>(
    parts: &Parts,
    request: &R,
    token: &AccessToken,
    limiter: &Limiter,
    memory: Option<&Arc<Reserved>>,
    call: &api::Call,
) -> Result<Answered<R::Answer>, Failure> {
    let base = parts.base.url(token);
    let client = api::Client::new_with_client(&base, parts.pages.clone(), call.clone());
    let asked = RequestKind {
        carried_page_token: request.carries_page_token(),
        operation: R::OPERATION,
    };

    let result = request.send(&client).await;
    let observed = call.observed();
    let date = observed.and_then(|seen| parts.server_time.learn(&seen.headers));
    let now = parts.server_time.now();
    if let Some(seen) = observed
        && let Some(limit) = RateHeaders::read(&seen.headers, now).per_second
    {
        limiter.lower(limit);
    }

    let response = match result {
        Ok(response) => response,
        Err(error) => return Err(Failure::of_api(error, observed, asked, now).await),
    };
    let status = response.status();
    let headers = response.headers().clone();
    match request.accept(response.into_inner()) {
        Ok(value) => Ok(Answered {
            value,
            tracking_id: http::tracking_id(&headers),
            body_bytes: call.received(),
            memory: memory.cloned(),
            server_date: date.unwrap_or(now),
            headers,
        }),
        Err(no) => {
            let seen = ResponseHead::new(status, &headers, now);
            Err(Failure::of_no_answer(seen, no, asked))
        }
    }
}
