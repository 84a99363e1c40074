//! One call: a slot, a token, a request, its body, and all of these again if that helps.

mod call;
mod current_time;
mod failing;
mod limits;
pub(crate) mod renewal;
mod slot_and_token;

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::sync::futures::Notified;

use crate::{
    Result,
    auth::{Acceptance, AccessToken},
    lock::lock,
    transport::{
        latency::Latency,
        limiter::Slot,
        parts::Parts,
        runtime,
        stats::{Counters, Stats},
    },
};

use failing::{AllFailing, Failing};

/// An exchange that takes longer than this does not count as one that keeps slots in use.
const SLOW: Duration = Duration::from_secs(2);
/// At most this many calls that fail or take long are replaced by others.
const MOST_FAILING: usize = 64;

/// Makes calls; clones share everything.
#[derive(Clone)]
pub(crate) struct Caller(Arc<Shared>);

struct Shared {
    parts: Parts,
    latency: Mutex<Latency>,
    acceptance: Mutex<Acceptance>,
    failing: AllFailing,
}

impl Caller {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared {
            parts,
            latency: Mutex::default(),
            acceptance: Mutex::default(),
            failing: AllFailing::default(),
        }))
    }

    /// Its parts, for requests that are made only once.
    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// How many calls should run at once so that no slot is left unused. Calls that fail or take long use few
    /// slots and do not count.
    pub(crate) fn in_flight_target(&self) -> usize {
        let latency = lock(&self.0.latency);
        let failing = self.0.failing.calls.load(Relaxed);
        latency.in_flight(self.rate()) + failing.min(MOST_FAILING)
    }

    /// Waits until another call begins to fail.
    pub(crate) fn another_fails(&self) -> Notified<'_> {
        self.0.failing.changed.notified()
    }

    /// How many report requests may start a second.
    pub(crate) fn rate(&self) -> f64 {
        self.0.parts.reports.rate()
    }

    pub(crate) fn stats(&self) -> Stats {
        let parts = &self.0.parts;
        let mut stats = parts.counters.snapshot();
        let pause = parts.reports.pause().max(parts.files.pause());
        stats.paused_for = pause.map(|(left, _)| left);
        stats.paused_by = pause.and_then(|(_, status)| status);
        stats
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.parts.counters
    }

    /// The granted scopes, as far as the token names them.
    pub(crate) async fn token_scopes(&self) -> Result<Vec<String>> {
        runtime::check()?;
        let token = self.0.parts.tokens.token(None).await?;
        Ok(token.scopes().to_vec())
    }

    /// Waits for an exchange. Once it takes long, it no longer delays others.
    async fn watched<'a, T>(
        &'a self,
        exchange: impl Future<Output = T>,
        failing: &mut Option<Failing<'a>>,
    ) -> T {
        let mut exchange = pin!(exchange);
        // Sockets run in real time.
        if let Ok(outcome) = tokio::time::timeout(SLOW, &mut exchange).await {
            return outcome;
        }
        failing.get_or_insert_with(|| Failing::new(&self.0.failing));
        exchange.await
    }

    /// Notes that Zoom answered a request, and so accepts the token.
    pub(crate) fn accepted(&self, slot: Slot, token: &AccessToken) {
        let sent = slot.taken();
        slot.answered();
        self.acceptance().took(token, sent);
    }

    pub(crate) fn acceptance(&self) -> MutexGuard<'_, Acceptance> {
        lock(&self.0.acceptance)
    }

    fn observe(&self, latency: Duration) {
        lock(&self.0.latency).observe(latency);
    }
}

#[cfg(test)]
#[path = "caller_tests.rs"]
mod tests;
