//! Hooks around every generated request: headers before it, limits on its body after it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{
    Body, Request, Response,
    header::{self, HeaderValue},
};

use crate::{
    BodyTooLarge, Call, Client, Meter, Observed, Outgrown, byte_order_mark::Mark,
    content_encoding::BoxError, decoded,
};

impl ClientHooks<Call> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let call = self.inner();
        let headers = request.headers_mut();
        // The generator sends the document's version on every request
        // (progenitor #1120); Zoom knows no such header.
        headers.remove("api-version");
        headers.insert(header::AUTHORIZATION, call.authorization.clone());
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if !call.parameters.is_empty() {
            request
                .url_mut()
                .query_pairs_mut()
                .extend_pairs(call.parameters.iter());
        }
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let call = self.inner();
        let response = self.client().execute(request).await?;
        let _ = call.observed.set(Observed {
            status: response.status(),
            headers: response.headers().clone(),
        });
        Ok(guarded(decoded(response), call))
    }
}

/// The same response without a byte-order mark. Its body fails if it grows beyond the call's cap or
/// arrives too slowly.
///
/// The generated client reads bodies without a cap. The response is built anew from its parts, so it
/// also forgets its URL, which then cannot appear in an error's text. Speed is measured in real
/// time, since sockets know no other.
fn guarded(response: Response, call: &Call) -> Response {
    let mut parts = http::Response::new(());
    *parts.status_mut() = response.status();
    *parts.headers_mut() = response.headers().clone();
    let guard = Guard {
        left: call.max_body,
        limit: call.max_body,
        meter: Meter::new(call.floor),
        mark: Mark::default(),
        expected: call.expected.clone(),
        received: call.received.clone(),
    };
    let body = Box::pin(response.bytes_stream());
    // Nothing is read after the first error, nor after the end.
    let body = stream::unfold(Some((body, guard)), |state| async {
        let (mut body, mut guard) = state?;
        let asked = Instant::now();
        let Some(chunk) = body.next().await else {
            return Some((Ok(guard.mark.end()), None));
        };
        let chunk = guard.admit(chunk, asked.elapsed());
        guard.wait_for_room().await;
        let rest = chunk.is_ok().then_some((body, guard));
        Some((chunk, rest))
    });
    Response::from(parts.map(|()| Body::wrap_stream(body)))
}

struct Guard {
    left: u64,
    limit: u64,
    meter: Meter,
    mark: Mark,
    /// The expected size, and the grantor of memory beyond it.
    expected: Option<(u64, Arc<dyn Outgrown>)>,
    received: Arc<AtomicU64>,
}

impl Guard {
    async fn wait_for_room(&mut self) {
        let received = self.received.load(Relaxed);
        let outgrown = self.expected.take_if(|(bytes, _)| received > *bytes);
        if let Some((_, outgrown)) = outgrown {
            outgrown.outgrown().await;
        }
    }

    fn admit(
        &mut self,
        chunk: reqwest::Result<Bytes>,
        waited: Duration,
    ) -> Result<Bytes, BoxError> {
        let chunk = chunk.map_err(reqwest::Error::without_url)?;
        let bytes = chunk.len() as u64;
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or(BodyTooLarge { limit: self.limit })?;
        self.received.fetch_add(bytes, Relaxed);
        self.meter.arrived(bytes, waited)?;
        Ok(self.mark.strip(chunk))
    }
}
