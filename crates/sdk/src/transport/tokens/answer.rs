//! Answers of the token endpoint.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Error, ErrorKind,
    error::zoom::{OAuthError, RequestKind, Verdict},
    operation::Operation,
    transport::{
        http,
        retry::failure::{Failure, ResponseHead},
    },
};

const USUAL_LIFE: Duration = Duration::from_secs(3600);
const LONGEST_BODY: usize = 1024 * 1024;

/// The meaning of a response of the token endpoint without a token.
pub(super) fn refusal(seen: ResponseHead<'_>, body: &[u8]) -> Failure {
    let asked = RequestKind {
        carried_page_token: false,
        operation: Operation::Token,
    };
    let mut failure = Failure::of_body(seen, body, asked);
    let status = seen.status;
    let is_json = body.trim_ascii_start().starts_with(b"{");
    let busy = matches!(failure.verdict, Verdict::Transient | Verdict::RateLimited);
    match failure.zoom.oauth {
        Some(oauth) if status.as_u16() < 500 && !busy => {
            failure.verdict = Verdict::Final(ErrorKind::Credentials);
            failure.error =
                credentials_error(oauth, status).with_tracking_id(http::tracking_id(seen.headers));
        }
        _ if busy || status.is_redirection() || status.is_server_error() => {}
        // A gateway answers instead of Zoom: a few more attempts.
        _ if !is_json => {
            failure.verdict = Verdict::NoAnswer;
            failure.error = Error::new(
                ErrorKind::UnreadableBody,
                format!("{status} without a token"),
            )
            .with_status(status.as_u16())
            .with_hint(
                "check the token URL and whether a proxy answers instead of it, and try again",
            );
        }
        _ => {}
    }
    failure
}

fn credentials_error(oauth: OAuthError, status: StatusCode) -> Error {
    let (word, hint) = match oauth {
        OAuthError::InvalidClient => (
            "invalid_client",
            "check the client id and the client secret; a regenerated secret is a usual cause",
        ),
        OAuthError::InvalidRequest => (
            "invalid_request",
            "check the account id: it is the one on the app's page, not the account number",
        ),
        OAuthError::UnsupportedGrantType => (
            "unsupported_grant_type",
            "the app must be of the type Server-to-Server OAuth",
        ),
        OAuthError::Other => (
            "the credentials were refused",
            "check the credentials, and that the app is activated",
        ),
    };
    Error::new(ErrorKind::Credentials, format!("{status}: {word}"))
        .with_status(status.as_u16())
        .with_hint(hint)
}

pub(super) async fn read_body(response: reqwest::Response) -> Result<Vec<u8>, Failure> {
    match http::read_start(response, LONGEST_BODY).await {
        (body, None) => Ok(body),
        (_, Some(error)) => Err(Failure::of_transport(error)),
    }
}

pub(super) struct TokenBody {
    pub(super) access_token: String,
    pub(super) expires_in: Option<u64>,
    pub(super) scopes: Vec<String>,
    pub(super) api_url: Option<String>,
}

impl TokenBody {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Wire {
            access_token: String,
            #[serde(default)]
            expires_in: Value,
            #[serde(default)]
            scope: Value,
            #[serde(default)]
            api_url: Value,
        }
        let wire: Wire = serde_json::from_slice(body).ok()?;
        if wire.access_token.trim().is_empty() {
            return None;
        }
        let expires_in = wire
            .expires_in
            .as_u64()
            .or_else(|| wire.expires_in.as_str()?.trim().parse().ok());
        let scopes = wire.scope.as_str().unwrap_or_default();
        Some(Self {
            access_token: wire.access_token,
            expires_in,
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            api_url: wire.api_url.as_str().map(str::to_owned),
        })
    }

    pub(super) fn life(&self) -> Duration {
        match self.expires_in {
            None | Some(0) => USUAL_LIFE,
            Some(seconds) => Duration::from_secs(seconds.min(7 * 24 * 3600)),
        }
    }
}
