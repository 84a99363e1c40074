//! From answers to HTTP responses: headers that every one has, and bodies that
//! break off.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use futures::stream;

use super::reply::Reply;
use super::shared::Shared;
use crate::hash;

/// Adds the headers of every response: the date by the sandbox's clock, and an id.
pub(crate) fn finish(shared: &Shared, nonce: u64, mut response: Response<Body>) -> Response<Body> {
    let date = shared.clock.now().format("%a, %d %b %Y %H:%M:%S GMT");
    let id = format!(
        "WEB_{}",
        hash::hex(hash::join(shared.settings.seed, &[5, nonce]), 32)
    );
    let headers = response.headers_mut();
    for (name, value) in [
        (DATE, date.to_string()),
        (HeaderName::from_static("x-zm-trackingid"), id),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            // A fault may have set its own.
            headers.entry(name).or_insert(value);
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
pub(crate) fn truncated(mut reply: Reply, bytes: usize) -> Response<Body> {
    reply.body.truncate(bytes);
    plain(reply, false)
}

/// The length of the whole body, but only its first bytes: then the connection breaks.
pub(crate) fn cut(reply: Reply, bytes: usize) -> Response<Body> {
    let mut response = frame(&reply, reply.body.len());
    let mut start = reply.body;
    start.truncate(bytes);
    let parts = stream::unfold(Some(start), |start| async move {
        match start {
            Some(start) if !start.is_empty() => Some((Ok(start), Some(Vec::new()))),
            Some(_) => {
                // What was given so far leaves before the break.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Err(io::Error::other("the connection was to break")), None))
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
