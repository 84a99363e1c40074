//! Units: what comes together becomes visible together, with its ledger row, or goes.

use std::{collections::BTreeSet, sync::Arc};

use rusqlite::params;
use zoom_chat_reports::{
    dates::Window,
    harvest::{WindowFacts, WindowId},
};

use super::writer::{Batch, Writer};
use crate::{
    ModificationsFlag,
    error::Result,
    facts::{self, LedgerRow, items},
};

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
    /// Entries that Zoom was seen not to return, and returned again.
    pub(crate) returned: BTreeSet<i64>,
    /// What the answer shows of whether edits of older messages are found.
    pub(crate) modifications: Option<ModificationsFlag>,
}

impl Writer<'_> {
    /// Begins the unit of a window when it is new.
    pub(crate) fn unit(&mut self, key: &UnitKey) -> Result<&mut OpenUnit> {
        if !self.open.contains_key(key) {
            let unit = OpenUnit {
                batch: Batch::new(self.begin_unit()),
                session: self.session(&key.session_id)?,
                changes: Vec::new(),
                returned: BTreeSet::new(),
                modifications: None,
            };
            self.open.insert(key.clone(), unit);
        }
        Ok(self
            .open
            .get_mut(key)
            .expect("it was put there if it was not"))
    }

    /// Makes a window visible: its ledger row, which is given back, and what follows from it, in one transaction.
    /// One that brought nothing new is told later, together with others.
    ///
    /// `again` gives the days that are to be read again, from when changed messages were sent and when
    /// they were changed.
    pub(crate) fn done(
        &mut self,
        key: &UnitKey,
        facts: &WindowFacts,
        again: impl FnOnce(&[(i64, Option<i64>)]) -> Vec<chrono::NaiveDate>,
    ) -> Result<Option<LedgerRow>> {
        self.begin()?;
        self.unit(key)?;
        let open = self
            .open
            .remove(key)
            .expect("it was put there if it was not");
        let mut row = facts::Window::new(open.batch.unit(), self.run, facts);
        row.again = again(&open.changes);
        let is_whole = facts.settled && facts.options.answers(&self.question);
        if let (true, Some(session)) = (is_whole, open.session) {
            row.not_returned = self.not_returned(session, facts)?;
        }
        row.returned = open.returned.into_iter().collect();
        row.modifications = open.modifications;
        (row.rows, row.digest) = open.batch.finish();
        // Another window of it may have become visible.
        let session = match open.session {
            None => self.session(&key.session_id)?,
            known => known,
        };
        if let (true, Some(session)) = (row.is_quiet(), session) {
            self.quiet.add(session, &row);
            return Ok(None);
        }
        let row = LedgerRow::Window(Box::new(row));
        self.append(&row)?;
        Ok(Some(row))
    }

    /// Sent messages that the window should hold and did not: told once, never removed.
    fn not_returned(&self, session: i64, facts: &WindowFacts) -> Result<Vec<i64>> {
        let proves = facts.answered.proves();
        let mut select = self.db.prepare_cached(
            "SELECT id FROM entry_columns
             WHERE session = ?1 AND sent_ms >= ?2 AND sent_ms < ?3 AND kind = 0 AND id < ?4
               AND not_returned_run IS NULL AND id NOT IN (SELECT entry FROM temp.seen)
             ORDER BY id",
        )?;
        let ids = select.query_map(
            params![
                session,
                proves.start.timestamp_millis(),
                proves.end.timestamp_millis(),
                self.first_item
            ],
            |row| row.get(0),
        )?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// A window failed: what it brought goes. Other windows brought for themselves what they share with it.
    pub(crate) fn failed(&mut self, key: &UnitKey) -> Result<()> {
        let Some(open) = self.open.remove(key) else {
            return Ok(());
        };
        self.begin()?;
        items::remove(self.db, open.batch.unit())
    }

    /// All that is still under way goes: the run asks for no more messages.
    pub(crate) fn abandon(&mut self) -> Result<()> {
        self.begin()?;
        for (_, open) in std::mem::take(&mut self.open) {
            items::remove(self.db, open.batch.unit())?;
        }
        Ok(())
    }
}
