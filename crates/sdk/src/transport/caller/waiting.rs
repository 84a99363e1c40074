//! What a call waits for: a slot, a token, the next attempt.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::sync::Notify;

use super::{Caller, Parts};
use crate::{
    Again, Error, ErrorKind, Result,
    auth::AccessToken,
    error::zoom::Verdict,
    operation::Operation,
    transport::{
        attempts::Attempts,
        limiter::{Limiter, Patience, Slot},
        memory::Room,
        request::Request,
        send,
    },
};

/// A slot whose token took longer than this is stale: with many tasks there would be a burst.
const STALE_SLOT: Duration = Duration::from_millis(20);

/// What a call waits for, and how long.
#[derive(Clone, Copy)]
pub(crate) struct Waits<'a> {
    pub(crate) kind: Operation,
    pub(crate) limiter: &'a Arc<Limiter>,
    /// The patience of the run that the call belongs to, if it does.
    pub(crate) of_run: Option<Patience>,
}

impl<'a> Waits<'a> {
    pub(crate) fn of_download(parts: &'a Parts) -> Self {
        Self {
            kind: Operation::Download,
            limiter: &parts.files,
            of_run: None,
        }
    }

    fn patience(&self, attempts: &Attempts<'_>) -> Patience {
        self.of_run.unwrap_or_else(|| attempts.patience_of_call())
    }
}

/// What a call has from the run that it belongs to.
pub(crate) struct OfRun<'a, R> {
    pub(crate) patience: Option<Patience>,
    /// Where the memory for the answer comes from, if it is bounded.
    pub(crate) room: Option<&'a Room>,
    /// A request that was answered in this run. It is what an outage is probed with: whether it still is
    /// answered tells an outage from requests that always fail.
    pub(crate) control: &'a (dyn Fn() -> Option<Arc<R>> + Send + Sync),
}

/// Calls that have failed in a way that may pass and are made again, and calls that take long.
#[derive(Debug, Default)]
pub(super) struct AllFailing {
    pub(super) calls: AtomicUsize,
    pub(super) changed: Notify,
}

/// One of them, until it ends.
pub(super) struct Failing<'a>(&'a AllFailing);

impl<'a> Failing<'a> {
    pub(super) fn new(all: &'a AllFailing) -> Self {
        all.calls.fetch_add(1, Relaxed);
        all.changed.notify_waiters();
        Self(all)
    }
}

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Relaxed);
    }
}

impl Caller {
    /// A slot and a token, both fresh: a task that waits for a token must not sit on a slot.
    pub(crate) async fn slot_and_token(
        &self,
        waits: Waits<'_>,
        attempts: &Attempts<'_>,
    ) -> Result<(Slot, AccessToken)> {
        let parts = &self.0.parts;
        let patience = waits.patience(attempts);
        let mut failures = 0;
        loop {
            let began = parts.clock.now();
            if let Err(error) = parts.tokens.token(None).await {
                self.wait_for_tokens(waits, attempts, began, &mut failures, error)
                    .await?;
                continue;
            }
            let slot = waits
                .limiter
                .slot(waits.kind, patience, attempts.made() > 0)
                .await?;
            let token = match parts.tokens.token(None).await {
                Ok(token) => token,
                Err(error) => {
                    drop(slot);
                    self.wait_for_tokens(waits, attempts, began, &mut failures, error)
                        .await?;
                    continue;
                }
            };
            if parts.clock.now().saturating_sub(slot.taken()) <= STALE_SLOT {
                return Ok((slot, token));
            }
        }
    }

    /// After a source of tokens has failed: within a run it is asked again, each time after a longer while, until the
    /// run is ended. A call fails with it.
    pub(super) async fn wait_for_tokens(
        &self,
        waits: Waits<'_>,
        attempts: &Attempts<'_>,
        began: Duration,
        failures: &mut u32,
        error: Error,
    ) -> Result<()> {
        let parts = &self.0.parts;
        let Some(patience) = waits.of_run.filter(|it| !it.limit.is_zero()) else {
            return Err(error);
        };
        // Something that answers in the place of the source does not pass by itself.
        let is_final = error.again() == Again::Never || error.ends_run();
        if is_final || error.kind() == ErrorKind::UnreadableBody {
            return Err(error);
        }
        waits.limiter.unsent(waits.kind, began, &error);
        if let Some(outage) = waits.limiter.ends(waits.kind, patience) {
            return Err(outage);
        }
        *failures += 1;
        let random = parts.clock.random();
        attempts
            .sleep(parts.policy.backoff(*failures, random))
            .await;
        Ok(())
    }

    /// How long to wait before the next attempt, or nothing when it is time to give up: a call after its
    /// time; a request of a run then, too, but only if others of its kind are answered. Where none is,
    /// the limiter ends the run.
    pub(super) fn wait_or_outage(
        &self,
        waits: Waits<'_>,
        attempts: &Attempts<'_>,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        let began = attempts.started();
        let is_alone = || !waits.limiter.was_answered_after(waits.kind, began);
        let goes_on = waits.of_run.is_some_and(|it| !it.limit.is_zero());
        attempts
            .wait(asked)
            .or_else(|| (goes_on && is_alone()).then(|| attempts.backoff()))
    }

    /// Makes one request. What comes of it only the limiter learns, and whether the token was taken.
    ///
    /// The token is the one of now, unless one is given.
    pub(super) async fn ask<R: Request>(
        &self,
        request: &R,
        given: Option<&AccessToken>,
        waits: Waits<'_>,
        attempts: &Attempts<'_>,
    ) -> Result<()> {
        let (slot, token) = match given {
            None => self.slot_and_token(waits, attempts).await?,
            Some(token) => {
                let patience = waits.patience(attempts);
                let slot = waits
                    .limiter
                    .slot(waits.kind, patience, attempts.made() > 0)
                    .await?;
                (slot, token.clone())
            }
        };
        self.ask_in(request, slot, &token, waits, attempts).await
    }

    /// The same in a slot, with a token.
    pub(super) async fn ask_in<R: Request>(
        &self,
        request: &R,
        slot: Slot,
        token: &AccessToken,
        waits: Waits<'_>,
        attempts: &Attempts<'_>,
    ) -> Result<()> {
        let parts = self.parts();
        parts.counters.request(R::OPERATION);
        let failure = match send::send(parts, request, token, waits.limiter, None).await {
            Ok(_) => {
                self.accepted(slot, token);
                return Ok(());
            }
            Err(failure) => failure,
        };
        match failure.verdict {
            Verdict::RateLimited => return self.rate_limited(&failure, waits, slot, attempts),
            Verdict::Transient => slot.failed(&failure.error, request.path_id().map(|id| id.id)),
            Verdict::Final(_) => self.accepted(slot, token),
            Verdict::TokenRejected | Verdict::NoAnswer => slot.answered(),
        }
        Ok(())
    }
}
