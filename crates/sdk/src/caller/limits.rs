//! After a 429: everybody is held back, and then it is decided who goes on.

use super::{Caller, Waits};
use crate::{
    Error, ErrorKind, Result, failure::Failure, limiter::Slot, retry::Attempts,
    retry_after::next_midnight,
};

impl Caller {
    /// Holds everybody back after a 429, or says that this call has to end.
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
        let mut asked = failure.wait;
        if failure.daily && asked.is_none_or(|wait| wait.is_zero()) {
            // A limit of the day ends with the day, whatever a hint of the past says.
            asked = (next_midnight(now) - now).to_std().ok();
        }
        // Nobody asks for our own backoff, so it is never too long.
        let too_long = asked.filter(|wait| *wait > parts.policy.longest_wait());
        let pause = asked.unwrap_or_else(|| failure.pause(attempts));
        let error = failure.error.clone().with_retry(now, asked);
        // Everybody is held back before anybody decides.
        let jitter = parts.policy.backoff(1, parts.clock.random());
        let held = match too_long {
            Some(_) => jitter,
            None => pause.saturating_add(jitter),
        };
        slot.limited(held, !failure.daily, &error);
        if too_long.is_some() {
            let error = not_waited_for(&error, failure.daily);
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

/// The error of a limit that asks for more time than the policy gives; it ends a run.
fn not_waited_for(limit: &Error, daily: bool) -> Error {
    let (kind, cause) = if daily {
        (ErrorKind::DailyLimit, "the requests of the day are used up")
    } else {
        let cause = "Zoom's rate limit asks for a longer wait than the retry policy gives";
        (ErrorKind::RateLimited, cause)
    };
    let error = Error::new(kind, cause)
        .with_status(limit.status().unwrap_or(429))
        .with_zoom_code(limit.zoom_code())
        .with_tracking_id(limit.tracking_id().map(str::to_owned))
        .with_retry_of(limit)
        .ending_run();
    match limit.retry_after() {
        Some(at) => error.with_hint(format!("go on after {}", at.format("%Y-%m-%dT%H:%M:%SZ"))),
        None => error,
    }
}
