//! How a request failed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Response, StatusCode, header::HeaderMap};
use zoom_chat_reports_api::{Error as ApiError, Judged, Observed};

use crate::{
    Again, Error, ErrorKind, clock,
    error::zoom::{RequestKind, Verdict, ZoomError},
    transport::{
        http,
        request::NotAnAnswer,
        retry::RetryPolicy,
        retry::attempts::Attempts,
        retry::retry_after::{RateHeaders, next_midnight},
    },
};

/// The pause after a 429 that gives no usable hint, before jitter.
const UNHINTED_PAUSE: Duration = Duration::from_secs(1);
/// How many bytes of an error body are read; no useful one is longer.
const ERROR_BODY: usize = 64 * 1024;

/// A request without an answer: what to do about it, and the error if nothing helps.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) verdict: Verdict,
    pub(crate) zoom: ZoomError,
    /// How long the server asks to wait.
    pub(crate) wait: Option<Duration>,
    /// Whether the daily limit is at fault, not the limit per second.
    pub(crate) daily: bool,
}

/// Status and headers of a response, with the time at which to judge them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseHead<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) now: DateTime<Utc>,
}

impl<'a> ResponseHead<'a> {
    pub(crate) fn new(status: StatusCode, headers: &'a HeaderMap, now: DateTime<Utc>) -> Self {
        Self {
            status,
            headers,
            now,
        }
    }
}

impl Failure {
    /// The failure of an error of the generated client, which must never be formatted: it quotes bodies.
    pub(crate) async fn of_api(
        error: ApiError<()>,
        observed: Option<&Observed>,
        asked: RequestKind,
        now: DateTime<Utc>,
    ) -> Self {
        match error {
            ApiError::UnexpectedResponse(response) => Self::of_response(response, asked, now).await,
            ApiError::CommunicationError(error)
            | ApiError::ResponseBodyError(error)
            | ApiError::InvalidUpgrade(error) => Self::of_transport(error),
            // The text of a broken success may be chat, so it is never searched.
            ApiError::InvalidResponsePayload(_, error) => {
                let Some(seen) = observed else {
                    return Self::unsent("a response without a status");
                };
                let (line, column) = (error.line(), error.column());
                let wrong = format!("with no JSON (line {line}, column {column})");
                let seen = ResponseHead::new(seen.status, &seen.headers, now);
                Self::of_no_answer(seen, unreadable(asked, &wrong), asked)
            }
            ApiError::InvalidRequest(_) => Self::unsent("a parameter is missing or not usable"),
            ApiError::ErrorResponse(_) | ApiError::Custom(_) => Self::unsent("a hook failed"),
        }
    }

    /// The failure of a response that is not a success.
    pub(crate) async fn of_response(
        response: Response,
        asked: RequestKind,
        now: DateTime<Utc>,
    ) -> Self {
        let status = response.status();
        let headers = response.headers().clone();
        let (body, broken) = http::read_start(response, ERROR_BODY).await;
        let seen = ResponseHead::new(status, &headers, now);
        let failure = Self::of_body(seen, &body, asked);
        match broken {
            // The missing part of the body might name a cause that is not final, such as an expired page token.
            Some(error)
                if failure.zoom.code.is_none() && matches!(failure.verdict, Verdict::Final(_)) =>
            {
                Self::of_transport(error)
            }
            _ => failure,
        }
    }

    /// The failure of a success that is not an answer.
    pub(crate) fn of_no_answer(
        seen: ResponseHead<'_>,
        no: NotAnAnswer,
        asked: RequestKind,
    ) -> Self {
        match no {
            NotAnAnswer::ZoomError(raw) => {
                let undocumented = "with an error that is not documented";
                let detail = expecting(asked, undocumented);
                Self::of_zoom(seen, ZoomError::of_object(&raw), asked, &detail)
            }
            NotAnAnswer::Unreadable(detail) => {
                Self::of_zoom(seen, ZoomError::default(), asked, &detail)
            }
        }
    }

    /// The failure of an error of the HTTP client.
    pub(crate) fn of_transport(error: reqwest::Error) -> Self {
        Self::of_error(http::transport(error))
    }

    /// The failure of a request that took too long.
    pub(crate) fn of_deadline(deadline: Duration) -> Self {
        let cause = format!("no complete answer in {} s", deadline.as_secs_f64());
        Self::of_error(Error::new(ErrorKind::Timeout, cause))
    }

    /// The failure of any response that is not an answer, from its body.
    pub(crate) fn of_body(seen: ResponseHead<'_>, body: &[u8], asked: RequestKind) -> Self {
        if seen.status.is_success() {
            return Self::of_no_answer(seen, judge(body, asked), asked);
        }
        let body = &body[..body.len().min(ERROR_BODY)];
        Self::of_zoom(seen, ZoomError::parse(body), asked, "")
    }

    fn of_zoom(seen: ResponseHead<'_>, zoom: ZoomError, asked: RequestKind, detail: &str) -> Self {
        let status = seen.status;
        let verdict = zoom.verdict(status.as_u16(), asked);
        let rate = RateHeaders::read(seen.headers, seen.now);
        let mut error = Error::new(verdict.kind(), cause(status, verdict, &zoom, detail))
            .with_status(status.as_u16())
            .with_zoom_code(zoom.code)
            .with_tracking_id(http::tracking_id(seen.headers))
            .with_scopes(zoom.scopes.clone());
        if let Some(hint) = hint(status, verdict, &zoom) {
            error = error.with_hint(hint);
        }
        Self {
            error,
            verdict,
            wait: rate.wait,
            daily: rate.daily || (zoom.says_daily && !rate.of_the_second),
            zoom,
        }
    }

