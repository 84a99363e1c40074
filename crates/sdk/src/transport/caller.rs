//! One call: a slot, a token, a request, its body, and all of it again where that helps.

mod belief;
mod limits;
mod renewal;
mod waiting;

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::sync::futures::Notified;
use tracing::{Instrument, Span, field};
use zoom_chat_reports_api::Floor;

use crate::{
    Error, Result,
    auth::{Acceptance, TokenSource},
    clock::Clock,
    error::zoom::Verdict,
    transport::{
        hosts::Hosts,
        latency::Latency,
        limiter::Limiter,
        retry::{Attempts, RetryPolicy},
        runtime,
        send::{self, Base},
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
        self.attempt(request, run).instrument(span).await
    }

    /// What it is made of, for requests that are made once.
    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// How many calls should run at once so that no slot is left unused. Calls that fail, or take long, use few
    /// slots and do not count.
    pub(crate) fn in_flight_target(&self) -> usize {
        let latency = self
            .0
            .latency
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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

    async fn attempt<R: Request>(
        &self,
        request: &R,
        run: OfRun<'_, R>,
    ) -> Result<Answered<R::Answer>> {
        let parts = &self.0.parts;
        let limiter = match R::OPERATION {
            Operation::FileInfo => &parts.files,
            _ => &parts.reports,
        };
        let mut attempts = Attempts::new(&parts.policy, &*parts.clock);
        let mut refusals = Refusals::default();
        let mut failing: Option<Failing<'_>> = None;
        let mut memory = None;
        loop {
            let waits = Waits {
                kind: R::OPERATION,
                limiter,
                of_run: run.patience,
            };
            let (slot, token) = self
                .slot_and_token(waits, &attempts)
                .await
                .map_err(|error| Self::finish::<R>(error, &attempts))?;
            if let Some(room) = run.room.filter(|_| memory.is_none()) {
                memory = room.try_reserve();
                if memory.is_none() {
                    // Nobody sits on a slot while waiting for memory, nor on memory in an outage.
                    drop(slot);
                    memory = Some(room.reserve().await);
                    continue;
                }
            }
            if let Some(control) = slot.is_probe().then(run.control).flatten() {
                // What was answered before tells best whether anything is.
                self.ask_in(&*control, slot, &token, waits, &attempts)
                    .await
                    .map_err(|error| Self::finish::<R>(error, &attempts))?;
                continue;
            }
            attempts.begin();
            parts.counters.request(R::OPERATION);
            if attempts.made() > 1 {
                parts.counters.retry();
            }
            let sent = slot.taken();
            let exchange = send::send(parts, request, &token, limiter, memory.as_ref());
            let failure = match self.watched(exchange, &mut failing).await {
                Ok(answered) => {
                    let latency = parts.clock.now().saturating_sub(sent);
                    slot.answered();
                    self.acceptance().took(&token, sent);
                    self.observe(latency);
                    Self::record(Some(200), &attempts);
                    return Ok(answered);
                }
                Err(failure) => failure,
            };
            // Others may use it while this one waits.
            memory = None;
            let wait = match failure.verdict {
                Verdict::Final(_) => {
                    if failure.error.status().is_some() {
                        slot.answered();
                        self.acceptance().took(&token, sent);
                    }
                    None
                }
                Verdict::TokenRejected => {
                    slot.answered();
                    self.renew(
                        waits,
                        &failure.error,
                        (&token, sent),
                        &attempts,
                        &mut refusals,
                    )
                    .await
                    .map_err(|error| Self::finish::<R>(error, &attempts))?;
                    continue;
                }
                Verdict::Transient => {
                    failing.get_or_insert_with(|| Failing::new(&self.0.failing));
                    slot.failed(&failure.error, request.path_id().map(|id| id.id));
                    self.wait_or_outage(waits, &attempts, failure.wait)
                }
                Verdict::NoAnswer => {
                    slot.answered();
                    attempts.wait_unreadable()
                }
                Verdict::RateLimited => {
                    self.rate_limited(&failure, waits, slot, &attempts)
                        .map_err(|error| Self::finish::<R>(error, &attempts))?;
                    continue;
                }
            };
            let Some(wait) = wait else {
                return Err(Self::finish::<R>(failure.error, &attempts));
            };
            tracing::debug!(
                attempts = attempts.made(),
                kind = %failure.error.kind(),
                status = failure.error.status(),
                wait_ms = wait.as_millis(),
                "trying again"
            );
            self.sleep(wait).await;
        }
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

    pub(crate) fn acceptance(&self) -> MutexGuard<'_, Acceptance> {
        let acceptance = &self.0.acceptance;
        acceptance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn observe(&self, latency: Duration) {
        self.0
            .latency
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .observe(latency);
    }

    fn finish<R: Request>(error: Error, attempts: &Attempts<'_>) -> Error {
        Self::record(error.status(), attempts);
        if error.attempts() > 0 {
            // From the token endpoint, with attempts of its own.
            return error;
        }
        error
            .doing(R::OPERATION.template())
            .with_attempts(attempts.made(), attempts.elapsed())
    }

    fn record(status: Option<u16>, attempts: &Attempts<'_>) {
        let span = Span::current();
        if let Some(status) = status {
            span.record("status", status);
        }
        span.record("attempts", attempts.made());
        let ms = u64::try_from(attempts.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.record("elapsed_ms", ms);
    }
}

#[cfg(test)]
#[path = "caller_tests.rs"]
mod tests;
