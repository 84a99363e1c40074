//! Sources of bearer tokens.

mod acceptance;
pub(crate) mod credentials;
mod secret;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::{Error, ErrorKind, Result};

pub(crate) use acceptance::Acceptance;
pub(crate) use secret::Secret;

/// Gives bearer tokens; implement it for tokens of your own.
pub trait TokenSource: Send + Sync {
    /// A token that is valid now.
    ///
    /// This is called for every request, so keep the token until shortly before it expires. `rejected` is the
    /// token that Zoom has just refused: return another one. If many tasks pass the same rejected token, make
    /// only one request.
    ///
    /// The caller may give up and drop the future. So fetch in a separate task: otherwise no caller gets a token if
    /// the fetch takes longer than each of them waits. Only the timeout of a reading ends a source that never answers.
    ///
    /// Within a run, a source that fails is asked again, unless its error is final
    /// ([`Again::Never`](crate::Again::Never)) or [ends the run](Error::ends_run).
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] when there is no token and trying again does not help.
    fn token<'a>(&'a self, rejected: Option<&'a AccessToken>)
    -> BoxFuture<'a, Result<AccessToken>>;
}

/// A bearer token. Its `Debug` does not show it.
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    secret: Secret,
    /// Differs between two tokens; copies of one token share it.
    generation: u64,
    api_url: Option<String>,
    scopes: Vec<String>,
    expires: Option<DateTime<Utc>>,
}

impl AccessToken {
    /// A token.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        Self(Arc::new(Inner {
            secret: Secret::new(secret),
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            api_url: None,
            scopes: Vec::new(),
            expires: None,
        }))
    }

    /// Sets the API's address that came with the token, without the version (`/v2`).
    #[must_use]
    pub fn with_api_url(mut self, url: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).api_url = Some(url.into());
        self
    }

    /// Sets the scopes that were granted with the token.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Vec<String>) -> Self {
        Arc::make_mut(&mut self.0).scopes = scopes;
        self
    }

    /// Sets when the token expires.
    #[must_use]
    pub fn with_expiry(mut self, instant: DateTime<Utc>) -> Self {
        Arc::make_mut(&mut self.0).expires = Some(instant);
        self
    }

    /// The API's address that came with the token, if any.
    #[must_use]
    pub fn api_url(&self) -> Option<&str> {
        self.0.api_url.as_deref()
    }

    /// The granted scopes, as far as they are known.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// When the token expires, by the server's clock, if known.
    #[must_use]
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.0.expires
    }

    /// Whether both are copies of one token.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.generation == other.0.generation
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.secret.expose()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("secret", &self.0.secret)
            .field("scopes", &self.0.scopes)
            .field("expires", &self.0.expires)
            .finish_non_exhaustive()
    }
}

/// A token that was fetched elsewhere; it is never renewed.
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// A source that always gives this token.
    #[must_use]
    pub fn new(token: AccessToken) -> Self {
        Self(token)
    }
}

impl TokenSource for StaticToken {
    fn token<'a>(
        &'a self,
        rejected: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async move {
            match rejected {
                None => Ok(self.0.clone()),
                Some(_) => Err(Error::new(
                    ErrorKind::Credentials,
                    "the token was rejected, and there is no source of another one",
                )
                .with_hint("give a new token, or credentials that can fetch one")),
            }
        })
    }
}
