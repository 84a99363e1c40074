//! The waits of a call: for a slot, a token, the next attempt.

use std::time::Duration;

use super::Caller;
use crate::{
    Again, Error, ErrorKind, Result,
    auth::AccessToken,
    error::zoom::Verdict,
    transport::{limiter::Slot, request::Request, retry::attempts::Attempts, send, waits::Waits},
};

/// A slot whose token took longer than this is stale: using it would let many tasks send a burst.
const STALE_SLOT: Duration = Duration::from_millis(20);

impl Caller {
    /// A slot and a token, both fresh: a task that waits for a token must not hold a slot.
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

    /// After a source of tokens failed: within a run it is asked again, after longer and longer waits, until the run
    /// ends. A call outside a run fails.
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
        // If something answers instead of the source, waiting does not help.
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

    /// How long to wait before the next attempt; `None` when it is time to give up. A call gives up after its
    /// time. A request of a run does so too, but only if others of its kind are answered. If none is answered,
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

    /// Makes one request. Only its effects on the limiter and on the acceptance of tokens are noted.
    ///
    /// It uses the current token, unless one is given.
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

    /// The same with a given slot and token.
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
            Verdict::Transient => slot.failed(&failure.error, request.path_id().map(|(_, id)| id)),
            Verdict::Final(_) => self.accepted(slot, token),
            Verdict::TokenRejected | Verdict::NoAnswer => slot.answered(),
        }
        Ok(())
    }
}
