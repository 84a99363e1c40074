//! Lists of sessions and the sessions that they name.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::dates::Interval;

use crate::{error::Result, sql::Sql};

/// A list of sessions that a run has read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) run: i64,
    pub(crate) date: Option<NaiveDate>,
    /// The instant from which it was read.
    pub(crate) read_from: DateTime<Utc>,
    /// The stretch for which it counts.
    pub(crate) stretch: Interval,
    /// The instant from which the sessions that it names first are due; none for a list that was asked for less.
    pub(crate) due_from: DateTime<Utc>,
    /// Whether the whole list was read.
    pub(crate) whole: bool,
}

/// A session that the list has named.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    /// The first run whose list named it.
    pub(crate) since: i64,
    /// The first run whose list no longer named it.
    pub(crate) absent_since: Option<i64>,
}

pub(super) fn listed(db: &Connection) -> Result<Vec<Listed>> {
    let sql = "SELECT id, listed_since, absent_since FROM sessions
         WHERE listed_since IS NOT NULL ORDER BY no";
    db.all(sql, [], |row| {
        Ok(Listed {
            id: row.get(0)?,
            since: row.get(1)?,
            absent_since: row.get(2)?,
        })
    })
}
