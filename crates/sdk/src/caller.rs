//! One call: a slot, a token, a request, its body, and all of it again where that helps.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::header::HeaderMap;
use tracing::{Instrument, Span, field};
use zoom_chat_reports_api::{self as api, Floor};

use crate::{
    AccessToken, Error, ErrorKind, Result, Stats, TokenSource,
    clock::{self, Clock},
    error::zoom::Verdict,
    exchange::{self, Base},
    failure::Failure,
    files::Hosts,
    latency::Latency,
    limiter::{Limiter, Slot},
    path_id::PathId,
    requests::SessionsRequest,
    retry::{Attempts, RetryPolicy},
    retry_after::next_midnight,
    server_time::{Belief, ServerTime},
    stats::Counters,
};

pub(crate) use crate::operation::Operation;

/// The pause after a 429 that gives no usable hint, before jitter.
const UNHINTED_PAUSE: Duration = Duration::from_secs(1);
/// A slot whose token took longer than this is stale: with many tasks there would be a burst.
const STALE_SLOT: Duration = Duration::from_millis(20);

/// Answers that are asked for at most to learn what time it is.
const PROBES: u32 = 4;

const REJECTED_TWICE: &str = "Zoom rejects tokens that were just fetched: \
    check that the base URL and the token URL belong to the same Zoom";

/// One kind of request.
pub(crate) trait Request: Send + Sync {
    /// What the generated client gives.
    type Body: Send;
    /// What the caller hands out.
    type Answer: Send;
    const OPERATION: Operation;

    fn carries_page_token(&self) -> bool;

    /// Query parameters that the document does not know.
    fn parameters(&self) -> &Arc<[(String, String)]>;

    fn send(
        &self,
        client: &api::Client,
    ) -> impl Future<Output = Result<api::ResponseValue<Self::Body>, api::Error<()>>> + Send;

    /// The id in the path. It is checked before anything is sent, so that no operation forgets to.
    fn path_id(&self) -> Option<PathId<'_>>;

    /// Takes the body of a 200, if it is an answer.
    fn accept(&self, body: Self::Body) -> Result<Self::Answer, NotAnAnswer>;
}

/// The body of a success that is no answer.
pub(crate) enum NotAnAnswer {
    /// An error object of Zoom's, in its own text.
    ZoomError(String),
    /// Anything else; the text follows the status, says what was expected, and quotes nothing.
    Unreadable(String),
}

/// An answer, and what its headers told.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) value: T,
    pub(crate) tracking_id: Option<String>,
    pub(crate) headers: HeaderMap,
    /// The `Date` of this response, else the server's time as far as it is known.
    pub(crate) server_date: DateTime<Utc>,
}

/// What a caller is made of.
pub(crate) struct Parts {
    pub(crate) http: reqwest::Client,
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
}

