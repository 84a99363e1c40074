//! Pace: evenly spaced slots for requests, and what lowers their rate.

use std::time::Duration;

const FIRST_MARGIN_MS: u32 = 20;
const MARGIN_STEP_MS: u32 = 10;
const LARGEST_MARGIN_MS: u32 = 60;
/// A late slot lets the next come earlier by at most this much; more would be a burst.
const CATCH_UP: Duration = Duration::from_millis(2);
/// A hint that is not repeated is forgotten after this time, and so is each step of the margin.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);
/// The lowest rate that a header can set, in requests a second. No plan of Zoom's allows less, and a header
/// with a lower rate would silently stall the run.
const LOWEST_RATE: f64 = 1.0;

/// Absolute, evenly spaced slots.
///
/// There are no bursts: a bucket that holds the requests of one second lets nearly twice the rate into one second.
/// Slots are not relative to the request before: that falls short of the rate by a tenth. The spacing is a
/// little wider than the rate needs, since the network may move requests closer together.
#[derive(Debug)]
pub(super) struct Pace {
    rate: f64,
    /// A lower rate from a header, and when it came.
    lowered: Option<(f64, Duration)>,
    margin_ms: u32,
    widened_at: Duration,
    next: Duration,
}

impl Pace {
    pub(super) fn new(rate: f64) -> Self {
        Self {
            rate,
            lowered: None,
            margin_ms: FIRST_MARGIN_MS,
            widened_at: Duration::ZERO,
            next: Duration::ZERO,
        }
    }

    pub(super) fn spacing(&mut self, now: Duration) -> Duration {
        self.forget(now);
        let rate = self.lowered.map_or(self.rate, |(rate, _)| rate);
        let seconds = f64::from(1000 + self.margin_ms) / 1000.0 / rate;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// When the next slot is, seen from `now`.
    pub(super) fn next_slot(&self, now: Duration) -> Duration {
        self.next.max(now.saturating_sub(CATCH_UP))
    }

    pub(super) fn take(&mut self, now: Duration) {
        self.next = self.next_slot(now).saturating_add(self.spacing(now));
    }

    pub(super) fn not_before(&mut self, at: Duration) {
        self.next = self.next.max(at);
    }

    pub(super) fn widen(&mut self, now: Duration) {
        self.forget(now);
        self.margin_ms = (self.margin_ms + MARGIN_STEP_MS).min(LARGEST_MARGIN_MS);
        self.widened_at = now;
    }

    /// Takes the rate of a header. It counts if it is lower than the plan's, until it is forgotten.
    pub(super) fn lower(&mut self, rate: f64, now: Duration) {
        let rate = rate.max(LOWEST_RATE);
        if rate < self.rate {
            self.lowered = Some((rate, now));
        }
    }

    fn forget(&mut self, now: Duration) {
        self.lowered = self
            .lowered
            .filter(|(_, at)| now.saturating_sub(*at) < FORGET_AFTER);
        while self.margin_ms > FIRST_MARGIN_MS
            && now.saturating_sub(self.widened_at) >= FORGET_AFTER
        {
            self.margin_ms -= MARGIN_STEP_MS;
            self.widened_at = self.widened_at.saturating_add(FORGET_AFTER);
        }
    }
}
