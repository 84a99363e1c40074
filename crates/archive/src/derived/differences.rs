//! Differences between readings: messages that one reading held and another should have held.

use rusqlite::{Connection, params};

use crate::{error::Result, sql::Sql};

/// Notes a difference: `late` for a message that first came after a reading that should have held it,
/// `vanished` for a message that came before and not now, `returned` for one that came again.
///
/// A message without an id is not noted: when its text changes, it cannot be recognised.
pub(super) fn note(db: &Connection, entry: i64, what: &str, run: i64) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO differences (entry, run, what)
         SELECT e.id, ?2, ?3 FROM entry_columns e JOIN message_columns m ON m.no = e.message
         JOIN items i ON i.id = e.id WHERE e.id = ?1 AND m.message_id <> hex(i.key)";
    db.run(sql, params![entry, run, what])
}

/// The numbers of messages that came late, and that are gone although no deletion is listed.
pub(crate) fn differences(db: &Connection) -> Result<(u64, u64)> {
    let sql = "SELECT (SELECT count(DISTINCT entry) FROM differences WHERE what = 'late'),
         (SELECT count(*) FROM (SELECT DISTINCT entry FROM differences WHERE what = 'vanished') d
          JOIN entry_columns e ON e.id = d.entry JOIN message_columns m ON m.no = e.message
          WHERE e.not_returned_run IS NOT NULL AND m.deleted_entry IS NULL)";
    db.one(sql, [], |row| row.try_into())
}
