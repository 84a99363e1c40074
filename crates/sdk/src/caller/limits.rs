//! After a 429: everybody is held back, and then it is decided who goes on.

use chrono::{DateTime, Utc};

use super::{Caller, Waits};
use crate::{
    Error, ErrorKind, Result, clock, failure::Failure, limiter::Slot, retry::Attempts,
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
        let mut pause = failure.pause(attempts);
        if failure.daily && failure.wait.is_none_or(|wait| wait.is_zero()) {
            // A limit of the day ends with the day, whatever a hint of the past says.
            pause = (next_midnight(now) - now).to_std().unwrap_or(pause);
        }
        // Everybody is held back before anybody decides.
        let longest = parts.policy.longest_wait();
        let jitter = parts.policy.backoff(1, parts.clock.random());
        let held = if pause > longest {
            jitter
        } else {
            pause.saturating_add(jitter)
        };
        slot.limited(held, !failure.daily, &failure.error);
        if pause > longest {
            let error = daily_limit(&failure.error, clock::add(now, pause));
            waits.limiter.close(pause, error.clone());
            return Err(error);
        }
        if self.wait_or_outage(waits, attempts, Some(pause)).is_none() {
            let instant = clock::add(now, pause);
            return Err(failure.error.clone().with_retry_after(Some(instant)));
        }
        tracing::debug!(wait_ms = held.as_millis(), "rate limited");
        Ok(())
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
