//! Counts calls that fail or take long: others may use the slots that these leave.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::Notify;

/// Calls that failed temporarily and are made again, and calls that take long.
#[derive(Debug, Default)]
pub(super) struct AllFailing {
    pub(super) calls: AtomicUsize,
    pub(super) changed: Notify,
}

/// One of them, until it ends.
pub(super) struct Failing<'a>(&'a AllFailing);

impl<'a> Failing<'a> {
    pub(super) fn new(all: &'a AllFailing) -> Self {
        all.calls.fetch_add(1, Relaxed);
        all.changed.notify_waiters();
        Self(all)
    }
}

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Relaxed);
    }
}
