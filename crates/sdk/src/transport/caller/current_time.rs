//! Finds out the server's time from answers.

use super::Caller;
use crate::{
    Result,
    operation::Operation,
    transport::{
        limiter::Patience, operations::SessionsRequest, retry::attempts::Made, runtime,
        server_time::Belief, waits::Waits,
    },
};

/// The most requests that are sent to learn the time.
const PROBES: u32 = 4;

impl Caller {
    /// The server's time, once two clocks agree on it. Requests a token and pages of the list if
    /// earlier answers do not suffice.
    ///
    /// # Errors
    /// When no token can be fetched.
    pub(crate) async fn believe(&self, of_run: Option<Patience>) -> Result<Belief> {
        runtime::check()?;
        let parts = self.parts();
        let waits = Waits::new(Operation::Sessions, parts, of_run);
        let attempts = parts.attempts(Operation::Sessions, Made::default());
        let mut failures = 0;
        while !parts.server_time.is_told() {
            let began = parts.clock.now();
            let Err(error) = parts.tokens.token(None).await else {
                break;
            };
            self.wait_for_tokens(waits, &attempts, began, &mut failures, error)
                .await?;
        }
        for _ in 0..PROBES {
            let belief = parts.server_time.belief();
            if belief.settled {
                return Ok(belief);
            }
            // Any answer has a date. An error here also happens in the requests that follow, and is
            // reported there.
            let request = SessionsRequest::of_day(belief.machine.date_naive());
            let _ = self.ask(&request, None, waits, &attempts).await;
            if !parts.server_time.is_told() {
                // The server's answers have no date.
                break;
            }
        }
        Ok(parts.server_time.belief())
    }
}