impl Caller {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared {
            parts,
            latency: Mutex::default(),
        }))
    }

    /// Makes one call, which may take several requests.
    ///
    /// Dropped half way, it leaves nothing behind.
    pub(crate) async fn call<R: Request>(&self, request: &R) -> Result<Answered<R::Answer>> {
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
        self.attempt(request).instrument(span).await
    }

    /// What it is made of, for requests that are made once.
    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// The server's time, once two clocks agree on it: asks for a token, and for a page of the
    /// list, if no answers have told enough.
    ///
    /// # Errors
    /// When there is no token to be had.
    pub(crate) async fn believe(&self) -> Result<Belief> {
        let parts = self.parts();
        if !parts.server_time.is_told() {
            parts.tokens.token(None).await?;
        }
        for _ in 0..PROBES {
            let belief = parts.server_time.belief();
            if belief.settled {
                return Ok(belief);
            }
            self.probe(belief.machine.date_naive()).await;
            if !parts.server_time.is_told() {
                // Its answers tell no date.
                break;
            }
        }
        Ok(parts.server_time.belief())
    }

    /// Asks once for a session of a day. Whatever the answer says, it has a date; what goes wrong
    /// here goes wrong in the requests that follow, and is told there.
    async fn probe(&self, day: NaiveDate) {
        let parts = self.parts();
        let limiter = &parts.reports;
        let Ok((slot, token)) = self.slot_and_token(limiter).await else {
            return;
        };
        parts.counters.request(Operation::Sessions);
        let request = SessionsRequest::of_day(day);
        match exchange::send(parts, &request, &token, limiter).await {
            Ok(_) => slot.answered(),
            Err(failure) if matches!(failure.verdict, Verdict::RateLimited) => {
                let attempts = Attempts::new(&parts.policy, &*parts.clock);
                let _ = self.rate_limited(&failure, limiter, slot, &attempts);
            }
            Err(failure) if failure.error.status().is_some() => slot.answered(),
            Err(failure) => slot.failed(&failure.error),
        }
    }

    /// How many calls should run at once so that no slot is left unused.
    pub(crate) fn in_flight_target(&self) -> usize {
        let latency = self
            .0
            .latency
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        latency.in_flight(self.rate())
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
        let token = self.0.parts.tokens.token(None).await?;
        Ok(token.scopes().to_vec())
    }

    async fn attempt<R: Request>(&self, request: &R) -> Result<Answered<R::Answer>> {
        let parts = &self.0.parts;
        let limiter = match R::OPERATION {
            Operation::FileInfo => &parts.files,
            _ => &parts.reports,
        };
        let mut attempts = Attempts::new(&parts.policy, &*parts.clock);
        let mut renewed = false;
        loop {
            let (slot, token) = self
                .slot_and_token(limiter)
                .await
                .map_err(|error| Self::finish::<R>(error, &attempts))?;
            attempts.begin();
            parts.counters.request(R::OPERATION);
            if attempts.made() > 1 {
                parts.counters.retry();
            }
            let failure = match exchange::send(parts, request, &token, limiter).await {
                Ok(answered) => {
                    let latency = parts.clock.now().saturating_sub(slot.taken());
                    slot.answered();
                    self.observe(latency);
                    Self::record(Some(200), &attempts);
                    return Ok(answered);
                }
                Err(failure) => failure,
            };
            let wait = match failure.verdict {
                Verdict::Final(_) => {
                    if failure.error.status().is_some() {
                        slot.answered();
                    }
                    None
                }
                Verdict::TokenRejected if renewed => {
                    slot.answered();
                    let error = failure.error.with_hint(REJECTED_TWICE);
                    return Err(Self::finish::<R>(error, &attempts));
                }
                Verdict::TokenRejected => {
                    slot.answered();
                    renewed = true;
                    parts
                        .tokens
                        .token(Some(&token))
                        .await
                        .map_err(|error| Self::finish::<R>(error, &attempts))?;
                    continue;
                }
                Verdict::Transient => {
                    slot.failed(&failure.error);
                    attempts.wait(failure.wait)
                }
                Verdict::NoAnswer => {
                    slot.answered();
                    attempts.wait_unreadable()
                }
                Verdict::RateLimited => {
                    self.rate_limited(&failure, limiter, slot, &attempts)
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
            parts.counters.waited(wait);
            let at = parts.clock.now().saturating_add(wait);
            parts.clock.sleep_until(at).await;
        }
    }

    /// A slot and a token, both fresh: a task that waits for a token must not sit on a slot.
    async fn slot_and_token(&self, limiter: &Arc<Limiter>) -> Result<(Slot, AccessToken)> {
        let parts = &self.0.parts;
        let patience = parts.policy.patience();
        parts.tokens.token(None).await?;
        let mut slot = limiter.slot(patience).await?;
        let token = parts.tokens.token(None).await?;
        if parts.clock.now().saturating_sub(slot.taken()) > STALE_SLOT {
            drop(slot);
            slot = limiter.slot(patience).await?;
        }
        Ok((slot, token))
    }

    /// Holds everybody back after a 429, or says that this call has to end.
    fn rate_limited(
        &self,
        failure: &Failure,
        limiter: &Limiter,
        slot: Slot,
        attempts: &Attempts<'_>,
    ) -> Result<()> {
        let parts = &self.0.parts;
        parts.counters.rate_limited();
        if !failure.daily {
            limiter.widen(&slot);
        }
        slot.answered();
        let now = parts.server_time.now();
        let until_midnight = || (next_midnight(now) - now).to_std().ok();
        let hint = failure
            .wait
            .or_else(|| failure.daily.then(until_midnight).flatten());
        if let Some(wait) = hint.filter(|wait| *wait > parts.policy.longest_wait()) {
            let error = daily_limit(&failure.error, clock::add(now, wait));
            limiter.close(wait, error.clone());
            return Err(error);
        }
        let backoff = || {
            let backoff = parts.policy.backoff(attempts.made(), parts.clock.random());
            UNHINTED_PAUSE.max(backoff)
        };
        let asked = hint.unwrap_or_else(backoff);
        let Some(wait) = attempts.wait(Some(asked)) else {
            let instant = clock::add(now, asked);
            return Err(failure.error.clone().with_retry_after(Some(instant)));
        };
        tracing::debug!(wait_ms = wait.as_millis(), "rate limited");
        limiter.pause_until(parts.clock.now().saturating_add(wait));
        Ok(())
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

fn daily_limit(error: &Error, instant: DateTime<Utc>) -> Error {
    let status = error.status().unwrap_or(429);
    Error::new(ErrorKind::DailyLimit, "the requests of the day are used up")
        .with_status(status)
        .with_zoom_code(error.zoom_code())
        .with_tracking_id(error.tracking_id().map(str::to_owned))
        .with_retry_after(Some(instant))
        .with_hint(format!(
            "go on after {}",
            instant.format("%Y-%m-%dT%H:%M:%SZ")
        ))
}

#[cfg(test)]
#[path = "caller_tests.rs"]
mod tests;
