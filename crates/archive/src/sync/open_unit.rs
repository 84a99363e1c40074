//! A unit under way: the entries of a window that is not complete yet.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use zoom_chat_reports::{dates::Window, harvest::WindowId};

use crate::{
    facts::{
        self,
        digest::{Hash, Lines},
    },
    model::ModificationsFlag,
};

/// A unit that is being filled; its items are digested as they come.
pub(crate) struct Batch {
    unit: i64,
    lines: Lines,
}

impl Batch {
    pub(crate) fn new(unit: i64) -> Self {
        Self {
            unit,
            lines: Lines::default(),
        }
    }

    /// The unit's number.
    pub(crate) fn unit(&self) -> i64 {
        self.unit
    }

    /// Adds an item to the digest.
    pub(crate) fn add(&mut self, id: i64, kind: i64, key: &Hash, raw: &str) {
        self.lines.item(id, kind, key, raw.as_bytes());
    }

    /// The number of items it holds.
    pub(crate) fn rows(&self) -> u64 {
        self.lines.rows
    }

    /// What a row tells of it.
    pub(crate) fn into_row(self, run: i64, server_date: NaiveDate) -> facts::Batch {
        let unit = self.unit;
        let (rows, digest) = self.finish();
        facts::Batch {
            unit,
            run,
            server_date: Some(server_date),
            rows,
            digest,
        }
    }

    /// The number of items it holds, and their digest.
    pub(crate) fn finish(self) -> (u64, String) {
        (self.lines.rows, self.lines.finish())
    }
}

/// Names a unit under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UnitKey {
    pub(crate) session_id: Arc<str>,
    pub(crate) window: Window,
}

impl From<&WindowId> for UnitKey {
    fn from(id: &WindowId) -> Self {
        Self {
            session_id: id.session_id.clone(),
            window: id.window,
        }
    }
}

/// A unit under way.
pub(crate) struct OpenUnit {
    pub(crate) batch: Batch,
    /// The session's number; none while nothing of the session is visible.
    pub(crate) session: Option<i64>,
    /// For edited or deleted messages: when they were sent, and when they were changed.
    pub(crate) changes: Vec<(i64, Option<i64>)>,
    /// For sent messages that were not known: their numbers, and when they were sent.
    pub(crate) new_sent: Vec<(i64, i64)>,
    /// Entries that Zoom no longer returned in an earlier run, and returned now.
    pub(crate) returned: BTreeSet<i64>,
    /// Whether the answer shows that edits of older messages are found, or that they are not.
    pub(crate) modifications: Option<ModificationsFlag>,
}
