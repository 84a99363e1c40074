//! Rows of the database about people.

use rusqlite::Connection;

use crate::{error::Result, sql::Sql};

/// A combination of address, id and name.
pub(super) struct Row {
    pub(super) no: i64,
    pub(super) email: Option<String>,
    pub(super) member_id: Option<String>,
    pub(super) name: Option<String>,
}

/// What a combination did in a conversation.
pub(super) struct Part {
    pub(super) session: i64,
    pub(super) person: i64,
    pub(super) sent: u64,
    pub(super) edited: u64,
    pub(super) deleted: u64,
    pub(super) external: bool,
    pub(super) first_ms: Option<i64>,
    pub(super) last_ms: Option<i64>,
}

/// All combinations of address, id and name, oldest first.
pub(super) fn names(db: &Connection) -> Result<Vec<Row>> {
    let sql = "SELECT no, NULLIF(trim(sender), ''), NULLIF(trim(sender_member_id), ''),
           NULLIF(trim(sender_name), '') FROM people ORDER BY no";
    db.all(sql, [], |row| {
        Ok(Row {
            no: row.get(0)?,
            email: row.get(1)?,
            member_id: row.get(2)?,
            name: row.get(3)?,
        })
    })
}

/// What each of them did, by session.
pub(super) fn parts(db: &Connection) -> Result<Vec<Part>> {
    let sql = "SELECT session, person, sent, edited, deleted, external, first_ms, last_ms
         FROM participants ORDER BY session, person";
    db.all(sql, [], |row| {
        Ok(Part {
            session: row.get(0)?,
            person: row.get(1)?,
            sent: row.get(2)?,
            edited: row.get(3)?,
            deleted: row.get(4)?,
            external: row.get(5)?,
            first_ms: row.get(6)?,
            last_ms: row.get(7)?,
        })
    })
}
