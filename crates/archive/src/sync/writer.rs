//! Writing what a run receives: items under their units, and the ledger rows that make them visible.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use zoom_chat_reports::{Entry, Options};

use super::{
    open_unit::{Batch, OpenUnit, UnitKey},
    quiet::QuietWindows,
};
use crate::{
    derived::{self, Counts},
    error::Result,
    facts::{
        LedgerRow,
        digest::{self, Hash, kind_number, sha256},
        items,
    },
    sql::Sql,
};

/// The number of rows after which a transaction ends.
const ROWS_A_TRANSACTION: u32 = 4000;
/// The time after which a transaction ends.
const TIME_A_TRANSACTION: Duration = Duration::from_millis(200);

/// Writes for one run.
pub(crate) struct Writer<'a> {
    pub(crate) db: &'a mut Connection,
    pub(crate) run: i64,
    pub(crate) open: HashMap<UnitKey, OpenUnit>,
    /// Windows without anything new that have no ledger row yet.
    pub(super) quiet: QuietWindows,
    /// The counts of the run.
    pub(crate) counts: Counts,
    /// The archive's settings: windows that asked for less do not show what Zoom no longer returns.
    pub(super) question: Options,
    /// Entries with a lower number were stored before the run.
    pub(super) first_item: i64,
    pub(super) next_unit: i64,
    transaction: Option<Instant>,
    rows: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(db: &'a mut Connection, run: i64, question: Options) -> Result<Self> {
        // The entries that this run has seen again; the table ends with the connection.
        db.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS seen (entry INTEGER PRIMARY KEY);
             DELETE FROM temp.seen;",
        )?;
        Ok(Self {
            run,
            question,
            open: HashMap::new(),
            quiet: QuietWindows::default(),
            counts: Counts::default(),
            first_item: items::next_item(db)?,
            next_unit: items::next_unit(db)?,
            transaction: None,
            rows: 0,
            db,
        })
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) -> Result<()> {
        if self.transaction.is_none() {
            self.db.run("BEGIN IMMEDIATE", [])?;
            self.transaction = Some(Instant::now());
        }
        Ok(())
    }

    /// Ends the transaction if it has grown large or old.
    pub(crate) fn commit_if_due(&mut self) -> Result<()> {
        let is_old = |began: Instant| began.elapsed() >= TIME_A_TRANSACTION;
        if self.transaction.is_some_and(is_old) || self.rows >= ROWS_A_TRANSACTION {
            self.commit()?;
        }
        Ok(())
    }

    /// Ends the transaction.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if self.transaction.take().is_some() {
            self.rows = 0;
            self.db.run("COMMIT", [])?;
        }
        Ok(())
    }

    /// The number of a new unit, whose items are not visible yet.
    pub(crate) fn begin_unit(&mut self) -> i64 {
        let unit = self.next_unit;
        self.next_unit += 1;
        unit
    }

    /// Adds an item to a unit; returns its number.
    pub(crate) fn item(
        &mut self,
        batch: &mut Batch,
        kind: i64,
        key: &Hash,
        raw: &str,
    ) -> Result<i64> {
        self.begin()?;
        self.rows += 1;
        let id = items::insert(self.db, batch.unit(), kind, key, raw)?;
        batch.add(id, kind, key, raw);
        Ok(id)
    }

    /// Appends a row to the ledger, and derives what follows from it.
    pub(crate) fn append(&mut self, row: &LedgerRow) -> Result<()> {
        self.begin()?;
        derived::append(self.db, row, &mut self.counts)
    }

    /// Stores entries under a unit; they are not visible before the unit is done. Known entries that came
    /// again unchanged are only counted.
    pub(crate) fn entries(&mut self, unit: &UnitKey, entries: &[Entry]) -> Result<()> {
        self.begin()?;
        self.unit(unit)?;
        let Some(mut open) = self.open.remove(unit) else {
            return Ok(());
        };
        open.session = match open.session {
            // Another window of it may have become visible.
            None => self.session(&unit.session_id)?,
            known => known,
        };
        let stored = entries
            .iter()
            .try_for_each(|entry| self.entry(&mut open, entry));
        self.open.insert(unit.clone(), open);
        stored
    }

    /// The number of a session; none while nothing of the session is visible.
    pub(super) fn session(&self, id: &str) -> Result<Option<i64>> {
        let sql = "SELECT no FROM sessions WHERE id = ?1";
        self.db.first(sql, [id], |row| row.get(0))
    }

    fn entry(&mut self, open: &mut OpenUnit, entry: &Entry) -> Result<()> {
        let raw = entry.raw();
        let kind = kind_number(entry.kind());
        let keys = entry.keys();
        let content = digest::content(raw, &sha256(raw.as_bytes()));
        let key = digest::key(entry.kind(), entry.session_id(), keys, &content);
        self.counts.undecodable += u64::from(entry.message().is_err());
        let mut is_new = true;
        let known = match open.session {
            Some(session) => derived::find(self.db, session, kind, keys, &key)?,
            None => None,
        };
        if let Some(known) = known {
            is_new = false;
            let sql = "INSERT OR IGNORE INTO temp.seen (entry) VALUES (?1)";
            self.db.run(sql, [known.id])?;
            if known.is_missing {
                open.returned.insert(known.id);
            }
            if known.holds(raw) {
                self.counts.duplicates += 1;
                return Ok(());
            }
        }
        let sent_ms = derived::sent_ms(keys);
        if kind > 0 && sent_ms >= 0 {
            open.changes.push((sent_ms, keys.action_timestamp));
        }
        let id = self.item(&mut open.batch, kind, &key, raw)?;
        // A changed message without an id cannot be recognised.
        if is_new && kind == 0 && keys.id.is_some() {
            open.new_sent.push((id, sent_ms));
        }
        Ok(())
    }
}
