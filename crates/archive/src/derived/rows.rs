//! Rows that several tables need: sessions, the archive's own values, unknown fields; and how many were new.

use rusqlite::{Connection, OptionalExtension, params};

use super::fields;
use crate::error::Result;

/// The counts of new and changed things in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) content_versions: u64,
    pub(crate) metadata_versions: u64,
    pub(crate) duplicates: u64,
    pub(crate) not_returned: u64,
    pub(crate) late: u64,
    pub(crate) new_sessions: u64,
}

impl Counts {
    /// Whether it counts entries or versions that `other` does not: these may name files.
    pub(crate) fn has_more_than(&self, other: &Self) -> bool {
        let all = |counts: &Self| {
            [
                counts.sent,
                counts.edited,
                counts.deleted,
                counts.content_versions,
                counts.metadata_versions,
            ]
        };
        all(self) != all(other)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.edited += other.edited;
        self.deleted += other.deleted;
        self.content_versions += other.content_versions;
        self.metadata_versions += other.metadata_versions;
        self.duplicates += other.duplicates;
        self.not_returned += other.not_returned;
        self.late += other.late;
        self.new_sessions += other.new_sessions;
    }
}

/// The number of a session; a new session gets one.
pub(crate) fn session(db: &Connection, id: &str, run: i64) -> Result<i64> {
    let known = db
        .prepare_cached("SELECT no FROM sessions WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    db.prepare_cached("INSERT INTO sessions (id, first_run) VALUES (?1, ?2)")?
        .execute(params![id, run])?;
    Ok(db.last_insert_rowid())
}

/// A value of the archive's bookkeeping.
pub(crate) fn state(db: &Connection, name: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT value FROM state WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

pub(crate) fn set_state(db: &Connection, name: &str, value: &str) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO state (name, value) VALUES (?1, ?2)")?
        .execute([name, value])?;
    Ok(())
}

/// Notes the names of fields that Zoom does not document.
pub(super) fn unknown(db: &Connection, raw: &str, known: &[&str], run: i64) -> Result<()> {
    for name in fields::unknown_names(raw, known) {
        db.prepare_cached(
            "INSERT OR IGNORE INTO unknown_fields (name, first_run)
             SELECT ?1, ?2 WHERE (SELECT count(*) FROM unknown_fields) < 1000",
        )?
        .execute(params![name, run])?;
    }
    Ok(())
}
