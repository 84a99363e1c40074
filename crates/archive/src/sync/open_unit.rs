//! A unit under way: what came of a window that is not complete yet.

use std::{collections::BTreeSet, sync::Arc};

use zoom_chat_reports::{dates::Window, harvest::WindowId};

use crate::{
    facts::digest::{Hash, Lines},
    model::ModificationsFlag,
};

/// A unit that is being filled: its items are digested as they come.
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

    /// Its number.
    pub(crate) fn unit(&self) -> i64 {
        self.unit
    }

    /// Adds an item to the digest.
    pub(crate) fn add(&mut self, id: i64, kind: i64, key: &Hash, raw: &str) {
        self.lines.item(id, kind, key, raw.as_bytes());
    }

    /// How many items it holds.
    pub(crate) fn rows(&self) -> u64 {
        self.lines.rows
    }

    /// How many items it holds, and their digest.
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
    /// The session's number; none while nothing of it is visible.
    pub(crate) session: Option<i64>,
    /// Messages that were edited or deleted: when they were sent, and when they were changed.
    pub(crate) changes: Vec<(i64, Option<i64>)>,
    /// Sent messages that were not known: their numbers, and when they were sent.
    pub(crate) new_sent: Vec<(i64, i64)>,
    /// Entries that Zoom was seen not to return, and returned again.
    pub(crate) returned: BTreeSet<i64>,
    /// What the answer shows of whether edits of older messages are found.
    pub(crate) modifications: Option<ModificationsFlag>,
}
