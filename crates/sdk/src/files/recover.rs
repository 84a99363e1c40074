//! Going on after a failure: with a new token, with a fresh link, or after a wait.

use super::transfer::Transfer;
use crate::{
    Error, ErrorKind, Result, caller::Operation, clock, error::zoom::Verdict, failure::Failure,
    retry::Attempts,
};

impl Transfer {
    /// Finds a way to go on after a failure, and waits where that is called for.
    pub(super) async fn recover(&mut self, failure: Failure) -> Result<()> {
        let parts = self.caller.parts();
        let rejected = failure.verdict == Verdict::TokenRejected
            && (failure.zoom.code == Some(124) || failure.zoom.from_gateway);
        if rejected && !self.renewed {
            self.renewed = true;
            parts.tokens.token(self.token.as_ref()).await?;
            return Ok(());
        }
        // Without a link at hand, it is the question about the file that failed.
        let refused = !rejected && self.link.is_some() && refuses_link(&failure);
        if refused && self.file_id.is_some() && !self.fresh {
            self.link = None;
            return Ok(());
        }
        let mut attempts = Attempts::resume(&parts.policy, &*parts.clock, self.made);
        let wait = match failure.verdict {
            Verdict::Transient => attempts.wait(failure.wait),
            Verdict::RateLimited => {
                parts.counters.rate_limited();
                attempts.wait(failure.wait)
            }
            Verdict::NoAnswer => attempts.wait_unreadable(),
            Verdict::Final(_) | Verdict::TokenRejected => None,
        };
        let Some(wait) = wait else {
            let asked = failure.wait;
            let error = if refused {
                link_refused(&failure.error)
            } else {
                let instant = asked.map(|wait| clock::add(parts.server_time.now(), wait));
                failure.error.with_retry_after(instant)
            };
            if error.attempts() > 0 {
                // From the file info, with attempts of its own.
                return Err(error);
            }
            return Err(error
                .doing(Operation::Download.template())
                .with_attempts(attempts.made(), attempts.elapsed()));
        };
        self.made = attempts.count();
        tracing::debug!(
            attempts = self.made.attempts(),
            kind = %failure.error.kind(),
            status = failure.error.status(),
            bytes = self.bytes,
            wait_ms = wait.as_millis(),
            "trying the download again"
        );
        parts.counters.waited(wait);
        let at = parts.clock.now().saturating_add(wait);
        parts.clock.sleep_until(at).await;
        Ok(())
    }
}

/// Whether the link is at fault, as far as the status tells.
fn refuses_link(failure: &Failure) -> bool {
    let status = failure.error.status().unwrap_or_default();
    matches!(status, 400..=499)
        && matches!(failure.verdict, Verdict::Final(_) | Verdict::TokenRejected)
}

fn link_refused(error: &Error) -> Error {
    let status = error.status().unwrap_or_default();
    let kind = match status {
        404 | 410 => ErrorKind::NotFound,
        _ => ErrorKind::Refused,
    };
    Error::new(kind, format!("{status}: the link was refused"))
        .with_status(status)
        .with_zoom_code(error.zoom_code())
        .with_tracking_id(error.tracking_id().map(str::to_owned))
        .with_hint("links live for about a day: ask for the file by its id, which gets a new one")
}

/// What trying again does not help against, or what was tried often enough.
pub(super) fn fatal(error: Error) -> Failure {
    Failure {
        verdict: Verdict::Final(error.kind()),
        ..Failure::of_error(error)
    }
}

pub(super) fn broken(cause: &str) -> Failure {
    Failure::of_error(Error::new(ErrorKind::Transport, cause))
}
