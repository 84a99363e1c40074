//! Differences between readings: what one held and another, which should have held it too, did not.

use rusqlite::{Connection, params};

use crate::error::Result;

/// Notes a difference: `late` for a message that came first after a reading that should have held it,
/// `vanished` for one that came before and not now, `returned` where that came again.
///
/// A message without an id counts for none: when its text changes, it is not known again.
pub(super) fn note(db: &Connection, entry: i64, what: &str, run: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO differences (entry, run, what)
         SELECT e.id, ?2, ?3 FROM entry_columns e JOIN message_columns m ON m.no = e.message
         JOIN items i ON i.id = e.id WHERE e.id = ?1 AND m.message_id <> hex(i.key)",
    )?
    .execute(params![entry, run, what])?;
    Ok(())
}

/// How many messages came late, and how many are gone though no deletion is listed.
pub(crate) fn differences(db: &Connection) -> Result<(u64, u64)> {
    Ok(db.query_row(
        "SELECT (SELECT count(DISTINCT entry) FROM differences WHERE what = 'late'),
           (SELECT count(*) FROM (SELECT DISTINCT entry FROM differences WHERE what = 'vanished') d
            JOIN entry_columns e ON e.id = d.entry JOIN message_columns m ON m.no = e.message
            WHERE e.not_returned_run IS NOT NULL AND m.deleted_entry IS NULL)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}
