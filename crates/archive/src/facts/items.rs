//! Items: each body that Zoom sent, stored once, under the unit that received it.

use rusqlite::{Connection, params};

use super::digest::Hash;
use crate::error::Result;

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
    db.prepare_cached("INSERT INTO items (unit, kind, key, raw) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![unit, kind, key, raw])?;
    Ok(db.last_insert_rowid())
}

/// The items of a unit, in the order of their arrival.
pub(crate) fn of_unit(
    db: &Connection,
    unit: i64,
    mut each: impl FnMut(&Item<'_>) -> Result<()>,
) -> Result<()> {
    let mut select =
        db.prepare_cached("SELECT id, kind, key, raw FROM items WHERE unit = ?1 ORDER BY id")?;
    let mut rows = select.query([unit])?;
    while let Some(row) = rows.next()? {
        each(&Item {
            id: row.get(0)?,
            kind: row.get(1)?,
            key: row.get_ref(2)?.as_bytes().unwrap_or_default(),
            raw: row.get_ref(3)?.as_bytes().unwrap_or_default(),
        })?;
    }
    Ok(())
}

/// Removes the items of a unit that no ledger row names.
pub(crate) fn remove(db: &Connection, unit: i64) -> Result<()> {
    db.prepare_cached(
        "DELETE FROM items WHERE unit = ?1 AND NOT EXISTS (SELECT 1 FROM ledger WHERE unit = ?1)",
    )?
    .execute([unit])?;
    Ok(())
}

/// Removes the items of units from `first` on that no ledger row names, so that an interrupted run
/// leaves nothing half visible.
pub(crate) fn remove_unfinished(db: &Connection, first: i64) -> Result<()> {
    let units: Vec<i64> = db
        .prepare(
            "SELECT DISTINCT unit FROM items WHERE unit >= ?1
             AND unit NOT IN (SELECT unit FROM ledger WHERE unit >= ?1)",
        )?
        .query_map([first], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    units.into_iter().try_for_each(|unit| remove(db, unit))
}

/// The number of the next unit: higher than all in the ledger and among the items.
pub(crate) fn next_unit(db: &Connection) -> Result<i64> {
    Ok(db.query_row(
        "SELECT 1 + max(COALESCE((SELECT max(unit) FROM ledger), 0),
           COALESCE((SELECT max(unit) FROM items), 0))",
        [],
        |row| row.get(0),
    )?)
}

/// The lowest number that the next item can have.
pub(crate) fn next_item(db: &Connection) -> Result<i64> {
    let last: Option<i64> = db.query_row("SELECT max(id) FROM items", [], |row| row.get(0))?;
    Ok(last.unwrap_or(0).saturating_add(1))
}