    /// A failure that trying again does not help, or that was tried often enough.
    pub(crate) fn fatal(error: Error) -> Self {
        Self {
            verdict: Verdict::Final(error.kind()),
            ..Self::of_error(error)
        }
    }

    /// The failure of a body that is not what was asked for, or not all of it.
    pub(crate) fn broken(cause: &str) -> Self {
        Self::of_error(Error::new(ErrorKind::Transport, cause))
    }

    pub(crate) fn of_error(error: Error) -> Self {
        let verdict = if error.again() == Again::Now {
            Verdict::Transient
        } else {
            Verdict::Final(error.kind())
        };
        Self {
            error,
            verdict,
            zoom: ZoomError::default(),
            wait: None,
            daily: false,
        }
    }

    /// How long no request is sent after a 429: as long as it asks, otherwise a random time of at least a second.
    pub(crate) fn pause(&self, attempts: &Attempts<'_>) -> Duration {
        self.wait
            .unwrap_or_else(|| UNHINTED_PAUSE.max(attempts.backoff()))
    }

    /// The wait that a 429 asks for. A daily limit ends with the day, even if the given instant is in the past.
    pub(crate) fn asked(&self, now: DateTime<Utc>) -> Option<Duration> {
        if self.daily && self.wait.is_none_or(|wait| wait.is_zero()) {
            return (next_midnight(now) - now).to_std().ok();
        }
        self.wait
    }

    /// The error of a limit that asks for a longer wait than the policy allows; it ends a run. Our own backoff is
    /// never too long, since the server did not ask for it.
    pub(crate) fn not_waited_for(&self, policy: &RetryPolicy, now: DateTime<Utc>) -> Option<Error> {
        if self.verdict != Verdict::RateLimited {
            return None;
        }
        let wait = self
            .asked(now)
            .filter(|wait| *wait > policy.longest_wait())?;
        let (kind, cause) = if self.daily {
            (ErrorKind::DailyLimit, "the requests of the day are used up")
        } else {
            let cause = "Zoom's rate limit asks for a longer wait than the retry policy allows";
            (ErrorKind::RateLimited, cause)
        };
        let at = clock::add(now, wait).format("%Y-%m-%dT%H:%M:%SZ");
        let error = Error::new(kind, cause)
            .with_answer_of(&self.error)
            .with_retry(now, Some(wait))
            .with_hint(format!("try again after {at}"))
            .ending_run();
        Some(error)
    }

    fn unsent(cause: &str) -> Self {
        Self::of_error(Error::new(ErrorKind::InvalidInput, cause))
    }
}

impl Verdict {
    fn kind(self) -> ErrorKind {
        match self {
            Self::Final(kind) => kind,
            Self::TokenRejected => ErrorKind::Credentials,
            Self::RateLimited => ErrorKind::RateLimited,
            Self::Transient => ErrorKind::Server,
            Self::NoAnswer => ErrorKind::UnreadableBody,
        }
    }
}

/// Judges the body of a success that was not accepted as an answer.
fn judge(body: &[u8], asked: RequestKind) -> NotAnAnswer {
    let Some(expected) = asked.operation.expected() else {
        return unreadable(asked, "without content");
    };
    // Text that is not UTF-8 is not JSON either.
    let body = str::from_utf8(body).unwrap_or_default();
    match expected.judge(body) {
        Judged::Error => NotAnAnswer::ZoomError(body.to_owned()),
        Judged::Neither(text) => NotAnAnswer::Unreadable(text),
        _ => unreadable(asked, "with an answer that cannot be used"),
    }
}

fn unreadable(asked: RequestKind, wrong: &str) -> NotAnAnswer {
    NotAnAnswer::Unreadable(expecting(asked, wrong))
}

/// Says what is wrong with a success, and what was expected instead.
fn expecting(asked: RequestKind, wrong: &str) -> String {
    match asked.operation.expected() {
        Some(expected) => expected.missing(wrong),
        None => wrong.to_owned(),
    }
}

fn cause(status: StatusCode, verdict: Verdict, zoom: &ZoomError, detail: &str) -> String {
    if verdict == Verdict::NoAnswer {
        return format!("{status} {detail}");
    }
    if verdict == Verdict::Final(ErrorKind::Scopes) && !zoom.scopes.is_empty() {
        return format!("{status}: scopes missing: {}", zoom.scopes.join(", "));
    }
    format!("{status}{}", zoom.fields_text())
}

fn hint(status: StatusCode, verdict: Verdict, zoom: &ZoomError) -> Option<String> {
    match verdict {
        Verdict::Final(ErrorKind::Scopes) if !zoom.scopes.is_empty() => Some(format!(
            "add one of these scopes to the app, and activate it again: {}",
            zoom.scopes.join(", ")
        )),
        Verdict::Final(ErrorKind::Scopes) if zoom.says_role => Some(
            "the role of the app's owner lacks the permission for chat reports: give it in Zoom's role management"
                .to_owned(),
        ),
        Verdict::Final(ErrorKind::Refused) if status.is_redirection() => {
            Some("redirects are not followed: check the base URL".to_owned())
        }
        Verdict::Final(ErrorKind::Refused) if status == StatusCode::FORBIDDEN => {
            Some("check the app's scopes and the role of its owner".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
