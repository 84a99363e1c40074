//! The attempts of one call: each needs a slot and a token; its failure decides what follows.

use std::sync::Arc;

use tracing::{Instrument as _, Span, field};

use super::{Caller, failing::Failing, renewal::Refusals};
use crate::{
    Result,
    auth::AccessToken,
    error::zoom::Verdict,
    transport::{
        limiter::Slot,
        memory::Reserved,
        path_id::check_id,
        request::{Answered, Request},
        retry::attempts::{Attempts, Made},
        retry::failure::Failure,
        runtime, send,
        waits::{OfRun, Waits},
    },
};

impl Caller {
    /// Makes one call, which may take several requests.
    ///
    /// If it is dropped before its end, it leaves nothing behind.
    pub(crate) async fn call<R: Request>(&self, request: &R) -> Result<Answered<R::Answer>> {
        let alone = OfRun {
            patience: None,
            room: None,
            control: &|| None,
        };
        self.call_within(request, alone).await
    }

    /// The same within a run, which waits for answers of a kind as long as its patience lasts.
    pub(crate) async fn call_within<R: Request>(
        &self,
        request: &R,
        run: OfRun<'_, R>,
    ) -> Result<Answered<R::Answer>> {
        runtime::check()?;
        if let Some((what, id)) = request.path_id() {
            check_id(what, id)?;
        }
        let span = tracing::debug_span!(
            "zoom_call",
            operation = R::OPERATION.template(),
            status = field::Empty,
            attempts = field::Empty,
            elapsed_ms = field::Empty,
        );
        let call = Call::new(self, request, run);
        call.answer().instrument(span).await
    }
}

/// A call that is under way.
pub(super) struct Call<'a, R> {
    caller: &'a Caller,
    request: &'a R,
    run: OfRun<'a, R>,
    waits: Waits<'a>,
    attempts: Attempts<'a>,
    refusals: Refusals,
    /// Set if the call fails or takes long: others may use the slots that it leaves.
    failing: Option<Failing<'a>>,
    memory: Option<Arc<Reserved>>,
}

impl<'a, R: Request> Call<'a, R> {
    pub(super) fn new(caller: &'a Caller, request: &'a R, run: OfRun<'a, R>) -> Self {
        let parts = caller.parts();
        Self {
            caller,
            request,
            waits: Waits::new(R::OPERATION, parts, run.patience),
            run,
            attempts: parts.attempts(R::OPERATION, Made::default()),
            refusals: Refusals::default(),
            failing: None,
            memory: None,
        }
    }

    pub(super) async fn answer(mut self) -> Result<Answered<R::Answer>> {
        let outcome = self.repeat().await;
        self.record(match &outcome {
            Ok(_) => Some(200),
            Err(error) => error.status(),
        });
        outcome.map_err(|error| self.attempts.give_up(error))
    }

    async fn repeat(&mut self) -> Result<Answered<R::Answer>> {
        loop {
            let Some((slot, token)) = self.admission().await? else {
                continue;
            };
            match self.send(&token).await {
                Ok(answered) => {
                    let parts = self.caller.parts();
                    let latency = parts.clock.now().saturating_sub(slot.taken());
                    self.caller.accepted(slot, &token);
                    self.caller.observe(latency);
                    return Ok(answered);
                }
                Err(failure) => self.after(failure, slot, &token).await?,
            }
        }
    }

    /// A slot, a token and memory for the answer; `None` if the slot was given back or used for something else.
    async fn admission(&mut self) -> Result<Option<(Slot, AccessToken)>> {
        let caller = self.caller;
        let (slot, token) = caller.slot_and_token(self.waits, &self.attempts).await?;
        if let Some(room) = self.run.room.filter(|_| self.memory.is_none()) {
            self.memory = room.try_reserve();
            if self.memory.is_none() {
                // A call holds no slot while it waits for memory, and no memory while it waits for the end of an outage.
                drop(slot);
                self.memory = Some(room.reserve().await);
                return Ok(None);
            }
        }
        if let Some(control) = slot.is_probe().then(self.run.control).flatten() {
            // A request that was answered before shows best whether any request is answered.
            caller
                .ask_in(&*control, slot, &token, self.waits, &self.attempts)
                .await?;
            return Ok(None);
        }
        Ok(Some((slot, token)))
    }

    async fn send(&mut self, token: &AccessToken) -> Result<Answered<R::Answer>, Failure> {
        self.attempts.begin();
        let parts = self.caller.parts();
        let exchange = send::send(
            parts,
            self.request,
            token,
            self.waits.limiter,
            self.memory.as_ref(),
        );
        self.caller.watched(exchange, &mut self.failing).await
    }

    /// After a failed attempt: waits until the next may be made, or fails.
    async fn after(&mut self, failure: Failure, slot: Slot, token: &AccessToken) -> Result<()> {
        // Others may use the memory while this call waits.
        self.memory = None;
        let caller = self.caller;
        let wait = match failure.verdict {
            Verdict::Final(_) => {
                if failure.error.status().is_some() {
                    caller.accepted(slot, token);
                }
                None
            }
            Verdict::TokenRejected => {
                let sent = slot.taken();
                slot.answered();
                return caller
                    .renew(
                        self.waits,
                        &failure.error,
                        (token, sent),
                        &self.attempts,
                        &mut self.refusals,
                    )
                    .await;
            }
            Verdict::Transient => {
                self.failing
                    .get_or_insert_with(|| Failing::new(&caller.0.failing));
                slot.failed(&failure.error, self.request.path_id().map(|(_, id)| id));
                caller.wait_or_outage(self.waits, &self.attempts, failure.wait)
            }
            Verdict::NoAnswer => {
                slot.answered();
                self.attempts.wait_unreadable()
            }
            Verdict::RateLimited => {
                return caller.rate_limited(&failure, self.waits, slot, &self.attempts);
            }
        };
        let Some(wait) = wait else {
            return Err(failure.error);
        };
        self.attempts.sleep_after(&failure.error, wait).await;
        Ok(())
    }

    fn record(&self, status: Option<u16>) {
        let span = Span::current();
        if let Some(status) = status {
            span.record("status", status);
        }
        span.record("attempts", self.attempts.made());
        let ms = u64::try_from(self.attempts.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.record("elapsed_ms", ms);
    }
}
