//! Items: each body that Zoom sent, stored once, under the unit that received it.

use rusqlite::{Connection, params};

use super::digest::Hash;
use crate::{
    error::Result,
    sql::{Sql, bytes},
};

/// The number of a listed session among the kinds of items; those of messages are 0 to 2.
pub(crate) const LISTING: i64 = 3;
/// The number of a file's outcome among the kinds of items.
pub(crate) const FILE: i64 = 4;

/// An item, as the database stores it.
pub(crate) struct Item<'a> {
    pub(crate) id: i64,
    pub(crate) kind: i64,
    pub(crate) key: &'a [u8],
    pub(crate) raw: &'a [u8],
}

impl Item<'_> {
    /// Its text; `None` if another program replaced it with bytes that are not UTF-8.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.raw).ok()
    }
}

/// Stores an item. It becomes visible with the ledger row that names its unit.
pub(crate) fn insert(db: &Connection, unit: i64, kind: i64, key: &Hash, raw: &str) -> Result<i64> {
    let sql = "INSERT INTO items (unit, kind, key, raw) VALUES (?1, ?2, ?3, ?4)";
    db.run(sql, params![unit, kind, key, raw])?;
    Ok(db.last_insert_rowid())
}

/// The items of a unit, in the order of their arrival.
pub(crate) fn of_unit(
    db: &Connection,
    unit: i64,
    mut each: impl FnMut(&Item<'_>) -> Result<()>,
) -> Result<()> {
    let sql = "SELECT id, kind, key, raw FROM items WHERE unit = ?1 ORDER BY id";
    db.each(sql, [unit], |row| {
        each(&Item {
            id: row.get(0)?,
            kind: row.get(1)?,
            key: bytes(row, 2)?,
            raw: bytes(row, 3)?,
        })
    })
}

/// Removes the items of a unit that no ledger row names.
pub(crate) fn remove(db: &Connection, unit: i64) -> Result<()> {
    let sql =
        "DELETE FROM items WHERE unit = ?1 AND NOT EXISTS (SELECT 1 FROM ledger WHERE unit = ?1)";
    db.run(sql, [unit])
}

/// Removes the items of units from `first` on that no ledger row names, so that an interrupted run
/// leaves nothing half visible.
pub(crate) fn remove_unfinished(db: &Connection, first: i64) -> Result<()> {
    let sql = "SELECT DISTINCT unit FROM items WHERE unit >= ?1
         AND unit NOT IN (SELECT unit FROM ledger WHERE unit >= ?1)";
    let units: Vec<i64> = db.all(sql, [first], |row| row.get(0))?;
    units.into_iter().try_for_each(|unit| remove(db, unit))
}

/// The number of the next unit: higher than all in the ledger and among the items.
pub(crate) fn next_unit(db: &Connection) -> Result<i64> {
    let sql = "SELECT 1 + max(COALESCE((SELECT max(unit) FROM ledger), 0),
         COALESCE((SELECT max(unit) FROM items), 0))";
    db.one(sql, [], |row| row.get(0))
}

/// The lowest number that the next item can have.
pub(crate) fn next_item(db: &Connection) -> Result<i64> {
    let last: Option<i64> = db.one("SELECT max(id) FROM items", [], |row| row.get(0))?;
    Ok(last.unwrap_or(0).saturating_add(1))
}
