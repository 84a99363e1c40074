//! Rows that several tables need: sessions, the archive's own values, unknown fields; and how many were new.

use rusqlite::{Connection, params};

use super::fields;
use crate::{error::Result, sql::Sql};

/// The counts of new and changed things in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) content_versions: u64,
    pub(crate) metadata_versions: u64,
    pub(crate) duplicates: u64,
    /// Entries that do not fit their type.
    pub(crate) undecodable: u64,
    pub(crate) not_returned: u64,
    pub(crate) late: u64,
    pub(crate) new_sessions: u64,
}

impl Counts {
    /// The entries and versions that are new: these may name files.
    pub(crate) fn stored(&self) -> u64 {
        self.sent + self.edited + self.deleted + self.content_versions + self.metadata_versions
    }
}

/// The number of a session; a new session gets one.
pub(crate) fn session(db: &Connection, id: &str, run: i64) -> Result<i64> {
    let sql = "SELECT no FROM sessions WHERE id = ?1";
    let known = db.first(sql, [id], |row| row.get(0))?;
    if let Some(number) = known {
        return Ok(number);
    }
    let sql = "INSERT INTO sessions (id, first_run) VALUES (?1, ?2)";
    db.run(sql, params![id, run])?;
    Ok(db.last_insert_rowid())
}

/// A value of the archive's bookkeeping.
pub(crate) fn state(db: &Connection, name: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM state WHERE name = ?1";
    db.first(sql, [name], |row| row.get(0))
}

pub(crate) fn set_state(db: &Connection, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO state (name, value) VALUES (?1, ?2)";
    db.run(sql, [name, value])
}

/// Notes the names of fields that Zoom does not document.
pub(super) fn unknown(db: &Connection, raw: &str, known: &[&str], run: i64) -> Result<()> {
    for name in fields::unknown_names(raw, known) {
        let sql = "INSERT OR IGNORE INTO unknown_fields (name, first_run)
             SELECT ?1, ?2 WHERE (SELECT count(*) FROM unknown_fields) < 1000";
        db.run(sql, params![name, run])?;
    }
    Ok(())
}
