//! How far a run is, in counts.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// Counts of a run so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sessions: AtomicU64,
    pub(crate) windows: AtomicU64,
    pub(crate) windows_done: AtomicU64,
    pub(crate) entries: AtomicU64,
    /// The noun that `windows` counts, if it is not windows.
    unit: Mutex<Option<&'static str>>,
    /// When the reading of windows began; until then, the list of sessions is read.
    reading_since: Mutex<Option<Instant>>,
}

impl Counts {
    /// Notes that the list of sessions is read, and that this many windows follow.
    pub(crate) fn planned(&self, windows: u64) {
        self.windows.store(windows, Relaxed);
        self.windows_done.store(0, Relaxed);
        *lock(&self.reading_since) = Some(Instant::now());
    }

    /// Changes what is counted, from now on.
    pub(crate) fn count(&self, unit: &'static str) {
        *lock(&self.unit) = Some(unit);
        if self.reading_since().is_some() {
            self.planned(0);
        }
    }

    pub(super) fn unit(&self) -> &'static str {
        lock(&self.unit).unwrap_or("windows")
    }

    pub(super) fn reading_since(&self) -> Option<Instant> {
        *lock(&self.reading_since)
    }
}

/// Takes a lock. No code that holds it can panic, so it is never poisoned.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
