//! After a 429: delays all requests, then decides whether this call continues.

use super::Caller;
use crate::{
    Result,
    transport::{limiter::Slot, retry::attempts::Attempts, retry::failure::Failure, waits::Waits},
};

impl Caller {
    /// Delays all requests after a 429; fails if this call must end.
    pub(crate) fn rate_limited(
        &self,
        failure: &Failure,
        waits: Waits<'_>,
        slot: Slot,
        attempts: &Attempts<'_>,
    ) -> Result<()> {
        let parts = &self.0.parts;
        parts.counters.rate_limited();
        let now = parts.server_time.now();
        let asked = failure.asked(now);
        let pause = asked.unwrap_or_else(|| failure.pause(attempts));
        let too_long = failure.not_waited_for(&parts.policy, now);
        let error = failure.error.clone().with_retry(now, asked);
        // All requests are delayed before any call decides.
        let jitter = parts.policy.backoff(1, parts.clock.random());
        let held = match too_long {
            Some(_) => jitter,
            None => pause.saturating_add(jitter),
        };
        slot.limited(held, !failure.daily, &error);
        if let Some(error) = too_long {
            waits.limiter.close(pause, error.clone());
            return Err(error);
        }
        if self.wait_or_outage(waits, attempts, Some(pause)).is_none() {
            return Err(error);
        }
        tracing::debug!(wait_ms = held.as_millis(), "rate limited");
        Ok(())
    }
}
