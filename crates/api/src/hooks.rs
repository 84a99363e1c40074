//! What happens around every generated request.

use futures::{StreamExt, future, stream};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Body, Request, Response, header};

use crate::{BodyTooLarge, Call, Client, Observed};

impl ClientHooks<Call> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let call = self.inner();
        let headers = request.headers_mut();
        // The generator sends the document's version on every request
        // (progenitor #1120); Zoom knows no such header.
        headers.remove("api-version");
        headers.insert(header::AUTHORIZATION, call.authorization.clone());
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
        Ok(capped(response, call.max_body))
    }
}

/// The same response, whose body fails once it grows beyond `limit` bytes.
///
/// The generated client reads bodies without a cap. Built anew from its parts,
/// the response also forgets its URL, which so cannot get into an error's text.
fn capped(response: Response, limit: u64) -> Response {
    let mut parts = http::Response::new(());
    *parts.status_mut() = response.status();
    *parts.headers_mut() = response.headers().clone();
    let body = response.bytes_stream();
    let body = body.scan(0u64, move |read, chunk| {
        future::ready(Some(match chunk {
            Ok(chunk) => {
                *read = read.saturating_add(chunk.len() as u64);
                if *read > limit {
                    Err(BoxError::from(BodyTooLarge { limit }))
                } else {
                    Ok(chunk)
                }
            }
            Err(error) => Err(BoxError::from(error.without_url())),
        }))
    });
    // Nothing is read after the first error.
    let body = stream::unfold(Some(Box::pin(body)), |body| async {
        let mut body = body?;
        let chunk = body.next().await?;
        let rest = chunk.is_ok().then_some(body);
        Some((chunk, rest))
    });
    Response::from(parts.map(|()| Body::wrap_stream(body)))
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
