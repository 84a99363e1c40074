//! People: each combination of address, member id and name, once.

use rusqlite::{Connection, params};

use super::columns::Columns;
use crate::{error::Result, sql::Sql};

/// The number of a sender; a new sender gets one.
pub(super) fn number(db: &Connection, columns: &Columns<'_>) -> Result<i64> {
    let who = params![
        columns.sender,
        columns.sender_member_id,
        columns.sender_name
    ];
    let sql = "SELECT no FROM people
         WHERE sender_member_id IS ?2 AND sender IS ?1 AND sender_name IS ?3";
    let known = db.first(sql, who, |row| row.get(0))?;
    if let Some(number) = known {
        return Ok(number);
    }
    let sql = "INSERT INTO people (sender, sender_member_id, sender_name) VALUES (?1, ?2, ?3)";
    db.run(sql, who)?;
    Ok(db.last_insert_rowid())
}
