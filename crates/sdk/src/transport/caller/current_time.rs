//! What time it is, as far as answers tell.

use super::Caller;
use crate::{
    Result,
    operation::Operation,
    transport::{
        limiter::Patience, operations::SessionsRequest, retry::attempts::Made, runtime,
        server_time::Belief, waits::Waits,
    },
};

/// Answers that are asked for at most to learn what time it is.
const PROBES: u32 = 4;

impl Caller {
    /// The server's time, once two clocks agree on it: asks for a token, and for a page of the
    /// list, if no answers have told enough.
    ///
    /// # Errors
    /// When there is no token to be had.
    pub(crate) async fn believe(&self, of_run: Option<Patience>) -> Result<Belief> {
        runtime::check()?;
        let parts = self.parts();
        let waits = Waits {
            kind: Operation::Sessions,
            limiter: &parts.reports,
            of_run,
        };
        let attempts = parts.attempts(Operation::Sessions, Made::default());
        let mut failures = 0;
        while !parts.server_time.is_told() {
            let began = parts.clock.now();
            match parts.tokens.token(None).await {
                Ok(_) => break,
                Err(error) => {
                    self.wait_for_tokens(waits, &attempts, began, &mut failures, error)
                        .await?;
                }
            }
        }
        for _ in 0..PROBES {
            let belief = parts.server_time.belief();
            if belief.settled {
                return Ok(belief);
            }
            // Whatever the answer says, it has a date; what goes wrong here goes wrong in the requests that
            // follow, and is told there.
            let request = SessionsRequest::of_day(belief.machine.date_naive());
            let _ = self.ask(&request, None, waits, &attempts).await;
            if !parts.server_time.is_told() {
                // Its answers tell no date.
                break;
            }
        }
        Ok(parts.server_time.belief())
    }
}
