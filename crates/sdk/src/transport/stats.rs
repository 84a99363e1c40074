//! Counters of requests, and of what they took.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use serde::{Serialize, Serializer};

use crate::operation::Operation;

/// Counts of what a client has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Stats {
    /// Requests by operation, including retries.
    pub requests: RequestCounts,
    /// Requests that were sent again after a failure.
    pub retries: u64,
    /// Responses that requests come too fast.
    pub rate_limited: u64,
    /// Time spent waiting out rate limits and failures, in milliseconds.
    #[serde(rename = "waited_ms", serialize_with = "milliseconds")]
    #[cfg_attr(feature = "schemars", schemars(with = "u64"))]
    pub waited: Duration,
    /// Tokens that were fetched.
    pub token_refreshes: u64,
    /// Answers that an access token is no longer valid. If a new token ends the former one at Zoom, this
    /// grows while another program uses the same app.
    pub tokens_rejected: u64,
    /// Windows that were read again from their start because a page token had expired.
    pub restarts: u64,
    /// Entries that were seen before and dropped.
    pub duplicates: u64,
    /// How long requests still wait for the end of a rate limit or an outage; `None` if they do not wait.
    #[serde(skip)]
    pub paused_for: Option<Duration>,
    /// The HTTP status of the answer that this pause follows; `None` if no answer came.
    #[serde(skip)]
    pub paused_by: Option<u16>,
}

/// Requests by operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RequestCounts {
    /// Listings of chat sessions.
    pub sessions: u64,
    /// Pages of chat messages.
    pub messages: u64,
    /// File infos.
    pub file_info: u64,
    /// Downloads of files.
    pub download: u64,
    /// Settings of the account.
    pub account_settings: u64,
    /// Tokens.
    pub token: u64,
}

impl RequestCounts {
    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.sessions
            + self.messages
            + self.file_info
            + self.download
            + self.account_settings
            + self.token
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: [AtomicU64; Operation::COUNT],
    retries: AtomicU64,
    rate_limited: AtomicU64,
    waited_us: AtomicU64,
    token_refreshes: AtomicU64,
    tokens_rejected: AtomicU64,
    restarts: AtomicU64,
    duplicates: AtomicU64,
}

impl Counters {
    /// Counts a window that is read again from its start.
    pub(crate) fn restart(&self) {
        self.restarts.fetch_add(1, Relaxed);
    }

    /// Counts entries that were dropped because they were seen before.
    pub(crate) fn duplicate(&self, entries: u64) {
        self.duplicates.fetch_add(entries, Relaxed);
    }

    pub(crate) fn request(&self, operation: Operation) {
        self.requests[operation as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn retry(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub(crate) fn rate_limited(&self) {
        self.rate_limited.fetch_add(1, Relaxed);
    }

    pub(crate) fn waited(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.waited_us.fetch_add(us, Relaxed);
    }

    pub(crate) fn token_refresh(&self) {
        self.token_refreshes.fetch_add(1, Relaxed);
    }

    pub(crate) fn token_rejected(&self) {
        self.tokens_rejected.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let requests = |operation: Operation| self.requests[operation as usize].load(Relaxed);
        Stats {
            requests: RequestCounts {
                sessions: requests(Operation::Sessions),
                messages: requests(Operation::Messages),
                file_info: requests(Operation::FileInfo),
                download: requests(Operation::Download),
                account_settings: requests(Operation::AccountSettings),
                token: requests(Operation::Token),
            },
            retries: self.retries.load(Relaxed),
            rate_limited: self.rate_limited.load(Relaxed),
            waited: Duration::from_micros(self.waited_us.load(Relaxed)),
            token_refreshes: self.token_refreshes.load(Relaxed),
            tokens_rejected: self.tokens_rejected.load(Relaxed),
            restarts: self.restarts.load(Relaxed),
            duplicates: self.duplicates.load(Relaxed),
            paused_for: None,
            paused_by: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_operation_and_serialises_waits_in_milliseconds() {
        let counters = Counters::default();
        counters.request(Operation::Messages);
        counters.request(Operation::Messages);
        counters.request(Operation::Token);
        counters.waited(Duration::from_millis(1500));
        counters.duplicate(3);
        let stats = counters.snapshot();
        assert_eq!(stats.requests.total(), 3);
        let json = serde_json::to_value(stats).expect("ok");
        assert_eq!(json["requests"]["messages"], 2);
        assert_eq!(json["waited_ms"], 1500);
        assert_eq!(json["duplicates"], 3);
    }
}
