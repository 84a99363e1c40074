//! One request and its whole body.

use zoom_chat_reports_api as api;

use crate::{
    AccessToken, Error, ErrorKind,
    caller::{Answered, Parts, Request},
    error::zoom::Asked,
    failure::{Failure, Seen},
    http,
    limiter::Limiter,
    retry_after::RateHeaders,
};

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    Fixed(String),
    /// What the token says, if that is a host of Zoom's; else this.
    FromToken(String),
}

impl Base {
    pub(crate) fn url(&self, token: &AccessToken) -> String {
        match self {
            Self::Fixed(url) => url.clone(),
            Self::FromToken(default) => token
                .api_url()
                .and_then(http::zoom_base)
                .unwrap_or_else(|| default.clone()),
        }
    }
}

/// Sends one request, reads its whole body, and learns what the headers tell.
pub(crate) async fn send<R: Request>(
    parts: &Parts,
    request: &R,
    token: &AccessToken,
    limiter: &Limiter,
) -> Result<Answered<R::Answer>, Failure> {
    // Sockets live in real time, and so does this: not the clock's.
    tokio::time::timeout(parts.deadline, exchange(parts, request, token, limiter))
        .await
        .unwrap_or_else(|_| Err(Failure::of_deadline(parts.deadline)))
}

async fn exchange<R: Request>(
    parts: &Parts,
    request: &R,
    token: &AccessToken,
    limiter: &Limiter,
) -> Result<Answered<R::Answer>, Failure> {
    let call = api::Call::new(token.expose())
        .map_err(|_| {
            let cause = "the token holds characters that no header may hold";
            Failure::of_error(Error::new(ErrorKind::Credentials, cause))
        })?
        .with_parameters(request.parameters().clone())
        .with_max_body(parts.max_body)
        .with_floor(parts.floor);
    let base = parts.base.url(token);
    let client = api::Client::new_with_client(&base, parts.http.clone(), call.clone());
    let asked = Asked {
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
            server_date: date.unwrap_or(now),
            headers,
        }),
        Err(no) => {
            let seen = Seen {
                status,
                headers: &headers,
                now,
            };
            Err(Failure::of_no_answer(seen, no, asked))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_comes_from_the_token_only_when_it_is_zooms() {
        let base = Base::FromToken("https://api.zoom.us/v2".to_owned());
        let token = AccessToken::new("t").with_api_url("https://api-eu.zoom.us");
        assert_eq!(base.url(&token), "https://api-eu.zoom.us/v2");
        let token = AccessToken::new("t").with_api_url("https://zoom.us.attacker.example");
        assert_eq!(base.url(&token), "https://api.zoom.us/v2");
        let fixed = Base::Fixed("http://127.0.0.1/v2".to_owned());
        let token = AccessToken::new("t").with_api_url("https://api-eu.zoom.us");
        assert_eq!(fixed.url(&token), "http://127.0.0.1/v2");
    }
}
