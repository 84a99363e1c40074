//! Functions for fuzz targets; not part of the interface.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// Reads a value of `Retry-After`; `now` is the time of the server's clock.
#[must_use]
pub fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    crate::transport::retry::retry_after::retry_after(text, now)
}
