//! A page of a session's entries, and the place behind it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Entry, window::Window};

/// How the dates of a range are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edges {
    /// Exact by UTC time: Zoom is asked for more days than the range has, in windows that share a
    /// date, and entries outside the range are dropped. Zoom's own days do not matter.
    #[default]
    Exact,
    /// The dates as given and what Zoom returns for them, in whatever time zone
    /// its days are. What belongs to the first and last day is Zoom's choice,
    /// and nothing can be claimed.
    AsReported,
}

/// One page of a session's entries.
///
/// Entries that came before are not in it, nor those outside the range, so a
/// page may be empty without being the last.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    entries: Vec<Entry>,
    next: Option<Cursor>,
}

impl Page {
    pub(crate) fn new(entries: Vec<Entry>, next: Option<Cursor>) -> Self {
        Self { entries, next }
    }

    /// The entries: sent, then edited, then deleted ones, in Zoom's order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, taken out.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Where the next page is read; `None` after the last one.
    ///
    /// Keep it to go on later with [`Messages::resume`](crate::Messages::resume).
    #[must_use]
    pub fn next(&self) -> Option<&Cursor> {
        self.next.as_ref()
    }
}

/// A place in a session: the dates of a question to Zoom and the page token to go with them.
///
/// Going on from it may repeat entries, but never skips one. A page token lives
/// for about 15 minutes; once it has expired, its window is read from the start.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) page_token: Option<String>,
}

impl Cursor {
    pub(crate) fn new(window: Window, page_token: Option<&str>) -> Self {
        Self {
            from: window.from,
            to: window.to,
            page_token: page_token.map(str::to_owned),
        }
    }

    pub(crate) fn window(&self) -> Window {
        Window {
            from: self.from,
            to: self.to,
        }
    }
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor")
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}
