//! After a 401: gets another token, or finds that no token helps.

use std::time::Duration;

use super::Caller;
use crate::{
    Again, Error, ErrorKind, Result,
    auth::AccessToken,
    operation::Operation,
    transport::{operations::SessionsRequest, retry::attempts::Attempts, waits::Waits},
};

const REJECTED: &str = "Zoom rejects tokens that were just fetched: check that the base URL and the token URL \
    belong to the same Zoom, and that no other program fetches tokens for the same app all the time";

/// How often the token of one call was refused.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    all: u32,
    /// How often it was refused although other requests accepted it.
    own: u32,
}

impl Caller {
    /// After a 401: continues with the current token, or fails if no token helps.
    ///
    /// No token is fetched if another call has fetched one since.
    pub(crate) async fn renew(
        &self,
        waits: Waits<'_>,
        error: &Error,
        (token, sent): (&AccessToken, Duration),
        attempts: &Attempts<'_>,
        refusals: &mut Refusals,
    ) -> Result<()> {
        let parts = &self.0.parts;
        parts.counters.token_rejected();
        self.acceptance().refused(token);
        refusals.all += 1;
        let lives = || self.acceptance().lives_since(token, sent);
        if refusals.all > 1 && !lives() {
            if self.acceptance().takes_none() {
                return Err(error.clone().with_hint(REJECTED));
            }
            // A request of the list with this token shows whether it is valid.
            if waits.kind != Operation::Sessions {
                let other = Waits::new(Operation::Sessions, parts, waits.of_run);
                let today = parts.server_time.now().date_naive();
                let request = SessionsRequest::of_day(today);
                self.ask(&request, Some(token), other, attempts).await?;
            }
        }
        if refusals.all > 1 && !lives() {
            let Some(wait) = attempts.wait(None) else {
                return Err(error.clone().with_hint(REJECTED));
            };
            attempts.sleep(wait).await;
        }
        if lives() {
            refusals.own += 1;
            if refusals.own > 1 {
                return Err(own_refusal(error));
            }
            if let Some(wait) = attempts.wait(None) {
                attempts.sleep(wait).await;
            }
            return Ok(());
        }
        let Err(no_other) = parts.tokens.token(Some(token)).await else {
            return Ok(());
        };
        if let Some(wait) = attempts.wait(None) {
            attempts.sleep(wait).await;
        }
        if lives() {
            return Err(own_refusal(error));
        }
        if no_other.again() == Again::Never {
            return Err(no_other);
        }
        // The source fails for now: the call waits for it when it asks for a slot.
        Ok(())
    }
}

/// The refusal of a request whose token other requests accept.
fn own_refusal(error: &Error) -> Error {
    let hint = "other requests accept this token: check that the app has access to this one";
    let error = error.clone().into_kind(ErrorKind::Refused);
    error.refusing_token().with_hint(hint)
}
