//! One request of the API, with the account that it asks.

use std::time::Instant;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};

use crate::fault::{FaultAction, Operation};
use crate::state::Shared;

/// One request of the API.
pub(crate) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) operation: Operation,
    pub(super) path: &'a str,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    /// The time on the sandbox's clock; the same throughout the request.
    pub(super) now: DateTime<Utc>,
    /// Real time.
    pub(super) arrived: Instant,
    pub(super) nonce: u64,
    /// The effects of the fault that the request meets, if any.
    pub(super) fault: FaultAction,
}

impl Call<'_> {
    pub(super) fn now_ms(&self) -> i64 {
        self.now.timestamp_millis()
    }

    /// The last value of a query parameter.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        value(&self.query, name)
    }
}

/// The last value of a parameter.
pub(super) fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// The pairs of a query.
pub(super) fn query_of(query: Option<&str>) -> Vec<(String, String)> {
    serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default()
}
