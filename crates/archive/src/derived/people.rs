//! People: each combination of address, member id and name, once.

use rusqlite::{Connection, params};

use crate::{error::Result, sql::Sql};

/// A person, as a message or a list names one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Named<'a> {
    pub(super) email: Option<&'a str>,
    pub(super) member_id: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

/// The number of a person with exactly this address, id and name; a new combination gets one.
pub(super) fn number(db: &Connection, who: Named<'_>) -> Result<i64> {
    let values = params![who.email, who.member_id, who.name];
    let sql = "SELECT no FROM people
         WHERE sender_member_id IS ?2 AND sender IS ?1 AND sender_name IS ?3";
    let known = db.first(sql, values, |row| row.get(0))?;
    if let Some(number) = known {
        return Ok(number);
    }
    let sql = "INSERT INTO people (sender, sender_member_id, sender_name) VALUES (?1, ?2, ?3)";
    db.run(sql, values)?;
    Ok(db.last_insert_rowid())
}
