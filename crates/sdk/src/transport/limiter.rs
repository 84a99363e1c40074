//! The limiter: decides when the next request may go out, by evenly spaced slots, pauses and outages.

mod gate;
mod outage;
mod pace;

use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::{self, Notify};

use crate::{Error, clock::Clock, lock::lock, operation::Operation, transport::stats::Counters};

pub(crate) use outage::Patience;

use gate::{Gate, Leave};
use outage::Failed;

/// How long requests are refused because of a limit that is not waited out, before one is sent to check it.
const CLOSED_FOR: Duration = Duration::from_secs(60);
/// The shortest pause after a 429, whatever it says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// The slots of one rate label, shared by all tasks, first come first served.
#[derive(Debug)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
    /// Two queues for each kind of request, so that no request waits behind one of a kind that is not answered, or
    /// behind one that has failed. Tokio's mutex is fair: its holder waits for the next slot, the others queue.
    turns: [[sync::Mutex<()>; 2]; Operation::COUNT],
    gate: Mutex<Gate>,
    changed: Notify,
}

impl Limiter {
    /// A limiter for the part `share` of `rate` requests a second.
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

    /// Waits for a slot. In an outage, a request that `has_failed` lets those go first that have not: they may be
    /// answered. When `patience` is at its end, this fails with the last error of the outage.
    ///
    /// Nothing is lost if this is dropped before its end.
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
            // Created before the gate is asked, so that no change is missed.
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

    /// The error that ends a wait with this patience, if it is at its end.
    pub(crate) fn ends(&self, kind: Operation, patience: Patience) -> Option<Error> {
        let now = self.clock.now();
        lock(&self.gate).ends(kind, now, patience)
    }

    /// Whether any request of a kind was answered after an instant.
    pub(crate) fn was_answered_after(&self, kind: Operation, at: Duration) -> bool {
        lock(&self.gate).was_answered_after(kind, at)
    }

    /// Notes that a request could not even be made, although it was tried from `began` on.
    pub(crate) fn unsent(&self, kind: Operation, began: Duration, error: &Error) {
        let failed = Failed {
            error,
            began,
            was_probe: false,
            of: None,
            counts: true,
        };
        self.change(|gate, now| gate.failed(kind, now, &failed));
    }

    /// Lowers the rate to what the account really has; a higher rate is ignored.
    pub(crate) fn lower(&self, rate: f64) {
        let now = self.clock.now();
        lock(&self.gate).lower(rate, now);
    }

    /// Closes the limiter after a limit that is not waited out: requests that wait here fail with `error`.
    pub(crate) fn close(&self, wait: Duration, error: Error) {
        self.change(|gate, now| {
            let until = now.saturating_add(wait.min(CLOSED_FOR));
            gate.close(now, until, error);
        });
    }

    /// Changes the gate at the current time, and wakes those who wait.
    fn change(&self, change: impl FnOnce(&mut Gate, Duration)) {
        let now = self.clock.now();
        change(&mut lock(&self.gate), now);
        self.changed.notify_waiters();
    }

    /// How long a limit or an outage holds requests back, and the status of the answer that the pause follows.
    pub(crate) fn pause(&self) -> Option<(Duration, Option<u16>)> {
        let now = self.clock.now();
        let (until, status) = lock(&self.gate).longest_pause();
        let left = until.saturating_sub(now);
        (!left.is_zero()).then_some((left, status))
    }

    /// The most requests that go out a second.
    pub(crate) fn rate(&self) -> f64 {
        let now = self.clock.now();
        let spacing = lock(&self.gate).pace.spacing(now);
        1.0 / spacing.as_secs_f64().max(1e-9)
    }
}

/// A request that waits for a slot and has not failed.
struct Waiting<'a>(&'a Limiter, Operation);

impl<'a> Waiting<'a> {
    fn new(limiter: &'a Limiter, kind: Operation) -> Self {
        lock(&limiter.gate).come(kind);
        Self(limiter, kind)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.change(|gate, _| gate.gone(self.1));
    }
}

/// Permission for one request, whose outcome must be reported; nothing is learned from a dropped slot.
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

    /// Whether the request is a probe.
    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    /// The clock's time when the slot was given.
    pub(crate) fn taken(&self) -> Duration {
        self.taken
    }

    /// Notes any answer of the server: it is alive.
    pub(crate) fn answered(mut self) {
        self.told = true;
        let limiter = &self.limiter;
        limiter.change(|gate, now| gate.answered(self.kind, now));
    }

    /// Notes a temporary failure; `of` names what was asked for, if there is more than one of the kind.
    pub(crate) fn failed(mut self, error: &Error, of: Option<&str>) {
        self.told = true;
        self.limiter.change(|gate, now| {
            let failed = Failed {
                error,
                began: now,
                was_probe: self.probe,
                of: of.map(hash_of),
                counts: true,
            };
            gate.failed(self.kind, now, &failed);
        });
    }

    /// Notes that the request came too fast: no request goes out for at least half a second. A limit per
    /// second also widens the spacing of slots.
    ///
    /// This happens before any call decides whether to try again, since it holds for all.
    pub(crate) fn limited(mut self, pause: Duration, of_the_second: bool, error: &Error) {
        self.told = true;
        self.limiter.change(|gate, now| {
            let failed = Failed {
                error,
                began: now,
                was_probe: self.probe,
                of: None,
                // Requests that were sent together are refused together, and count once.
                counts: gate.is_after_pause(self.taken),
            };
            if of_the_second {
                gate.widen(self.taken, now);
            }
            gate.failed(self.kind, now, &failed);
            gate.pause_until(now.saturating_add(pause.max(SHORTEST_PAUSE)));
        });
    }
}

fn hash_of(name: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(name)
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.probe && !self.told {
            let limiter = &self.limiter;
            limiter.change(|gate, _| gate.forget_probe(self.kind));
        }
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
