//! Statements of SQL in one form: each is prepared once and kept, and its errors are this crate's.

use std::borrow::Cow;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};

use crate::error::Result;

/// What a connection does with a statement.
pub(crate) trait Sql {
    /// A statement that the connection keeps prepared.
    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>>;

    /// Changes rows; `changes` of the connection tells their number.
    fn run(&self, sql: &str, values: impl Params) -> Result<()> {
        self.statement(sql)?.execute(values)?;
        Ok(())
    }

    /// Passes every row to `each`.
    fn each(
        &self,
        sql: &str,
        values: impl Params,
        mut each: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }

    /// Reads every row.
    fn all<T, All: FromIterator<T>>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<All> {
        let mut statement = self.statement(sql)?;
        let rows = statement.query_map(values, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.statement(sql)?.query_row(values, read).optional()?)
    }

    /// Reads the one row that there is.
    fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        Ok(self.statement(sql)?.query_row(values, read)?)
    }
}

/// The bytes of a column; none if another program put a number there.
pub(crate) fn bytes<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8]> {
    Ok(row.get_ref(column)?.as_bytes().unwrap_or_default())
}

/// The text of a column; another program may have put bytes there that are no text.
pub(crate) fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<Cow<'a, str>> {
    Ok(String::from_utf8_lossy(bytes(row, column)?))
}

impl Sql for Connection {
    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.prepare_cached(sql)?)
    }
}
