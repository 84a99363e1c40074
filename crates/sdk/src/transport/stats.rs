//! Counters of requests, and of what they took.

use std::{sync::Mutex, time::Duration};

use serde::{Serialize, Serializer};

use crate::{lock::lock, operation::Operation};

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
pub(crate) struct Counters(Mutex<Stats>);

impl Counters {
    /// Counts a window that is read again from its start.
    pub(crate) fn restart(&self) {
        lock(&self.0).restarts += 1;
    }

    /// Counts entries that were dropped because they were seen before.
    pub(crate) fn duplicate(&self, entries: u64) {
        lock(&self.0).duplicates += entries;
    }

    pub(crate) fn request(&self, operation: Operation) {
        let requests = &mut lock(&self.0).requests;
        *match operation {
            Operation::Sessions => &mut requests.sessions,
            Operation::Messages => &mut requests.messages,
            Operation::FileInfo => &mut requests.file_info,
            Operation::Download => &mut requests.download,
            Operation::AccountSettings => &mut requests.account_settings,
            Operation::Token => &mut requests.token,
        } += 1;
    }

    pub(crate) fn retry(&self) {
        lock(&self.0).retries += 1;
    }

    pub(crate) fn rate_limited(&self) {
        lock(&self.0).rate_limited += 1;
    }

    pub(crate) fn waited(&self, time: Duration) {
        let mut stats = lock(&self.0);
        stats.waited = stats.waited.saturating_add(time);
    }

    pub(crate) fn token_refresh(&self) {
        lock(&self.0).token_refreshes += 1;
    }

    pub(crate) fn token_rejected(&self) {
        lock(&self.0).tokens_rejected += 1;
    }

    pub(crate) fn snapshot(&self) -> Stats {
        *lock(&self.0)
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
