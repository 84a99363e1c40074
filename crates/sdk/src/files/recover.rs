//! Resuming a download after a failure: with a new token, with a fresh link, or after a wait.

use super::transfer::Transfer;
use crate::{
    Error, ErrorKind, Result,
    error::zoom::Verdict,
    operation::Operation,
    transport::{retry::failure::Failure, waits::Waits},
};

impl Transfer {
    /// Decides how to continue after a failure, and waits if necessary.
    pub(super) async fn recover(&mut self, failure: Failure) -> Result<()> {
        let caller = self.caller.clone();
        let parts = caller.parts();
        let mut attempts = parts.attempts(Operation::Download, self.made);
        let rejected = failure.verdict == Verdict::TokenRejected
            && (failure.zoom.code == Some(124) || failure.zoom.from_gateway);
        if rejected && let Some(token) = &self.token {
            let refusals = &mut self.refusals;
            let waits = Waits::new(Operation::Download, parts, None);
            return caller
                .renew(
                    waits,
                    &failure.error,
                    (token, self.sent),
                    &attempts,
                    refusals,
                )
                .await
                .map_err(|error| attempts.give_up(error));
        }
        if matches!(failure.verdict, Verdict::Final(_)) && failure.error.is_rate_limited() {
            return Err(attempts.give_up(failure.error));
        }
        // Without a link, the request for the file's info failed.
        let refused = !rejected && self.link.is_some() && refuses_link(&failure);
        if refused && self.file_id.is_some() && !self.fresh {
            self.link = None;
            return Ok(());
        }
        let wait = match failure.verdict {
            Verdict::Transient => attempts.wait(failure.wait),
            // The limiter already delays all requests.
            Verdict::RateLimited => return Ok(()),
            Verdict::NoAnswer => attempts.wait_unreadable(),
            Verdict::Final(_) | Verdict::TokenRejected => None,
        };
        let Some(wait) = wait else {
            let asked = failure.wait;
            let error = if refused {
                link_refused(&failure.error)
            } else {
                failure.error.with_retry(parts.server_time.now(), asked)
            };
            return Err(attempts.give_up(error));
        };
        self.made = attempts.count();
        attempts.sleep_after(&failure.error, wait).await;
        Ok(())
    }
}

/// Whether the link is at fault, judged by the status.
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
        .with_answer_of(error)
        .with_hint("links live for about a day: download the file by its id, which gets a new link")
}
