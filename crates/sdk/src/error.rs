//! The error type of this crate.

mod kind;
pub(crate) mod zoom;

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::clock;

pub use kind::{Again, ErrorKind};

/// The result of this crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something failed.
///
/// Neither its text nor its `Debug` holds a body, a token, the query of a URL or the words of Zoom's
/// message, since these may quote a chat.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: Option<Cow<'static, str>>,
    cause: String,
    status: Option<u16>,
    zoom_code: Option<i64>,
    tracking_id: Option<String>,
    retry: Option<Retry>,
    scopes: Vec<String>,
    hint: Option<String>,
    attempts: u32,
    elapsed: Option<Duration>,
    permanent: bool,
    refuses_token: bool,
    ends_run: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// When trying again makes sense.
#[derive(Clone, Copy)]
struct Retry {
    /// By the server's clock.
    at: DateTime<Utc>,
    /// The same as a time to wait, counted from when the error was returned.
    wait: Duration,
}

impl Error {
    /// The kind, which decides what can be done about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status, if there was a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The code in Zoom's error body.
    #[must_use]
    pub fn zoom_code(&self) -> Option<i64> {
        self.0.zoom_code
    }

    /// The id of the request in Zoom's logs; its support asks for it.
    #[must_use]
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// The earliest instant at which trying again makes sense, by the server's clock.
    #[must_use]
    pub fn retry_after(&self) -> Option<DateTime<Utc>> {
        self.0.retry.map(|retry| retry.at)
    }

