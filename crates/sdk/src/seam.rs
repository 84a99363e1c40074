//! What two windows of a session share: the entries near the date at which one ends and the other begins.
//!
//! Such an entry belongs to the earlier window. The later one gives it only
//! if the earlier has ended without bringing it, so that each entry comes
//! once, and a window that fails takes nothing from its neighbour.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{NaiveDate, TimeDelta};

use crate::{
    Entry,
    range::midnight,
    sieve::Seen,
    window::{EARLIEST_MIDNIGHT, Interval, LATEST_MIDNIGHT},
};

/// The entries near a date that two windows of a session share.
#[derive(Debug)]
pub(crate) struct Seam {
    near: Interval,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Earlier windows that are being read.
    open: usize,
    /// What earlier windows that were read to their end have brought.
    brought: HashMap<u128, u64>,
}

impl Seam {
    /// A seam at a shared date, as wide as either window may answer for it.
    pub(crate) fn at(date: NaiveDate) -> Arc<Self> {
        let midnight = midnight(date);
        Arc::new(Self {
            near: Interval::new(
                midnight - EARLIEST_MIDNIGHT,
                midnight + TimeDelta::days(1) + LATEST_MIDNIGHT,
            ),
            state: Mutex::default(),
        })
    }

    /// Whether both windows may bring this entry; one without a time always may.
    pub(crate) fn holds(&self, entry: &Entry) -> bool {
        [entry.sent_at(), entry.modified_at()]
            .into_iter()
            .flatten()
            .any(|at| self.near.contains(at))
            || entry.sent_at().is_none()
    }

    /// Whether it is known what the earlier window brings.
    pub(crate) fn is_settled(&self) -> bool {
        self.state().open == 0
    }

    /// What an entry of the later window is to what the earlier has brought.
    pub(crate) fn judge(&self, key: u128, content: u64) -> Seen {
        match self.state().brought.get(&key) {
            None => Seen::New,
            Some(known) if *known == content => Seen::Duplicate,
            Some(_) => Seen::Changed,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The earlier window's side of a seam; dropped before its end, the window has brought nothing.
#[derive(Debug)]
pub(crate) struct Earlier {
    seam: Arc<Seam>,
    brings: HashMap<u128, u64>,
}

impl Earlier {
    pub(crate) fn of(seam: Arc<Seam>) -> Self {
        seam.state().open += 1;
        Self {
            seam,
            brings: HashMap::new(),
        }
    }

    /// Whether the later window may bring this entry as well.
    pub(crate) fn holds(&self, entry: &Entry) -> bool {
        self.seam.holds(entry)
    }

    pub(crate) fn note(&mut self, key: u128, content: u64) {
        self.brings.insert(key, content);
    }

    /// The window was read to its end.
    pub(crate) fn end(mut self) {
        let brings = std::mem::take(&mut self.brings);
        self.seam.state().brought.extend(brings);
    }
}

impl Drop for Earlier {
    fn drop(&mut self) {
        self.seam.state().open -= 1;
    }
}
