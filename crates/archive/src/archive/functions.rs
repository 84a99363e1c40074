//! Functions for SQL that a connection to an archive has.

use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    types::ValueRef,
};

use crate::{derived::attached, error::Result, text::SearchQuery};

/// Whether an item is found: its text, its body if that may name files, and the query.
pub(crate) const FINDS: &str = "archive_finds";

/// Gives a connection the functions that this program's own questions use.
pub(crate) fn register(db: &Connection) -> Result<()> {
    // No view and no trigger may call them, so that other programs can open the database, and a changed schema can run
    // nothing.
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    Ok(db.create_scalar_function(FINDS, 3, flags, finds)?)
}

fn finds(context: &mut Context<'_>) -> rusqlite::Result<bool> {
    // SQLite keeps the query that was read as long as the statement runs.
    let query = context.get_or_create_aux(2, |query| -> rusqlite::Result<_> {
        Ok(SearchQuery::parse(query.as_str()?))
    })?;
    // Another program may have stored bytes that are no text.
    let text = match context.get_raw(0) {
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes),
        _ => "".into(),
    };
    let files = match context.get_raw(1) {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(attached),
        _ => Ok(Vec::new()),
    };
    let files = files.unwrap_or_default();
    let names = files.iter().filter_map(|file| file.name.as_deref());
    Ok(query.look(&text, names).is_some())
}
