//! One request's token, parameters and limits, and the record of its response.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use futures::future::BoxFuture;
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderValue, InvalidHeaderValue},
};

use crate::Floor;

/// Largest body that is read when a [`Call`] does not say otherwise: 64 MiB, after decompression.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// One request's bearer token, further query parameters, cap on the body and floor under its
/// speed.
///
/// It is the inner value of the generated client; make a client for each call
/// (`Client::new_with_client` is cheap) and ask the call afterwards what it
/// [`observed`](Self::observed).
#[derive(Clone)]
pub struct Call {
    pub(crate) authorization: HeaderValue,
    pub(crate) parameters: Arc<[(String, String)]>,
    pub(crate) max_body: u64,
    pub(crate) floor: Floor,
    pub(crate) expected: Option<(u64, Arc<dyn Outgrown>)>,
    pub(crate) received: Arc<AtomicU64>,
    pub(crate) observed: Arc<OnceLock<Observed>>,
}

/// Grants memory to a body that grows beyond its expected size.
pub trait Outgrown: Send + Sync {
    /// Waits until there is memory for the rest; the body is not read during the wait.
    fn outgrown(&self) -> BoxFuture<'_, ()>;
}

impl Call {
    /// A call with a bearer token.
    ///
    /// # Errors
    /// When the token holds characters that no header may hold.
    pub fn new(bearer_token: &str) -> Result<Self, InvalidHeaderValue> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {bearer_token}"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            authorization,
            parameters: Arc::default(),
            max_body: MAX_BODY,
            floor: Floor::default(),
            expected: None,
            received: Arc::default(),
            observed: Arc::default(),
        })
    }

    /// Adds query parameters that the document does not know.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Arc<[(String, String)]>) -> Self {
        self.parameters = parameters;
        self
    }

    /// Reads at most this many bytes of the body, after decompression.
    #[must_use]
    pub fn with_max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Gives up a body that arrives more slowly than this, after decompression.
    #[must_use]
    pub fn with_floor(mut self, floor: Floor) -> Self {
        self.floor = floor;
        self
    }

    /// Expects a body of this many bytes, after decompression. Before more of it is read, `outgrown` is
    /// asked once.
    #[must_use]
    pub fn with_expected(mut self, bytes: u64, outgrown: Arc<dyn Outgrown>) -> Self {
        self.expected = Some((bytes, outgrown));
        self
    }

    /// The bytes of the body that were read, after decompression.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// Status and headers of the response, once they have arrived.
    #[must_use]
    pub fn observed(&self) -> Option<&Observed> {
        self.observed.get()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// Status and headers of a response.
///
/// The generated client drops them when a body cannot be decoded.
#[derive(Clone)]
#[non_exhaustive]
pub struct Observed {
    /// The HTTP status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A body was longer than the call's cap; found in the source chain of the client's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyTooLarge {
    /// The cap in bytes.
    pub limit: u64,
}

impl fmt::Display for BodyTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body is longer than {} bytes", self.limit)
    }
}

impl std::error::Error for BodyTooLarge {}
