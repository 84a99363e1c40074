//! The gate: decides about the next request. It only computes, and never waits.

use std::{collections::HashMap, time::Duration};

use super::{
    outage::{Failed, Outage, Patience},
    pace::Pace,
};
use crate::{Error, operation::Operation};

#[derive(Debug)]
pub(super) struct Gate {
    pub(super) pace: Pace,
    share: f64,
    paused_until: Duration,
    widened_at: Option<Duration>,
    /// By kind of request, so that answers of one kind do not hide an outage of another.
    kinds: HashMap<Operation, Kind>,
    closed: Option<Closed>,
}

/// The gate is closed: until then, requests fail with this error.
#[derive(Debug)]
struct Closed {
    at: Duration,
    until: Duration,
    error: Error,
}

/// The state of one kind of request.
#[derive(Debug, Default)]
struct Kind {
    answered_at: Option<Duration>,
    outage: Option<Outage>,
    /// How many requests wait and have not failed.
    fresh: usize,
}

#[derive(Debug)]
pub(super) enum Leave {
    Go { probe: bool },
    SlotAt(Duration),
    ResumesAt(Duration),
    AfterProbe,
    Refused(Error),
}

impl Gate {
    pub(super) fn new(rate: f64, share: f64) -> Self {
        Self {
            pace: Pace::new(rate * share),
            share,
            paused_until: Duration::ZERO,
            widened_at: None,
            kinds: HashMap::new(),
            closed: None,
        }
    }

    pub(super) fn ask(
        &mut self,
        kind: Operation,
        now: Duration,
        patience: Patience,
        has_failed: bool,
    ) -> Leave {
        if let Some(closed) = &self.closed {
            if now < closed.until {
                let passed = now.saturating_sub(closed.at);
                return Leave::Refused(closed.error.clone().after(passed));
            }
            self.closed = None;
        }
        let outage = self.outage(kind);
        if let Some(error) = outage.and_then(|outage| outage.ends(now, patience)) {
            return Leave::Refused(error);
        }
        let goes_last = has_failed && self.kinds.get(&kind).is_some_and(|it| it.fresh > 0);
        if outage.is_some_and(|it| it.is_probing() || it.is_open() && goes_last) {
            return Leave::AfterProbe;
        }
        let resumes_at = self.resumes_at(kind);
        if now < resumes_at {
            // If patience ends before the pause does, the wait ends then.
            let ends_at = outage.map_or(Duration::MAX, |outage| outage.ends_at(patience));
            let wake = if now < ends_at {
                resumes_at.min(ends_at)
            } else {
                resumes_at
            };
            return Leave::ResumesAt(wake);
        }
        let slot = self.pace.next_slot(now);
        if now < slot {
            return Leave::SlotAt(slot);
        }
        self.pace.take(now);
        let outage = self.kinds.get_mut(&kind).and_then(|it| it.outage.as_mut());
        let probe = outage.as_ref().is_some_and(|outage| outage.is_open());
        if let Some(outage) = outage {
            outage.set_probing(true);
        }
        Leave::Go { probe }
    }

    /// Notes a waiting request that has not failed.
    pub(super) fn come(&mut self, kind: Operation) {
        self.kinds.entry(kind).or_default().fresh += 1;
    }

    pub(super) fn gone(&mut self, kind: Operation) {
        self.kinds.entry(kind).or_default().fresh -= 1;
    }

    /// The error that ends the wait for an answer of a kind, if patience is at its end.
    pub(super) fn ends(&self, kind: Operation, now: Duration, patience: Patience) -> Option<Error> {
        self.outage(kind)?.ends(now, patience)
    }

    /// When pauses and the wait for the next probe are over.
    pub(super) fn resumes_at(&self, kind: Operation) -> Duration {
        let probe = self.outage(kind).map(Outage::next_probe);
        self.paused_until.max(probe.unwrap_or_default())
    }

    /// When the longest pause of any kind is over, and the status of the answer that it follows.
    pub(super) fn longest_pause(&self) -> (Duration, Option<u16>) {
        let outages = self.kinds.values().filter_map(|kind| kind.outage.as_ref());
        let probes = outages.map(|outage| (outage.next_probe(), outage.status()));
        let limited = (self.paused_until, Some(429));
        probes.fold(
            limited,
            |longest, probe| {
                if probe.0 > longest.0 { probe } else { longest }
            },
        )
    }

    pub(super) fn pause_until(&mut self, at: Duration) {
        self.paused_until = self.paused_until.max(at);
        self.pace.not_before(at);
    }

    /// Widens the spacing. Requests that were in flight at the last widening do not count.
    pub(super) fn widen(&mut self, taken: Duration, now: Duration) {
        if self.widened_at.is_none_or(|at| taken >= at) {
            self.pace.widen(now);
            self.widened_at = Some(now);
        }
    }

    pub(super) fn lower(&mut self, rate: f64, now: Duration) {
        self.pace.lower(rate * self.share, now);
    }

    pub(super) fn close(&mut self, at: Duration, until: Duration, error: Error) {
        self.closed = Some(Closed { at, until, error });
    }

    pub(super) fn answered(&mut self, kind: Operation, now: Duration) {
        let kind = self.kinds.entry(kind).or_default();
        kind.outage = None;
        kind.answered_at = Some(now);
    }

    /// Whether any request of a kind was answered after an instant.
    pub(super) fn was_answered_after(&self, kind: Operation, at: Duration) -> bool {
        let answered = self.kinds.get(&kind).and_then(|kind| kind.answered_at);
        answered.is_some_and(|answered| answered > at)
    }

    pub(super) fn failed(&mut self, kind: Operation, now: Duration, failed: &Failed<'_>) {
        let paused_until = self.paused_until;
        let outage = &mut self.kinds.entry(kind).or_default().outage;
        Outage::failed(outage, now, paused_until, failed);
    }

    /// Whether a request sent at `taken` met a new limit, not the one that is being waited out.
    pub(super) fn is_after_pause(&self, taken: Duration) -> bool {
        taken >= self.paused_until
    }

    pub(super) fn forget_probe(&mut self, kind: Operation) {
        if let Some(outage) = self.kinds.get_mut(&kind).and_then(|it| it.outage.as_mut()) {
            outage.set_probing(false);
        }
    }

    fn outage(&self, kind: Operation) -> Option<&Outage> {
        self.kinds.get(&kind)?.outage.as_ref()
    }
}
