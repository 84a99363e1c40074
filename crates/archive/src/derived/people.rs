//! People: each combination of address, member id and name, once.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::Columns;
use crate::error::Result;

/// The number of a sender; a new sender gets one.
pub(super) fn number(db: &Connection, columns: &Columns<'_>) -> Result<i64> {
    let who = params![
        columns.sender,
        columns.sender_member_id,
        columns.sender_name
    ];
    let known = db
        .prepare_cached(
            "SELECT no FROM people
             WHERE sender_member_id IS ?2 AND sender IS ?1 AND sender_name IS ?3",
        )?
        .query_row(who, |row| row.get(0))
        .optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    db.prepare_cached(
        "INSERT INTO people (sender, sender_member_id, sender_name) VALUES (?1, ?2, ?3)",
    )?
    .execute(who)?;
    Ok(db.last_insert_rowid())
}
