//! Units: the entries of a window become visible together with its ledger row, or are removed.

use std::collections::BTreeSet;

use chrono::DateTime;
use rusqlite::params;
use zoom_chat_reports::harvest::WindowFacts;

use super::{
    open_unit::{Batch, OpenUnit, UnitKey},
    writer::Writer,
};
use crate::{
    error::Result,
    facts::{self, LedgerRow, items},
    proof::SessionProof,
    sql::Sql,
};

impl Writer<'_> {
    /// Begins the unit of a window if it is new.
    pub(crate) fn unit(&mut self, key: &UnitKey) -> Result<&mut OpenUnit> {
        if !self.open.contains_key(key) {
            let unit = OpenUnit {
                batch: Batch::new(self.begin_unit()),
                session: self.session(&key.session_id)?,
                changes: Vec::new(),
                new_sent: Vec::new(),
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

    /// Makes a window visible: appends its ledger row and derives what follows, in one transaction. Returns the
    /// row. A window without anything new gets its row later, together with others.
    ///
    /// `known` is what earlier readings prove of the session. `reread_days` gives the days to be read again,
    /// from when changed messages were sent and when they were changed.
    pub(crate) fn done(
        &mut self,
        key: &UnitKey,
        facts: &WindowFacts,
        known: Option<&SessionProof>,
        reread_days: impl FnOnce(&[(i64, Option<i64>)]) -> Vec<chrono::NaiveDate>,
    ) -> Result<Option<LedgerRow>> {
        self.begin()?;
        self.unit(key)?;
        let open = self
            .open
            .remove(key)
            .expect("it was put there if it was not");
        let mut row = facts::Window::new(open.batch.unit(), self.run, facts);
        row.again = reread_days(&open.changes);
        // Another window of it may have become visible.
        let session = match open.session {
            None => self.session(&key.session_id)?,
            known => known,
        };
        let late = known.map_or_else(Vec::new, |known| late(known, &open.new_sent));
        row.late = self.not_visible(session, late)?;
        let is_whole = facts.settled && facts.options.answers(&self.question);
        if let (true, Some(session)) = (is_whole, open.session) {
            let not_returned = self.not_returned(session, facts)?;
            let deleted = |sent_ms| open.changes.iter().any(|(sent, _)| *sent == sent_ms);
            let mut unexplained = not_returned
                .iter()
                .filter(|gone| !gone.is_deleted && !deleted(gone.sent_ms));
            row.agrees = row.late.is_empty() && unexplained.next().is_none();
            row.not_returned = not_returned.iter().map(|gone| gone.id).collect();
        }
        row.returned = open.returned.into_iter().collect();
        row.modifications = open.modifications;
        (row.rows, row.digest) = open.batch.finish();
        if let (true, Some(session)) = (row.is_quiet(), session) {
            self.quiet.add(session, &row);
            return Ok(None);
        }
        let row = LedgerRow::Window(Box::new(row));
        self.append(&row)?;
        Ok(Some(row))
    }

    /// Of these new messages, given with the time they were sent, those that no window has made visible since they came:
    /// a neighbour that was read at the same time holds the messages of the dates that both share.
    fn not_visible(&self, session: Option<i64>, new: Vec<(i64, i64)>) -> Result<Vec<i64>> {
        let sql = "SELECT EXISTS (SELECT 1 FROM entry_columns c
               JOIN items visible ON visible.id = c.id JOIN items new ON new.key = visible.key
             WHERE c.session = ?1 AND c.sent_ms = ?2 AND c.kind = 0 AND new.id = ?3)";
        let mut left = Vec::new();
        for (id, sent_ms) in new {
            let place = params![session, sent_ms, id];
            if !self.db.one(sql, place, |row| row.get(0))? {
                left.push(id);
            }
        }
        Ok(left)
    }

    /// Sent messages that the window should hold and does not. They are reported once, and never removed.
    fn not_returned(&self, session: i64, facts: &WindowFacts) -> Result<Vec<NotReturned>> {
        let proves = facts.answered.proves();
        let sql = "SELECT e.id, e.sent_ms, m.deleted_entry IS NOT NULL
             FROM entry_columns e JOIN message_columns m ON m.no = e.message
             WHERE e.session = ?1 AND e.sent_ms >= ?2 AND e.sent_ms < ?3 AND kind = 0 AND e.id < ?4
               AND not_returned_run IS NULL AND e.id NOT IN (SELECT entry FROM temp.seen)
             ORDER BY e.id";
        let values = params![
            session,
            proves.start.timestamp_millis(),
            proves.end.timestamp_millis(),
            self.first_item
        ];
        self.db.all(sql, values, |row| {
            Ok(NotReturned {
                id: row.get(0)?,
                sent_ms: row.get(1)?,
                is_deleted: row.get(2)?,
            })
        })
    }

    /// Removes the items of a window that failed. Other windows store what they share with it themselves.
    pub(crate) fn failed(&mut self, key: &UnitKey) -> Result<()> {
        let Some(open) = self.open.remove(key) else {
            return Ok(());
        };
        self.begin()?;
        items::remove(self.db, open.batch.unit())
    }

    /// Removes all units under way: the run asks for no more messages.
    pub(crate) fn abandon(&mut self) -> Result<()> {
        self.begin()?;
        for (_, open) in std::mem::take(&mut self.open) {
            items::remove(self.db, open.batch.unit())?;
        }
        Ok(())
    }
}

/// A sent message that a window should hold and does not.
struct NotReturned {
    id: i64,
    sent_ms: i64,
    is_deleted: bool,
}

/// Of the sent messages that were not known, those that an earlier reading should have held.
fn late(known: &SessionProof, new_sent: &[(i64, i64)]) -> Vec<(i64, i64)> {
    if new_sent.is_empty() {
        return Vec::new();
    }
    let proven = known.sent();
    let is_proven = |sent_ms| {
        let sent = DateTime::from_timestamp_millis(sent_ms);
        sent.is_some_and(|sent| proven.iter().any(|proven| proven.contains(sent)))
    };
    let late = new_sent.iter().filter(|(_, sent_ms)| is_proven(*sent_ms));
    late.copied().collect()
}
