//! The database file: how it is opened, and which program made it.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::{
    derived::{self, schema},
    disk::Folder,
    error::{Error, ErrorKind, Result},
    sql::Sql,
};

/// Bytes of a page of the database.
pub(crate) const PAGE_SIZE: u32 = 16_384;

/// How long a process waits for a database that another process has locked.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn tune(db: &Connection) -> Result<()> {
    db.busy_timeout(PATIENCE)?;
    // Rows are about 1 KB: larger pages mean fewer pages and fewer writes. Applies only to a new
    // archive.
    db.pragma_update(None, "page_size", PAGE_SIZE)?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // A crash of the process loses nothing. A crash of the machine loses at most the
    // last transactions, whose windows are then read again.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "cache_size", -8_000)?;
    // Fewer, larger moves into the database: pages that change often are written once.
    db.pragma_update(None, "wal_autocheckpoint", 1500)?;
    db.pragma_update(None, "temp_store", "FILE")?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Opens a database for writing; it must exist.
pub(crate) fn read_write(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Opens a database to which no process writes; makes no file beside it.
pub(crate) fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri(path, true), flags)
}

/// Tunes a database that no other process sees before it is complete: without a log, and without waiting for the disk.
pub(crate) fn tune_unseen(db: &Connection) -> Result<()> {
    db.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "OFF")?;
    db.pragma_update(None, "cache_size", -16_000)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(())
}

pub(crate) fn open_to_write(folder: &Folder) -> Result<Connection> {
    let db = read_write(&folder.database())?;
    tune(&db)?;
    Ok(db)
}

/// The format of a database.
///
/// # Errors
/// If it is not an archive, or a later program wrote it.
pub(crate) fn format_of(db: &Connection) -> Result<i32> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if number("application_id")? != schema::APPLICATION_ID {
        if is_empty(db)? {
            let text = "the creation of this archive was interrupted";
            return Err(Error::new(ErrorKind::NotAnArchive, text)
                .hint_text("run `init` or `sync` again: it was empty"));
        }
        return Err(Error::new(
            ErrorKind::NotAnArchive,
            "archive.db is not the database of an archive",
        )
        .hint_text("name the folder of an archive"));
    }
    let format = number("user_version")?;
    if format < 1 {
        let text = format!("archive.db names format {format}, which does not exist");
        return Err(Error::damaged(text));
    }
    if format > schema::FORMAT {
        let text = format!(
            "the archive has format {format}; this program knows formats up to {}",
            schema::FORMAT
        );
        return Err(Error::new(ErrorKind::NewerFormat, text).hint_text("use a later version"));
    }
    Ok(format)
}

pub(crate) fn is_empty(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    db.query_row(sql, [], |row| row.get(0))
}

/// The error for an empty database beside attachments: tables are made before anything is stored, so this is damage.
pub(crate) fn emptied() -> Error {
    let text = "archive.db is empty, and attachments of an archive lie beside it";
    Error::damaged(text)
}

pub(crate) fn check_format(db: &Connection) -> Result<()> {
    match format_of(db)? {
        schema::FORMAT => Ok(()),
        format => Err(older(&format!("the archive has format {format}"))),
    }
}

/// Refuses tables that another version of the program derived by other rules.
pub(crate) fn check_derived(db: &Connection) -> Result<()> {
    let version = derived::state(db, "derived")?.and_then(|text| text.parse::<i32>().ok());
    match version {
        Some(version) if version > schema::DERIVED => {
            let text = "a later version of this program wrote the archive";
            Err(Error::new(ErrorKind::NewerFormat, text).hint_text("use that version"))
        }
        Some(schema::DERIVED) => Ok(()),
        _ => Err(older(
            "the archive's tables are those of an earlier program",
        )),
    }
}

fn older(text: &str) -> Error {
    Error::new(ErrorKind::OlderFormat, text).hint_text(
        "run `zoom-chat rebuild` or the next `sync`, which convert it: nothing that was stored changes",
    )
}

pub(crate) fn setting<T: serde::de::DeserializeOwned>(db: &Connection, name: &str) -> Result<T> {
    let sql = "SELECT value FROM settings WHERE name = ?1";
    let text: Option<String> = db.first(sql, [name], |row| row.get(0))?;
    text.and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| Error::damaged(format!("the archive lacks its {name}")))
}

/// A path as a URI of SQLite; escapes every byte that could have another meaning.
pub(crate) fn uri(path: &Path, immutable: bool) -> String {
    let mut uri = String::from("file:");
    for (place, byte) in path.as_os_str().as_encoded_bytes().iter().enumerate() {
        match byte {
            // Two slashes at the beginning would name another machine.
            b'/' if place == 1 => uri.push_str("%2F"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str(if immutable {
        "?immutable=1"
    } else {
        "?mode=ro"
    });
    uri
}
