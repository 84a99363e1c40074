//! What a request waits for, and how long: by itself, or as a part of a run.

use std::sync::Arc;

use crate::{
    operation::Operation,
    transport::{
        limiter::{Limiter, Patience},
        memory::Room,
        parts::Parts,
        retry::attempts::Attempts,
    },
};

/// What a call waits for, and how long.
#[derive(Clone, Copy)]
pub(crate) struct Waits<'a> {
    pub(crate) kind: Operation,
    pub(crate) limiter: &'a Arc<Limiter>,
    /// The patience of the run that the call belongs to, if it does.
    pub(crate) of_run: Option<Patience>,
}

impl<'a> Waits<'a> {
    pub(crate) fn of_download(parts: &'a Parts) -> Self {
        Self {
            kind: Operation::Download,
            limiter: &parts.files,
            of_run: None,
        }
    }

    pub(crate) fn patience(&self, attempts: &Attempts<'_>) -> Patience {
        self.of_run.unwrap_or_else(|| attempts.patience_of_call())
    }
}

/// What a call has from the run that it belongs to.
pub(crate) struct OfRun<'a, R> {
    pub(crate) patience: Option<Patience>,
    /// Where the memory for the answer comes from, if it is bounded.
    pub(crate) room: Option<&'a Room>,
    /// A request that was answered in this run. It is what an outage is probed with: whether it still is
    /// answered tells an outage from requests that always fail.
    pub(crate) control: &'a (dyn Fn() -> Option<Arc<R>> + Send + Sync),
}
