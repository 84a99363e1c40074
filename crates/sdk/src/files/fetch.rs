//! One request for a file's bytes, and its redirects.

use reqwest::{
    Request, Response,
    header::{ACCEPT_ENCODING, HeaderValue, IF_RANGE, LOCATION, RANGE},
};
use url::Url;
use zoom_chat_reports_api::decoded;

use crate::{
    Error, ErrorKind,
    auth::AccessToken,
    error::zoom::RequestKind,
    operation::Operation,
    transport::{hosts::unsafe_url, parts::Parts, retry::failure::Failure},
};

/// The most redirects that one request follows.
const MOST_REDIRECTS: usize = 5;

/// The rest of a file whose transfer broke off.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    /// The first byte that is missing.
    pub(super) from: u64,
    /// The entity tag of the bytes already received.
    pub(super) tag: Option<HeaderValue>,
}

/// Requests a file, or the rest of one, and follows redirects. Returns the response, a 200, a 206 or
/// a 416, as soon as its head has arrived.
pub(super) async fn fetch(
    parts: &Parts,
    link: &Url,
    token: &AccessToken,
    rest: Option<&Rest>,
) -> Result<Response, Failure> {
    // Sockets run in real time. The deadline is for the head; the body has a lowest speed instead.
    tokio::time::timeout(parts.deadline, follow(parts, link, token, rest))
        .await
        .unwrap_or_else(|_| Err(Failure::of_deadline(parts.deadline)))
}

/// Follows redirects here, since the HTTP client would send the token to any host that it is redirected to.
async fn follow(
    parts: &Parts,
    link: &Url,
    token: &AccessToken,
    rest: Option<&Rest>,
) -> Result<Response, Failure> {
    let mut seen = vec![link.clone()];
    loop {
        let url = &seen[seen.len() - 1];
        let request = request(parts, url, token, rest).map_err(Failure::of_error)?;
        let response = parts
            .http
            .execute(request)
            .await
            .map_err(Failure::of_transport)?;
        if response.url() != url {
            return Err(refused("the HTTP client followed a redirect by itself"));
        }
        let Some(location) = redirect(&response) else {
            return read(parts, decoded(response)).await;
        };
        let location = location.ok_or_else(|| refused("a redirect leads nowhere"))?;
        let next = parts
            .links
            .read_redirect(url, &location)
            .map_err(Failure::of_error)?;
        if seen.contains(&next) {
            return Err(refused("redirects lead in a circle"));
        }
        if seen.len() > MOST_REDIRECTS {
            return Err(refused(format!("more than {MOST_REDIRECTS} redirects")));
        }
        seen.push(next);
    }
}

fn request(
    parts: &Parts,
    url: &Url,
    token: &AccessToken,
    rest: Option<&Rest>,
) -> Result<Request, Error> {
    let mut request = parts.http.get(url.clone());
    // Sizes, ranges and digests are those of the stored bytes.
    request = request.header(ACCEPT_ENCODING, "identity");
    if parts.links.take_token(url) {
        request = request.bearer_auth(token.expose());
    }
    if let Some(rest) = rest {
        request = request.header(RANGE, format!("bytes={}-", rest.from));
        if let Some(tag) = &rest.tag {
            request = request.header(IF_RANGE, tag);
        }
    }
    request.build().map_err(|_| {
        let cause = "the token has characters that a header must not contain";
        Error::new(ErrorKind::Credentials, cause)
    })
}

/// The location of a response that is a redirect.
fn redirect(response: &Response) -> Option<Option<String>> {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308).then(|| {
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        Some(location.to_owned())
    })
}

async fn read(parts: &Parts, response: Response) -> Result<Response, Failure> {
    // The file, a part of it, or that no such part is left.
    if matches!(response.status().as_u16(), 200 | 206 | 416) {
        return Ok(response);
    }
    let asked = RequestKind {
        carried_page_token: false,
        operation: Operation::Download,
    };
    Err(Failure::of_response(response, asked, parts.server_time.now()).await)
}

fn refused(cause: impl Into<String>) -> Failure {
    Failure::of_error(unsafe_url(cause))
}
