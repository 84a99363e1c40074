//! The index for search: how far it goes, and adding the items that came since.

use rusqlite::Connection;

use super::{set_state, state};
use crate::{error::Result, sql::Sql};

/// The number of rows that the index takes in one step.
const STEP: i64 = 20_000;
/// The name under which the archive notes how far the index goes.
pub(crate) const INDEXED: &str = "indexed";

/// The number of the last item that the index holds.
pub(crate) fn indexed(db: &Connection) -> Result<i64> {
    Ok(state(db, INDEXED)?
        .and_then(|text| text.parse().ok())
        .unwrap_or(0))
}

/// Adds all items up to the number `most` to the index.
pub(crate) fn index_all(db: &Connection, most: i64) -> Result<()> {
    while index_some(db, most)? {}
    Ok(())
}

/// Adds some items up to the number `most` to the index; `false` if there are no more. No unit may be
/// under way.
pub(crate) fn index_some(db: &Connection, most: i64) -> Result<bool> {
    let upto = indexed(db)?;
    let sql = "SELECT max(id) FROM (
         SELECT id FROM (SELECT id FROM entry_columns WHERE id > ?1 AND id <= ?3 ORDER BY id LIMIT ?2)
         UNION ALL
         SELECT id FROM (SELECT id FROM version_columns WHERE id > ?1 AND id <= ?3 ORDER BY id LIMIT ?2)
         ORDER BY id LIMIT ?2)";
    let last: Option<i64> = db.one(sql, [upto, STEP, most], |row| row.get(0))?;
    let Some(last) = last else { return Ok(false) };
    let sql = "INSERT INTO search (rowid, text)
         SELECT id, text FROM entry_columns WHERE id > ?1 AND id <= ?2 AND text <> ''
         UNION ALL
         SELECT id, text FROM version_columns WHERE id > ?1 AND id <= ?2 AND text <> ''
         ORDER BY 1";
    db.run(sql, [upto, last])?;
    set_state(db, INDEXED, &last.to_string())?;
    Ok(true)
}
