//! The ledger: rows in order, each chained to the one before.

use rusqlite::{Connection, params};

use super::{
    digest::{self, GENESIS, Hash},
    row::LedgerRow,
};
use crate::{
    error::{Error, ErrorKind, Result},
    sql::{Sql, bytes},
    text::json,
};

/// The hash of the last row, and its number.
pub(crate) fn head(db: &Connection) -> Result<(i64, Hash)> {
    let sql = "SELECT no, hash FROM ledger ORDER BY no DESC LIMIT 1";
    let head = db.first(sql, [], |row| row.try_into())?;
    Ok(head.unwrap_or((0, GENESIS)))
}

/// Refuses a ledger whose last row is not what was written: new rows would be chained to it.
///
/// # Errors
/// [`ErrorKind::Damaged`].
pub(crate) fn check_last(db: &Connection) -> Result<()> {
    let sql = "SELECT body, hash FROM ledger ORDER BY no DESC LIMIT 2";
    let rows: Vec<_> = db.all(sql, [], |row| {
        let body = row.get_ref(0)?.as_bytes().unwrap_or_default().to_vec();
        Ok((body, row.get::<_, Hash>(1).ok()))
    })?;
    let Some((body, hash)) = rows.first() else {
        return Ok(());
    };
    let previous = rows.get(1).map_or(Some(GENESIS), |(_, hash)| *hash);
    if previous.is_some_and(|previous| Some(digest::link(&previous, body)) == *hash) {
        return Ok(());
    }
    Err(damaged(
        "the last row of the ledger is not what was written",
    ))
}

fn damaged(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Damaged, text)
        .hint_text("restore the archive from a backup; `verify` shows what is wrong with this one")
}

/// Whether a row has this hash.
pub(crate) fn holds_hash(db: &Connection, hash: &Hash) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM ledger WHERE hash = ?1)";
    db.one(sql, [hash], |row| row.get(0))
}

/// The number of the last run; 0 before the first.
pub(crate) fn last_run(db: &Connection) -> Result<i64> {
    let sql = "SELECT run FROM ledger WHERE run IS NOT NULL ORDER BY no DESC LIMIT 1";
    let run = db.first(sql, [], |row| row.get(0))?;
    Ok(run.unwrap_or(0))
}

/// The hash of a row.
pub(crate) fn hash_of(db: &Connection, no: i64) -> Result<Option<Hash>> {
    let sql = "SELECT hash FROM ledger WHERE no = ?1";
    db.first(sql, [no], |row| row.get(0))
}

/// Appends a row; returns its number.
///
/// What follows from the row must be derived in the same transaction: `derived::append` does both.
pub(crate) fn append(db: &Connection, row: &LedgerRow) -> Result<i64> {
    let body = json(row);
    let (number, previous) = head(db)?;
    let hash = digest::link(&previous, body.as_bytes());
    let sql = "INSERT INTO ledger (no, body, hash) VALUES (?1, ?2, ?3)";
    db.run(sql, params![number + 1, body, hash])?;
    Ok(number + 1)
}

/// The rows after a row, in order; all rows after row 0.
///
/// # Errors
/// If a row cannot be read: a part of the ledger proves nothing.
pub(crate) fn each_after(
    db: &Connection,
    after: i64,
    mut each: impl FnMut(i64, LedgerRow) -> Result<()>,
) -> Result<()> {
    let sql = "SELECT no, body FROM ledger WHERE no > ?1 ORDER BY no";
    db.each(sql, [after], |row| {
        let no = row.get(0)?;
        let parsed = serde_json::from_slice(bytes(row, 1)?);
        let parsed =
            parsed.map_err(|_| damaged(format!("row {no} of the ledger cannot be read")))?;
        each(no, parsed)
    })
}
