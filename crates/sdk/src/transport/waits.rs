//! Waits of a request: what it waits for and how long, outside or within a run.

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
    /// The patience of the run that the call belongs to, if any.
    pub(crate) of_run: Option<Patience>,
}

impl<'a> Waits<'a> {
    pub(crate) fn new(kind: Operation, parts: &'a Parts, of_run: Option<Patience>) -> Self {
        let limiter = match kind {
            Operation::FileInfo | Operation::Download => &parts.files,
            _ => &parts.reports,
        };
        Self {
            kind,
            limiter,
            of_run,
        }
    }

    pub(crate) fn patience(&self, attempts: &Attempts<'_>) -> Patience {
        self.of_run.unwrap_or_else(|| attempts.patience_of_call())
    }
}

/// What a call gets from the run that it belongs to.
pub(crate) struct OfRun<'a, R> {
    pub(crate) patience: Option<Patience>,
    /// Where the memory for the answer comes from, if it is bounded.
    pub(crate) room: Option<&'a Room>,
    /// A request that was answered in this run. It is the probe of an outage: whether it is still
    /// answered tells an outage from requests that always fail.
    pub(crate) control: &'a (dyn Fn() -> Option<Arc<R>> + Send + Sync),
}
