//! Writing what a run brings: units, their entries, and the ledger rows that make them visible.

pub(crate) mod attached;
mod entries;
mod fields;
mod files;
mod fresh;
mod unit;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;

pub(crate) use fields::{SESSION, unknown_names};
pub(crate) use fresh::text_of;
pub(crate) use unit::{Done, UnitKey, digest_of_window, remove_all_open};

/// Rows after which a transaction ends.
const ROWS_A_TRANSACTION: u32 = 4000;
/// Time after which it ends.
const TIME_A_TRANSACTION: Duration = Duration::from_millis(200);

/// What a run has brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) content_versions: u64,
    pub(crate) metadata_versions: u64,
    pub(crate) duplicates: u64,
    pub(crate) not_returned: u64,
    pub(crate) undecodable: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.edited += other.edited;
        self.deleted += other.deleted;
        self.content_versions += other.content_versions;
        self.metadata_versions += other.metadata_versions;
        self.duplicates += other.duplicates;
        self.not_returned += other.not_returned;
        self.undecodable += other.undecodable;
    }
}

/// The one who writes, for one run.
pub(crate) struct Writer<'a> {
    pub(crate) db: &'a mut Connection,
    pub(crate) run: i64,
    pub(crate) open: HashMap<UnitKey, unit::OpenUnit>,
    pub(crate) counts: Counts,
    pub(crate) unknown_fields: Vec<String>,
    transaction: Option<Instant>,
    rows: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(db: &'a mut Connection, run: i64) -> Self {
        Self {
            db,
            run,
            open: HashMap::new(),
            counts: Counts::default(),
            unknown_fields: Vec::new(),
            transaction: None,
            rows: 0,
        }
    }

    /// Begins a transaction unless one is open.
    pub(crate) fn begin(&mut self) -> Result<()> {
        if self.transaction.is_none() {
            self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            self.transaction = Some(Instant::now());
        }
        Ok(())
    }

    /// Ends the transaction when it has grown large or old.
    pub(crate) fn breathe(&mut self) -> Result<()> {
        let old = self
            .transaction
            .is_some_and(|began| began.elapsed() >= TIME_A_TRANSACTION);
        if old || self.rows >= ROWS_A_TRANSACTION {
            self.commit()?;
        }
        Ok(())
    }

    /// Ends the transaction.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if self.transaction.take().is_some() {
            self.rows = 0;
            self.db.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }

    /// The number of a session; made when it is new.
    pub(crate) fn session(&mut self, id: &str) -> Result<i64> {
        self.begin()?;
        let known = self
            .db
            .prepare_cached("SELECT no FROM sessions WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        if let Some(number) = known {
            return Ok(number);
        }
        self.db
            .prepare_cached("INSERT INTO sessions (id, first_run) VALUES (?1, ?2)")?
            .execute(params![id, self.run])?;
        Ok(self.db.last_insert_rowid())
    }
}

/// A value of the archive's own bookkeeping.
pub(crate) fn state(db: &Connection, name: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT value FROM state WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

pub(crate) fn set_state(db: &Connection, name: &str, value: &str) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO state (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}
