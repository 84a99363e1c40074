//! The attempts of one request: when the next may be made, and how they are counted and traced.

use std::time::Duration;

use crate::{
    Error,
    clock::Clock,
    operation::Operation,
    transport::{limiter::Patience, retry::RetryPolicy, stats::Counters},
};

/// The retry policy of attempts, and their counters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a RetryPolicy,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) counters: &'a Counters,
}

/// The attempts of one request.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    operation: Operation,
    rules: Rules<'a>,
    count: Made,
}

/// The attempts made so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Made {
    started: Option<Duration>,
    made: u32,
    unreadable: u32,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(operation: Operation, rules: Rules<'a>) -> Self {
        Self::resume(operation, rules, Made::default())
    }

    /// Continues where [`count`](Self::count) left off.
    pub(crate) fn resume(operation: Operation, rules: Rules<'a>, count: Made) -> Self {
        Self {
            operation,
            rules,
            count,
        }
    }

    pub(crate) fn count(&self) -> Made {
        self.count
    }

    /// Notes that a request is sent now.
    pub(crate) fn begin(&mut self) {
        self.count
            .started
            .get_or_insert_with(|| self.rules.clock.now());
        self.count.made = self.count.made.saturating_add(1);
        self.rules.counters.request(self.operation);
        if self.count.made > 1 {
            self.rules.counters.retry();
        }
    }

    pub(crate) fn made(&self) -> u32 {
        self.count.made
    }

    /// When the first attempt was made, or now.
    pub(crate) fn started(&self) -> Duration {
        self.count.started.unwrap_or_else(|| self.rules.clock.now())
    }

    /// How long one call waits if no request of its kind is answered.
    pub(crate) fn patience_of_call(&self) -> Patience {
        Patience {
            since: self.started(),
            limit: self.rules.policy.max_elapsed,
            outage: self.rules.policy.longest_outage(),
        }
    }

    /// Time since the first attempt.
    pub(crate) fn elapsed(&self) -> Duration {
        self.count.started.map_or(Duration::ZERO, |start| {
            self.rules.clock.now().saturating_sub(start)
        })
    }

    /// How long to wait before the next attempt; `None` when it is time to give up.
    ///
    /// A wait that the server asked for replaces the backoff, but is never shorter than the least one.
    pub(crate) fn wait(&self, asked: Option<Duration>) -> Option<Duration> {
        let random = self.rules.clock.random();
        let wait = match asked {
            Some(asked) => asked.saturating_add(self.rules.policy.backoff(1, random)),
            None => self.rules.policy.backoff(self.count.made, random),
        };
        (self.elapsed().saturating_add(wait) < self.rules.policy.max_elapsed).then_some(wait)
    }

    /// How long to wait before the next attempt, however much time has passed.
    pub(crate) fn backoff(&self) -> Duration {
        self.rules
            .policy
            .backoff(self.count.made, self.rules.clock.random())
    }

    /// The same after a success that is not an answer, which may happen only a few times.
    pub(crate) fn wait_unreadable(&mut self) -> Option<Duration> {
        self.count.unreadable += 1;
        if self.count.unreadable > self.rules.policy.unreadable {
            return None;
        }
        self.wait(None)
    }

    /// Waits before the next attempt.
    pub(crate) async fn sleep_after(&self, error: &Error, wait: Duration) {
        tracing::debug!(
            operation = self.operation.template(),
            attempts = self.count.made,
            kind = %error.kind(),
            status = error.status(),
            wait_ms = wait.as_millis(),
            "trying again"
        );
        self.sleep(wait).await;
    }

    pub(crate) async fn sleep(&self, wait: Duration) {
        self.rules.counters.waited(wait);
        let at = self.rules.clock.now().saturating_add(wait);
        self.rules.clock.sleep_until(at).await;
    }

    /// The error that ends the request, with its operation, the number of attempts and the time they took.
    pub(crate) fn give_up(&self, error: Error) -> Error {
        if error.attempts() > 0 {
            // The error is of another request, which this one needed: a token, the file's info.
            return error;
        }
        error
            .doing(self.operation.template())
            .with_attempts(self.count.made, self.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::clock::SkippingClock;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn attempts<'a>(
        policy: &'a RetryPolicy,
        clock: &'a SkippingClock,
        counters: &'a Counters,
    ) -> Attempts<'a> {
        let rules = Rules {
            policy,
            clock,
            counters,
        };
        Attempts::new(Operation::Messages, rules)
    }

    #[test]
    fn gives_up_by_time_and_not_by_count() {
        let policy = RetryPolicy::default();
        let (clock, counters) = (
            SkippingClock::new(DateTime::UNIX_EPOCH),
            Counters::default(),
        );
        let mut attempts = attempts(&policy, &clock, &counters);
        for _ in 0..1000 {
            attempts.begin();
            assert!(attempts.wait(None).is_some());
        }
        clock.advance(seconds(299.0));
        assert_eq!(attempts.wait(None), None);
        assert_eq!(attempts.made(), 1000);
    }

    #[test]
    fn time_counts_from_the_first_attempt() {
        let policy = RetryPolicy::default();
        let (clock, counters) = (
            SkippingClock::new(DateTime::UNIX_EPOCH),
            Counters::default(),
        );
        let mut attempts = attempts(&policy, &clock, &counters);
        clock.advance(seconds(1000.0));
        attempts.begin();
        assert!(attempts.wait(None).is_some());
    }

    #[test]
    fn what_the_server_asks_for_stands_for_the_backoff() {
        let policy = RetryPolicy::default();
        let (clock, counters) = (
            SkippingClock::new(DateTime::UNIX_EPOCH),
            Counters::default(),
        );
        let mut attempts = attempts(&policy, &clock, &counters);
        attempts.begin();
        assert_eq!(attempts.wait(Some(seconds(100.0))), Some(seconds(100.25)));
        assert_eq!(attempts.wait(Some(Duration::ZERO)), Some(seconds(0.25)));
        assert_eq!(attempts.wait(Some(seconds(301.0))), None);
        assert_eq!(attempts.wait(Some(Duration::MAX)), None);
    }

    #[test]
    fn an_unreadable_success_is_asked_for_three_times_again() {
        let policy = RetryPolicy::default();
        let (clock, counters) = (
            SkippingClock::new(DateTime::UNIX_EPOCH),
            Counters::default(),
        );
        let mut attempts = attempts(&policy, &clock, &counters);
        attempts.begin();
        assert!((0..3).all(|_| attempts.wait_unreadable().is_some()));
        assert_eq!(attempts.wait_unreadable(), None);
    }

    #[test]
    fn none_means_none() {
        let policy = RetryPolicy::none();
        let clock = SkippingClock::new(DateTime::UNIX_EPOCH).with_random(0.0);
        let counters = Counters::default();
        let mut attempts = attempts(&policy, &clock, &counters);
        attempts.begin();
        assert_eq!(attempts.wait(None), None);
        assert_eq!(attempts.wait_unreadable(), None);
    }
}
