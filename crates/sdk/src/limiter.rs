//! When the next request may go out: evenly spaced slots, pauses, outages.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{self, Notify};

use crate::{Error, clock::Clock, stats::Counters};

/// Transient failures in a row after which requests are only made to probe.
const FAILURES_TO_OPEN: u32 = 5;
const FIRST_PROBE: Duration = Duration::from_secs(1);
const LONGEST_PROBE: Duration = Duration::from_secs(30);
/// How long a limit of the day refuses requests by itself, before one is made again to see.
const CLOSED_FOR: Duration = Duration::from_secs(60);

/// The slots of one rate label, shared by all tasks: each in its turn, first come first served.
#[derive(Debug)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
    /// Tokio's mutex is fair: whoever holds it waits for the next slot, the others queue behind.
    turn: sync::Mutex<()>,
    gate: Mutex<Gate>,
    changed: Notify,
}

impl Limiter {
    /// A limiter for `rate` requests a second, of which only `share` are taken.
    pub(crate) fn new(
        rate: f64,
        share: f64,
        clock: Arc<dyn Clock>,
        counters: Arc<Counters>,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock,
            counters,
            turn: sync::Mutex::default(),
            gate: Mutex::new(Gate::new(rate, share)),
            changed: Notify::new(),
        })
    }

    /// Waits for a slot; in an outage longer than `patience` it fails with what was last seen of it.
    ///
    /// Nothing is lost when this is dropped half way.
    pub(crate) async fn slot(self: &Arc<Self>, patience: Duration) -> Result<Slot, Error> {
        let probes_seen = self.gate().probes_failed;
        let _turn = self.turn.lock().await;
        loop {
            let now = self.clock.now();
            let leave = self.gate().ask(now, probes_seen, patience);
            let (at, counted) = match leave {
                Leave::Go { probe } => return Ok(Slot::new(self.clone(), now, probe)),
                Leave::Refused(error) => return Err(error),
                Leave::SlotAt(at) => (at, false),
                Leave::ResumesAt(at) => (at, true),
                Leave::AfterProbe => {
                    self.changed.notified().await;
                    self.counters.waited(self.clock.now().saturating_sub(now));
                    continue;
                }
            };
            tokio::select! {
                () = self.clock.sleep_until(at) => {}
                () = self.changed.notified() => {}
            }
            if counted {
                self.counters.waited(self.clock.now().saturating_sub(now));
            }
        }
    }

    /// Nothing goes out before `at`.
    pub(crate) fn pause_until(&self, at: Duration) {
        self.gate().pause_until(at);
        self.changed.notify_one();
    }

    /// A limit of the second was hit by the request of a slot: slots grow wider.
    pub(crate) fn widen(&self, slot: &Slot) {
        let now = self.clock.now();
        self.gate().widen(slot.taken, now);
    }

    /// The account has fewer requests a second than was thought; more never counts.
    pub(crate) fn lower(&self, rate: f64) {
        self.gate().lower(rate);
    }

    /// The day's requests are used up: what waits here fails with `error` instead of being sent.
    pub(crate) fn close(&self, wait: Duration, error: Error) {
        let until = self.clock.now().saturating_add(wait.min(CLOSED_FOR));
        self.gate().closed = Some((until, error));
        self.changed.notify_one();
    }

    /// How long nothing goes out for, because of a limit or an outage.
    pub(crate) fn paused_for(&self) -> Option<Duration> {
        let now = self.clock.now();
        let left = self.gate().resumes_at()?.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// Requests a second that go out at most.
    pub(crate) fn rate(&self) -> f64 {
        let gate = self.gate();
        1.0 / gate.pace.spacing().as_secs_f64().max(1e-9)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave for one request, whose outcome must be told; dropped untold, nothing is learned from it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Slot {
    limiter: Arc<Limiter>,
    taken: Duration,
    probe: bool,
    told: bool,
}

impl Slot {
    fn new(limiter: Arc<Limiter>, taken: Duration, probe: bool) -> Self {
        Self {
            limiter,
            taken,
            probe,
            told: false,
        }
    }

    /// The clock when it was given.
    pub(crate) fn taken(&self) -> Duration {
        self.taken
    }

    /// The server answered, with whatever: it is alive.
    pub(crate) fn answered(mut self) {
        self.told = true;
        self.limiter.gate().answered();
        self.limiter.changed.notify_one();
    }

    /// The request failed in a way that may pass.
    pub(crate) fn failed(mut self, error: &Error) {
        self.told = true;
        let now = self.limiter.clock.now();
        self.limiter.gate().failed(now, self.probe, error);
        self.limiter.changed.notify_one();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.probe && !self.told {
            self.limiter.gate().forget_probe();
            self.limiter.changed.notify_one();
        }
    }
}

/// What decides about the next request; no waiting in here, only arithmetic.
#[derive(Debug)]
struct Gate {
    pace: Pace,
    share: f64,
    paused_until: Duration,
    widened_at: Option<Duration>,
    failures: u32,
    outage: Option<Outage>,
    probes_failed: u64,
    closed: Option<(Duration, Error)>,
}

#[derive(Debug)]
struct Outage {
    since: Duration,
    step: Duration,
    probe_at: Duration,
    probing: bool,
    last: Error,
}

#[derive(Debug)]
enum Leave {
    Go { probe: bool },
    SlotAt(Duration),
    ResumesAt(Duration),
    AfterProbe,
    Refused(Error),
}

impl Gate {
    fn new(rate: f64, share: f64) -> Self {
        Self {
            pace: Pace::new(rate * share),
            share,
            paused_until: Duration::ZERO,
            widened_at: None,
            failures: 0,
            outage: None,
            probes_failed: 0,
            closed: None,
        }
    }

    fn ask(&mut self, now: Duration, probes_seen: u64, patience: Duration) -> Leave {
        if let Some((until, error)) = &self.closed {
            if now < *until {
                return Leave::Refused(error.clone());
            }
            self.closed = None;
        }
        if let Some(outage) = &self.outage {
            let lasts = now.saturating_sub(outage.since);
            if self.probes_failed > probes_seen && lasts >= patience {
                return Leave::Refused(outage.last.clone());
            }
            if outage.probing {
                return Leave::AfterProbe;
            }
        }
        if let Some(at) = self.resumes_at().filter(|at| now < *at) {
            return Leave::ResumesAt(at);
        }
        let slot = self.pace.next_slot(now);
        if now < slot {
            return Leave::SlotAt(slot);
        }
        self.pace.take(now);
        let probe = self.outage.is_some();
        if let Some(outage) = &mut self.outage {
            outage.probing = true;
        }
        Leave::Go { probe }
    }

    /// When pauses and the wait for the next probe are over.
    fn resumes_at(&self) -> Option<Duration> {
        let probe_at = self.outage.as_ref().map(|outage| outage.probe_at);
        let paused = (!self.paused_until.is_zero()).then_some(self.paused_until);
        probe_at.max(paused)
    }

    fn pause_until(&mut self, at: Duration) {
        self.paused_until = self.paused_until.max(at);
        self.pace.not_before(at);
    }

    /// Requests that were on their way when the last widening happened tell nothing new.
    fn widen(&mut self, taken: Duration, now: Duration) {
        if self.widened_at.is_none_or(|at| taken >= at) {
            self.pace.widen();
            self.widened_at = Some(now);
        }
    }

    fn lower(&mut self, rate: f64) {
        self.pace.lower(rate * self.share);
    }

    fn answered(&mut self) {
        self.failures = 0;
        self.outage = None;
    }

    fn failed(&mut self, now: Duration, probe: bool, error: &Error) {
        self.failures = self.failures.saturating_add(1);
        match &mut self.outage {
            Some(outage) => {
                outage.last = error.clone();
                if probe {
                    outage.probing = false;
                    outage.step = (outage.step * 2).min(LONGEST_PROBE);
                    outage.probe_at = now.saturating_add(outage.step);
                    self.probes_failed += 1;
                }
            }
            None if self.failures >= FAILURES_TO_OPEN => {
                self.outage = Some(Outage {
                    since: now,
                    step: FIRST_PROBE,
                    probe_at: now.saturating_add(FIRST_PROBE),
                    probing: false,
                    last: error.clone(),
                });
            }
            None => {}
        }
    }

    fn forget_probe(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.probing = false;
        }
    }
}

/// Absolute, evenly spaced slots.
///
/// No burst: a bucket that holds a second's worth lets nearly twice the rate into one second. No
/// sleeping relative to the request before either: it falls short by a tenth. The spacing is a little
/// wider than the rate needs, so that slots which the network brings closer together still fit.
#[derive(Debug)]
struct Pace {
    rate: f64,
    margin_ms: u32,
    next: Duration,
}

const FIRST_MARGIN_MS: u32 = 20;
const MARGIN_STEP_MS: u32 = 10;
const LARGEST_MARGIN_MS: u32 = 60;
/// A late slot may be made up for by this much, no more: else there would be a burst.
const CATCH_UP: Duration = Duration::from_millis(2);

impl Pace {
    fn new(rate: f64) -> Self {
        Self {
            rate,
            margin_ms: FIRST_MARGIN_MS,
            next: Duration::ZERO,
        }
    }

    fn spacing(&self) -> Duration {
        let seconds = f64::from(1000 + self.margin_ms) / 1000.0 / self.rate;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// When the next slot is, seen from `now`.
    fn next_slot(&self, now: Duration) -> Duration {
        self.next.max(now.saturating_sub(CATCH_UP))
    }

    fn take(&mut self, now: Duration) {
        self.next = self.next_slot(now).saturating_add(self.spacing());
    }

    fn not_before(&mut self, at: Duration) {
        self.next = self.next.max(at);
    }

    fn widen(&mut self) {
        self.margin_ms = (self.margin_ms + MARGIN_STEP_MS).min(LARGEST_MARGIN_MS);
    }

    fn lower(&mut self, rate: f64) {
        // No plan of Zoom's allows less; a header that says so would stall the run without a word.
        let lowest = rate.max(1.0);
        if rate > 0.0 && lowest < self.rate {
            self.rate = lowest;
        }
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
