//! Turns answers into HTTP responses: the headers that every response has, and
//! bodies that break off.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use chrono::{DateTime, Utc};
use futures::stream;

use super::reply::Reply;
use crate::fault::FaultAction;
use crate::hash;
use crate::state::Shared;

/// Adds the headers of every response: the date by the sandbox's clock, and an id.
pub(crate) fn finish(shared: &Shared, nonce: u64, mut response: Response<Body>) -> Response<Body> {
    let date = shared.clock.date_header();
    let id = format!(
        "WEB_{}",
        hash::hex(hash::join(shared.settings.seed, &[5, nonce]), 32)
    );
    let silent = response.extensions().get::<Dateless>().is_some();
    let headers = response.headers_mut();
    for (name, value) in [
        (DATE, date),
        (HeaderName::from_static("x-zm-trackingid"), id),
    ] {
        if name == DATE && silent {
            continue;
        }
        if let Ok(value) = HeaderValue::from_str(&value) {
            // A fault may have set this header already.
            headers.entry(name).or_insert(value);
        }
    }
    response
}

/// Marks a response that is to have no date.
#[derive(Clone, Copy, Debug)]
struct Dateless;

/// The answer, changed by the fault.
pub(crate) fn with_fault(
    mut reply: Reply,
    fault: &FaultAction,
    head: bool,
    now: DateTime<Utc>,
) -> Response<Body> {
    if let Some(encoding) = fault.encoding {
        let (body, coding) = encoding.apply(&reply.body);
        reply.body = body;
        if let Some(coding) = coding {
            reply = reply.with("content-encoding", coding);
        }
    }
    for (name, value) in &fault.add_headers {
        reply
            .headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        reply = reply.with(name, value.as_str());
    }
    let mut response = match (fault.cut_after, fault.truncate_body) {
        (Some(bytes), _) => cut(reply, bytes),
        (None, Some(bytes)) => truncated(reply, bytes),
        (None, None) => plain(reply, head),
    };
    match fault.date.as_ref().map(|date| date.header(now)) {
        None => {}
        Some(None) => {
            response.extensions_mut().insert(Dateless);
        }
        Some(Some(date)) => {
            if let Ok(date) = HeaderValue::from_str(&date) {
                response.headers_mut().insert(DATE, date);
            }
        }
    }
    response
}

/// The answer as it is; to HEAD, without its body.
pub(crate) fn plain(reply: Reply, head: bool) -> Response<Body> {
    let length = reply.body.len();
    let mut response = frame(&reply, length);
    if !head {
        *response.body_mut() = Body::from(reply.body);
    }
    response
}

/// The first bytes of the body, with a length that fits them.
fn truncated(mut reply: Reply, bytes: usize) -> Response<Body> {
    reply.body.truncate(bytes);
    plain(reply, false)
}

/// The length of the whole body, but only its first bytes: then the connection breaks.
fn cut(reply: Reply, bytes: usize) -> Response<Body> {
    let mut response = frame(&reply, reply.body.len());
    let mut start = reply.body;
    start.truncate(bytes);
    let parts = stream::unfold(Some(start), |start| async move {
        match start {
            Some(start) if !start.is_empty() => Some((Ok(start), Some(Vec::new()))),
            Some(_) => {
                // The bytes given so far are sent before the connection breaks.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((
                    Err(io::Error::other("the fault breaks the connection")),
                    None,
                ))
            }
            None => None,
        }
    });
    *response.body_mut() = Body::from_stream(parts);
    response
}

fn frame(reply: &Reply, length: usize) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            headers.append(name, value);
        }
    }
    if response.status() != StatusCode::NO_CONTENT && response.status() != StatusCode::NOT_MODIFIED
    {
        response
            .headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    response
}
