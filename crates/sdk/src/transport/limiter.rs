//! When the next request may go out: evenly spaced slots, pauses, outages.

mod gate;
mod outage;
mod pace;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::{self, Notify};

use crate::{Error, clock::Clock, lock::lock, operation::Operation, transport::stats::Counters};

pub(crate) use outage::Patience;

use gate::{Gate, Leave};
use outage::Failed;

/// How long a limit of the day refuses requests by itself, before one is made again to see.
const CLOSED_FOR: Duration = Duration::from_secs(60);
/// The shortest pause after a 429, whatever it says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// The slots of one rate label, shared by all tasks: each in its turn, first come first served.
#[derive(Debug)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
    /// Two for each kind of request, so that none waits behind another that is dead, nor behind those that
    /// have failed. Tokio's mutex is fair: whoever holds it waits for the next slot, the others queue behind.
    turns: [[sync::Mutex<()>; 2]; Operation::COUNT],
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
            turns: Default::default(),
            gate: Mutex::new(Gate::new(rate, share)),
            changed: Notify::new(),
        })
    }

    /// Waits for a slot. In an outage, one that `has_failed` lets those go first that have not: they may be
    /// answered where it is not. When `patience` is at its end it fails with what was last seen of the outage.
    ///
    /// Nothing is lost when this is dropped half way.
    pub(crate) async fn slot(
        self: &Arc<Self>,
        kind: Operation,
        patience: Patience,
        has_failed: bool,
    ) -> Result<Slot, Error> {
        let _waiting = (!has_failed).then(|| Waiting::new(self, kind));
        let _turn = self.turns[kind as usize][usize::from(has_failed)]
            .lock()
            .await;
        loop {
            // Made before the gate is asked, so that no change is missed.
            let changed = self.changed.notified();
            let now = self.clock.now();
            let leave = lock(&self.gate).ask(kind, now, patience, has_failed);
            let (at, counted) = match leave {
                Leave::Go { probe } => return Ok(Slot::new(self.clone(), kind, now, probe)),
                Leave::Refused(error) => return Err(error),
                Leave::SlotAt(at) => (at, false),
                Leave::ResumesAt(at) => (at, true),
                Leave::AfterProbe => {
                    changed.await;
                    self.counters.waited(self.clock.now().saturating_sub(now));
                    continue;
                }
            };
            tokio::select! {
                () = self.clock.sleep_until(at) => {}
                () = changed => {}
            }
            if counted {
                self.counters.waited(self.clock.now().saturating_sub(now));
            }
        }
    }

    /// Why nobody with this patience should wait any longer.
    pub(crate) fn ends(&self, kind: Operation, patience: Patience) -> Option<Error> {
        let now = self.clock.now();
        lock(&self.gate).ends(kind, now, patience)
    }

    /// Whether any request of a kind was answered after an instant.
    pub(crate) fn was_answered_after(&self, kind: Operation, at: Duration) -> bool {
        lock(&self.gate).was_answered_after(kind, at)
    }

    /// A request could not even be made, though it was tried from `began` on.
    pub(crate) fn unsent(&self, kind: Operation, began: Duration, error: &Error) {
        let failed = Failed {
            error,
            began,
            was_probe: false,
            of: None,
            counts: true,
        };
        let now = self.clock.now();
        lock(&self.gate).failed(kind, now, &failed);
        self.changed.notify_waiters();
    }

    /// The account has fewer requests a second than was thought; more never counts.
    pub(crate) fn lower(&self, rate: f64) {
        let now = self.clock.now();
        lock(&self.gate).lower(rate, now);
    }

    /// The day's requests are used up: what waits here fails with `error` instead of being sent.
    pub(crate) fn close(&self, wait: Duration, error: Error) {
        let now = self.clock.now();
        let until = now.saturating_add(wait.min(CLOSED_FOR));
        lock(&self.gate).close(now, until, error);
        self.changed.notify_waiters();
    }

    /// How long a limit or an outage holds requests back, and the status of the answer that the pause follows.
    pub(crate) fn pause(&self) -> Option<(Duration, Option<u16>)> {
        let now = self.clock.now();
        let (until, status) = lock(&self.gate).longest_pause();
        let left = until.saturating_sub(now);
        (!left.is_zero()).then_some((left, status))
    }

    /// Requests a second that go out at most.
    pub(crate) fn rate(&self) -> f64 {
        let now = self.clock.now();
        let spacing = lock(&self.gate).pace.spacing(now);
        1.0 / spacing.as_secs_f64().max(1e-9)
    }
}

/// Somebody who waits for a slot and has not failed.
struct Waiting<'a>(&'a Limiter, Operation);

impl<'a> Waiting<'a> {
    fn new(limiter: &'a Limiter, kind: Operation) -> Self {
        lock(&limiter.gate).come(kind);
        Self(limiter, kind)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.0.gate).gone(self.1);
        self.0.changed.notify_waiters();
    }
}

/// Leave for one request, whose outcome must be told; dropped untold, nothing is learned from it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Slot {
    limiter: Arc<Limiter>,
    kind: Operation,
    taken: Duration,
    probe: bool,
    told: bool,
}

impl Slot {
    fn new(limiter: Arc<Limiter>, kind: Operation, taken: Duration, probe: bool) -> Self {
        Self {
            limiter,
            kind,
            taken,
            probe,
            told: false,
        }
    }

    /// Whether it is there to see if anything is answered.
    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    /// The clock when it was given.
    pub(crate) fn taken(&self) -> Duration {
        self.taken
    }

    /// The server answered, with whatever: it is alive.
    pub(crate) fn answered(mut self) {
        self.told = true;
        let now = self.limiter.clock.now();
        lock(&self.limiter.gate).answered(self.kind, now);
        self.limiter.changed.notify_waiters();
    }

    /// The request failed in a way that may pass; `of` names what was asked for, where there is more than one.
    pub(crate) fn failed(mut self, error: &Error, of: Option<&str>) {
        self.told = true;
        let now = self.limiter.clock.now();
        let failed = Failed {
            error,
            began: now,
            was_probe: self.probe,
            of: of.map(hash_of),
            counts: true,
        };
        lock(&self.limiter.gate).failed(self.kind, now, &failed);
        self.limiter.changed.notify_waiters();
    }

    /// The request came too fast: nothing goes out for a time, at least half a second. A limit of the
    /// second also makes slots grow wider.
    ///
    /// This happens before anybody decides whether to try again: it holds for all.
    pub(crate) fn limited(mut self, pause: Duration, of_the_second: bool, error: &Error) {
        self.told = true;
        let now = self.limiter.clock.now();
        let mut gate = lock(&self.limiter.gate);
        let failed = Failed {
            error,
            began: now,
            was_probe: self.probe,
            of: None,
            // Those that were sent together are answered together.
            counts: gate.is_after_pause(self.taken),
        };
        if of_the_second {
            gate.widen(self.taken, now);
        }
        gate.failed(self.kind, now, &failed);
        gate.pause_until(now.saturating_add(pause.max(SHORTEST_PAUSE)));
        drop(gate);
        self.limiter.changed.notify_waiters();
    }
}

fn hash_of(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.probe && !self.told {
            lock(&self.limiter.gate).forget_probe(self.kind);
            self.limiter.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
