//! Clocks: this crate's only source of time.

use std::{fmt, sync::Mutex, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{self, BoxFuture, FutureExt};
use tokio::time::Instant;

use crate::lock::lock;

/// The crate's source of time: it decides waiting, expiry and random numbers.
///
/// The timeouts of single requests do not use it: they belong to the sockets and run in real time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time since a fixed start; it never goes back.
    fn now(&self) -> Duration;

    /// Waits until [`now`](Self::now) has reached `at`.
    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()>;

    /// The machine's date and time, used until a server has sent its own.
    fn utc(&self) -> DateTime<Utc>;

    /// A random number in `0.0..1.0`, which spreads waiting times.
    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// The real clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
    /// The calendar's time at the start, if not the machine's.
    showing: Option<DateTime<Utc>>,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            showing: None,
        }
    }

    /// A clock that runs like the machine's, but whose calendar now shows `utc`: for accounts that are
    /// simulated at another time.
    #[must_use]
    pub fn showing(utc: DateTime<Utc>) -> Self {
        Self {
            showing: Some(utc),
            ..Self::new()
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        match self.start.checked_add(at) {
            Some(instant) => tokio::time::sleep_until(instant).boxed(),
            None => future::pending().boxed(),
        }
    }

    fn utc(&self) -> DateTime<Utc> {
        match self.showing {
            Some(start) => add(start, self.now()),
            None => Utc::now(),
        }
    }
}

/// A clock for tests: it never waits; a sleep moves its time to the end of the sleep.
///
/// [`Clock::random`] always gives 0.5, or the number that [`with_random`](Self::with_random) sets.
#[derive(Debug)]
pub struct SkippingClock {
    start: DateTime<Utc>,
    random: f64,
    elapsed: Mutex<Duration>,
}

impl SkippingClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        Self {
            start,
            random: 0.5,
            elapsed: Mutex::default(),
        }
    }

    /// Sets the number that [`Clock::random`] gives, in `0.0..1.0`.
    #[must_use]
    pub fn with_random(mut self, random: f64) -> Self {
        self.random = random;
        self
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        let mut elapsed = lock(&self.elapsed);
        *elapsed = elapsed.saturating_add(by);
    }
}

impl Clock for SkippingClock {
    fn now(&self) -> Duration {
        *lock(&self.elapsed)
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let mut elapsed = lock(&self.elapsed);
        *elapsed = at.max(*elapsed);
        // Other tasks get their turn, as during a real sleep.
        tokio::task::yield_now().boxed()
    }

    fn utc(&self) -> DateTime<Utc> {
        add(self.start, self.now())
    }

    fn random(&self) -> f64 {
        self.random
    }
}

/// A random part of a duration, for a number in `0.0..1.0`; all of it if a clock gives any other number.
pub(crate) fn part_of(time: Duration, chance: f64) -> Duration {
    let seconds = time.as_secs_f64() * chance;
    Duration::try_from_secs_f64(seconds).map_or(time, |part| part.min(time))
}

/// `time` plus a duration, or the last representable instant.
pub(crate) fn add(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(by)
        .ok()
        .and_then(|by| time.checked_add_signed(by))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_skipping_clock_moves_on_instead_of_waiting() {
        let clock = SkippingClock::new(DateTime::UNIX_EPOCH);
        clock.sleep_until(Duration::from_secs(3600)).await;
        assert_eq!(clock.now(), Duration::from_secs(3600));
        assert_eq!(clock.utc().timestamp(), 3600);
    }

    #[tokio::test]
    async fn a_sleep_that_has_ended_moves_nothing() {
        let clock = SkippingClock::new(DateTime::UNIX_EPOCH);
        clock.advance(Duration::from_secs(10));
        clock.sleep_until(Duration::from_secs(5)).await;
        assert_eq!(clock.now(), Duration::from_secs(10));
    }

    #[test]
    fn adding_ends_at_the_end_of_time() {
        assert_eq!(
            add(DateTime::UNIX_EPOCH, Duration::MAX),
            DateTime::<Utc>::MAX_UTC
        );
    }
}
