//! Retries: how long a request is tried again, and how long it waits in between.

pub(crate) mod attempts;
pub(crate) mod failure;
pub(crate) mod retry_after;

use std::time::Duration;

use crate::{clock, setters::setters};

/// How long a failing request is tried again, and how long it waits in between.
///
/// Requests are tried again after 408, 429, 500, 502, 503, 504 and the 52x of gateways, after connections that
/// cannot be made or break, timeouts, bodies that break off, and (only a few times) successes whose body is not an
/// answer. The limit is a time, not a count, since a short outage would use up a count. Waits have *full jitter*:
/// they are random, evenly distributed from zero to a bound that doubles each time
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    max_elapsed: Duration,
    outage: Option<Duration>,
    max_wait: Duration,
    first_backoff: Duration,
    longest_backoff: Duration,
    unreadable: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_elapsed: Duration::from_secs(5 * 60),
            outage: None,
            max_wait: Duration::from_secs(5 * 60),
            first_backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            unreadable: 3,
        }
    }
}

impl RetryPolicy {
    /// Requests are not tried again, except once with a new token.
    pub fn none() -> Self {
        Self {
            max_elapsed: Duration::ZERO,
            unreadable: 0,
            ..Self::default()
        }
    }

    setters! {
        /// The time after which a request is given up, counted from its first attempt; default 5 minutes.
        ///
        /// Within a run (a stream, a harvest) a request gives up only if others of its kind were answered
        /// meanwhile; if none was, [`outage`](Self::outage) decides.
        max_elapsed: Duration;

        /// The time without an answer to any request of a kind after which a run ends, with
        /// [`ErrorKind::Outage`](crate::ErrorKind::Outage); default three times [`max_elapsed`](Self::max_elapsed),
        /// which is 15 minutes.
        outage: Duration;

        /// The longest wait that a rate limit may ask for; default 5 minutes. If it asks for more, the request
        /// fails, and the error has the instant at which to continue.
        max_wait: Duration;

        /// The bound of the first wait, which doubles with each attempt; default 500 ms.
        first_backoff: Duration;

        /// The longest wait, unless the server asks for a longer one; default 30 s.
        longest_backoff: Duration;

        /// How many times a request is sent again after a success whose body is not an answer; default 3.
        unreadable: u32;
    }

    pub(crate) fn longest_outage(&self) -> Duration {
        self.outage
            .unwrap_or_else(|| self.max_elapsed.saturating_mul(3))
    }

    /// The policy for tokens. Other requests need them, so no run waits longer for a token than for those.
    pub(crate) fn of_tokens(&self) -> Self {
        let limit = self.max_elapsed.min(self.longest_outage());
        self.clone().max_elapsed(limit)
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        self.max_wait
    }

    /// The wait after the `attempt`-th failure, with `random` in `0.0..1.0`.
    pub(crate) fn backoff(&self, attempt: u32, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let bound = self
            .first_backoff
            .saturating_mul(1 << doublings)
            .min(self.longest_backoff);
        clock::part_of(bound, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_bound_doubles_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let bounds: Vec<_> = (1..=8)
            .map(|attempt| policy.backoff(attempt, 1.0).as_secs_f64())
            .collect();
        assert_eq!(bounds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(policy.backoff(u32::MAX, 1.0), seconds(30.0));
        assert_eq!(policy.backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn no_chance_and_no_length_is_too_odd() {
        let long = RetryPolicy::default()
            .first_backoff(Duration::MAX)
            .longest_backoff(Duration::MAX);
        for random in [f64::NAN, f64::INFINITY, -1.0, 1.0, 7.0] {
            assert_eq!(long.backoff(1, random), Duration::MAX, "{random}");
        }
        assert_eq!(long.backoff(1, 0.0), Duration::ZERO);
    }
}
