//! One call: a slot, a token, a request, its body, and all of it again where that helps.

mod attempt;
mod belief;
mod limits;
mod renewal;
mod waiting;

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::sync::futures::Notified;
use tracing::{Instrument, field};
use zoom_chat_reports_api::Floor;

use crate::{
    Result,
    auth::{Acceptance, AccessToken, TokenSource},
    clock::Clock,
    lock::lock,
    transport::{
        attempts::{Attempts, Made, Rules},
        hosts::Hosts,
        latency::Latency,
        limiter::{Limiter, Slot},
        retry::RetryPolicy,
        runtime,
        send::Base,
        server_time::ServerTime,
        stats::{Counters, Stats},
    },
};

pub(crate) use crate::{
    operation::Operation,
    transport::request::{Answered, NotAnAnswer, Request},
};
pub(crate) use renewal::Refusals;
pub(crate) use waiting::{OfRun, Waits};

use attempt::Call;
use waiting::{AllFailing, Failing};

/// An exchange that takes longer than this does not count among those that keep the slots in use.
const SLOW: Duration = Duration::from_secs(2);
/// At most this many calls that fail, or take long, are made up for by starting others.
const MOST_FAILING: usize = 64;

/// What a caller is made of.
pub(crate) struct Parts {
    /// For files.
    pub(crate) http: reqwest::Client,
    /// For answers of the API; it has no idle timeout, since these may have to wait for memory.
    pub(crate) pages: reqwest::Client,
    /// The time in which nothing of an answer may come.
    pub(crate) idle: Option<Duration>,
    pub(crate) base: Base,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) server_time: Arc<ServerTime>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) reports: Arc<Limiter>,
    pub(crate) files: Arc<Limiter>,
    pub(crate) policy: RetryPolicy,
    pub(crate) max_body: u64,
    pub(crate) floor: Floor,
    pub(crate) links: Hosts,
    /// For a whole request, body and all.
    pub(crate) deadline: Duration,
}

/// Makes calls; copies share everything.
#[derive(Clone)]
pub(crate) struct Caller(Arc<Shared>);

struct Shared {
    parts: Parts,
    latency: Mutex<Latency>,
    acceptance: Mutex<Acceptance>,
    failing: AllFailing,
}

impl Parts {
    /// The attempts of a request that goes on where `made` left off.
    pub(crate) fn attempts(&self, operation: Operation, made: Made) -> Attempts<'_> {
        let rules = Rules {
            policy: &self.policy,
            clock: &*self.clock,
            counters: &self.counters,
        };
        Attempts::resume(operation, rules, made)
    }
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

    /// Makes one call, which may take several requests.
    ///
    /// Dropped half way, it leaves nothing behind.
    pub(crate) async fn call<R: Request>(&self, request: &R) -> Result<Answered<R::Answer>> {
        let alone = OfRun {
            patience: None,
            room: None,
            control: &|| None,
        };
        self.call_within(request, alone).await
    }

    /// The same as a part of a run, which waits for answers of a kind as long as its patience lasts.
    pub(crate) async fn call_within<R: Request>(
        &self,
        request: &R,
        run: OfRun<'_, R>,
    ) -> Result<Answered<R::Answer>> {
        runtime::check()?;
        if let Some(id) = request.path_id() {
            id.check()?;
        }
        let span = tracing::debug_span!(
            "zoom_call",
            operation = R::OPERATION.template(),
            status = field::Empty,
            attempts = field::Empty,
            elapsed_ms = field::Empty,
        );
        let call = Call::new(self, request, run);
        call.answer().instrument(span).await
    }

    /// What it is made of, for requests that are made once.
    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// How many calls should run at once so that no slot is left unused. Calls that fail, or take long, use few
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

    /// How many report requests may begin a second.
    pub(crate) fn rate(&self) -> f64 {
        self.0.parts.reports.rate()
    }

    pub(crate) fn stats(&self) -> Stats {
        let parts = &self.0.parts;
        let mut stats = parts.counters.snapshot();
        stats.paused_for = parts.reports.paused_for().max(parts.files.paused_for());
        stats
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.parts.counters
    }

    /// The scopes that were granted, as far as the token tells.
    pub(crate) async fn token_scopes(&self) -> Result<Vec<String>> {
        runtime::check()?;
        let token = self.0.parts.tokens.token(None).await?;
        Ok(token.scopes().to_vec())
    }

    /// Waits for an exchange. Once it takes long, it holds up no others.
    async fn watched<'a, T>(
        &'a self,
        exchange: impl Future<Output = T>,
        failing: &mut Option<Failing<'a>>,
    ) -> T {
        let mut exchange = pin!(exchange);
        // Sockets live in real time.
        match tokio::time::timeout(SLOW, &mut exchange).await {
            Ok(outcome) => outcome,
            Err(_) => {
                failing.get_or_insert_with(|| Failing::new(&self.0.failing));
                exchange.await
            }
        }
    }

    /// Zoom answered a request, so it accepts the token.
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