    /// The same as a time to wait, counted from when the error was returned: the `Retry-After` of a service's response.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        self.0.retry.map(|retry| retry.wait)
    }

    /// The missing scopes, if Zoom named them.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// What a person can do about it, if known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref().or_else(|| self.0.kind.hint())
    }

    /// How many requests were made before giving up.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether credentials, scopes or the plan are at fault.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Credentials | ErrorKind::Scopes | ErrorKind::PaidPlan
        )
    }

    /// Whether a rate limit is at fault, per second or per day. This is true of an
    /// [outage](ErrorKind::Outage) too, if Zoom's last answer was that requests come too fast.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        let kind = self.0.kind;
        matches!(kind, ErrorKind::RateLimited | ErrorKind::DailyLimit) || self.0.status == Some(429)
    }

    /// Whether no answer came in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether trying again, unchanged, helps: at once, later, or never.
    #[must_use]
    pub fn again(&self) -> Again {
        match self.0.kind.again() {
            _ if self.0.permanent => Again::Never,
            // Until the wait that the server asked for is over, it does not answer.
            Again::Now if self.0.retry.is_some_and(|retry| !retry.wait.is_zero()) => Again::Later,
            again => again,
        }
    }

    /// Whether trying again, now or later, may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.again() != Again::Never
    }

    /// Whether every other request would fail now too, so that continuing with the next session does not help.
    #[must_use]
    pub fn ends_run(&self) -> bool {
        let kind = self.0.kind;
        self.0.ends_run
            || matches!(
                kind,
                ErrorKind::DailyLimit | ErrorKind::Outage | ErrorKind::Credentials
            )
    }

    /// Makes an error, for instance in a [`TokenSource`](crate::auth::TokenSource) or in a test.
    ///
    /// Its kind decides how this crate treats it: whether it is tried again ([`again`](Self::again)), whether it
    /// [ends a run](Self::ends_run), and the reason of a gap. `cause` is its text, which gets into logs: put
    /// neither a secret nor a part of a body into it.
    ///
    /// ```
    /// use zoom_chat_reports::{Again, Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Credentials, "the vault is sealed").with_hint("unseal it");
    /// assert_eq!(error.to_string(), "the vault is sealed");
    /// assert_eq!(error.again(), Again::Never);
    /// ```
    #[must_use]
    pub fn new(kind: ErrorKind, cause: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            cause: cause.into(),
            status: None,
            zoom_code: None,
            tracking_id: None,
            retry: None,
            scopes: Vec::new(),
            hint: None,
            attempts: 0,
            elapsed: None,
            permanent: false,
            refuses_token: false,
            ends_run: false,
            source: None,
        }))
    }

    /// An error for input that cannot be sent; the hint says what is allowed.
    #[must_use]
    pub(crate) fn invalid(cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, cause).with_hint(hint)
    }

    /// Sets the operation that failed, for instance `report/chat/sessions`.
    #[must_use]
    pub(crate) fn doing(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    #[must_use]
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    #[must_use]
    pub(crate) fn with_zoom_code(mut self, code: Option<i64>) -> Self {
        self.0.zoom_code = code;
        self
    }

    #[must_use]
    pub(crate) fn with_tracking_id(mut self, id: Option<String>) -> Self {
        self.0.tracking_id = id;
        self
    }

    #[must_use]
    pub(crate) fn with_retry(mut self, now: DateTime<Utc>, wait: Option<Duration>) -> Self {
        self.0.retry = wait.map(|wait| Retry {
            at: clock::add(now, wait),
            wait,
        });
        self
    }

    /// The same error, returned this long after it was made.
    #[must_use]
    pub(crate) fn after(mut self, passed: Duration) -> Self {
        if let Some(retry) = &mut self.0.retry {
            retry.wait = retry.wait.saturating_sub(passed);
        }
        self
    }

    /// Sets the answer that is at fault to that of another error.
    #[must_use]
    pub(crate) fn with_answer_of(mut self, other: &Self) -> Self {
        self.0.status = other.0.status;
        self.0.zoom_code = other.0.zoom_code;
        self.0.tracking_id.clone_from(&other.0.tracking_id);
        self
    }

    /// Sets the time to wait to that of another error.
    #[must_use]
    pub(crate) fn with_retry_of(mut self, other: &Self) -> Self {
        self.0.retry = other.0.retry;
        self
    }

    #[must_use]
    pub(crate) fn with_scopes(mut self, scopes: Vec<String>) -> Self {
        self.0.scopes = scopes;
        self
    }

    /// The same error with another kind.
    #[must_use]
    pub(crate) fn into_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets what a person can do about it, instead of the hint of its kind.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = Some(elapsed);
        self
    }

    /// Marks the error as one that trying again does not help, although its kind says that it may.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }

    /// Marks the error as a refusal of the request's token.
    #[must_use]
    pub(crate) fn refusing_token(mut self) -> Self {
        self.0.refuses_token = true;
        self
    }

    /// Marks the error as one that every other request of the run would meet.
    #[must_use]
    pub(crate) fn ending_run(mut self) -> Self {
        self.0.ends_run = true;
        self
    }

    pub(crate) fn refuses_token(&self) -> bool {
        self.0.refuses_token
    }

    /// Sets the error's source, whose text must also hold neither a secret nor a part of a body.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }
}

impl From<ErrorKind> for Error {
    /// An error whose text is the name of its kind.
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind, kind.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = &*self.0;
        if let Some(operation) = &error.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&error.cause)?;
        if let Some(code) = error.zoom_code {
            write!(f, " (Zoom code {code})")?;
        }
        if let Some(elapsed) = error.elapsed.filter(|_| error.attempts > 1) {
            let seconds = elapsed.as_secs_f64();
            write!(f, " after {} attempts in {seconds:.1} s", error.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind);
        debug.field("text", &self.to_string());
        if let Some(status) = self.0.status {
            debug.field("status", &status);
        }
        if let Some(id) = &self.0.tracking_id {
            debug.field("tracking_id", id);
        }
        if let Some(retry) = self.0.retry {
            debug.field("retry_after", &retry.at);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", &source.to_string());
        }
        debug.finish()
    }
}

impl Serialize for Error {
    /// Writes `kind`, `message`, `hint` and `retry_after`, for responses of services and for reports.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Error", 4)?;
        fields.serialize_field("kind", &self.kind())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("hint", &self.hint())?;
        fields.serialize_field("retry_after", &self.retry_after())?;
        fields.end()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source: &(dyn StdError + 'static) = self.0.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests;
