//! Making and opening archives.

use std::{fmt, fs::File, path::Path, time::Duration};

use chrono::Utc;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::{
    derived::{self, schema},
    error::{Error, ErrorKind, Result},
    facts::{self, Created, LedgerRow, SettingsRow, items},
    folder::{Folder, WriterLock},
    settings::{Account, ArchiveSettings},
};

/// Bytes of a page of the database.
pub(crate) const PAGE_SIZE: u32 = 16_384;

/// How an archive is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Whether a folder that others may read is taken all the same.
    pub allow_shared: bool,
    /// How long a writer waits for readers to end.
    pub wait_for_readers: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            allow_shared: false,
            wait_for_readers: Duration::from_secs(60),
        }
    }
}

/// So long one process waits for the database that another has locked.
const PATIENCE: Duration = Duration::from_secs(10);

/// An archive: a folder with a database, attachments, and a lock.
///
/// One opened for writing holds the lock until it is dropped; one opened for
/// reading leaves every byte and time of change as it is.
pub struct Archive {
    pub(crate) db: Connection,
    pub(crate) folder: Folder,
    pub(crate) account: Account,
    pub(crate) settings: ArchiveSettings,
    writer: Option<WriterLock>,
    _rest: Option<File>,
}

impl Archive {
    /// Makes an archive in a folder that does not exist yet, or is empty.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyThere`] where the folder holds anything; [`ErrorKind::Io`] where it cannot be made.
    pub fn create(path: &Path, account: &Account, settings: &ArchiveSettings) -> Result<Self> {
        settings.check()?;
        let folder = Folder::new(path);
        match folder.create() {
            Err(error) if error.kind() == ErrorKind::AlreadyThere && is_unborn(&folder) => {
                folder.fill()?;
            }
            created => created?,
        }
        let writer = folder.lock(Duration::ZERO)?;
        let mut db = Connection::open_with_flags(
            folder.database(),
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        tune(&db)?;
        let tx = db.transaction()?;
        schema::create(&tx)?;
        let created = Created {
            format: schema::FORMAT,
            account_id: account.id.clone(),
            sandbox: account.sandbox,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        derived::append(&tx, &LedgerRow::Created(created))?;
        derived::append(&tx, &settings_row(settings, None))?;
        tx.commit()?;
        Ok(Self {
            db,
            folder,
            account: account.clone(),
            settings: settings.clone(),
            writer: Some(writer),
            _rest: None,
        })
    }

    /// Whether [`create`](Self::create) would find nothing in its way: no folder, an empty one, or
    /// one whose making was interrupted.
    #[must_use]
    pub fn can_create(path: &Path) -> bool {
        match path.read_dir() {
            Ok(mut entries) => entries.next().is_none() || is_unborn(&Folder::new(path)),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }

    /// Opens an archive for writing and takes its lock; what an interrupted run left half done is removed.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] when another run holds it; [`ErrorKind::NotAnArchive`],
    /// [`ErrorKind::NewerFormat`], [`ErrorKind::OlderFormat`], [`ErrorKind::Shared`]; [`ErrorKind::Damaged`]
    /// where the ledger's last row is not what was written; [`ErrorKind::Io`] where it cannot be written.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let folder = Folder::new(path);
        folder.check(options.allow_shared)?;
        // Looked at before anything is touched.
        drop(Self::open_read_only(path, options)?);
        let writer = folder.lock(options.wait_for_readers)?;
        folder.remove_unfinished_rebuild()?;
        let db = open_to_write(&folder)?;
        facts::check_last(&db)?;
        let mut archive = Self::opened(db, folder, Some(writer), None)?;
        archive.remove_unfinished()?;
        Ok(archive)
    }

    /// Opens an archive for writing, and makes it where there is none; settings are for a new one only.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`create`](Self::create).
    pub fn open_or_create(
        path: &Path,
        account: &Account,
        settings: &ArchiveSettings,
        options: &OpenOptions,
    ) -> Result<Self> {
        match Self::open(path, options) {
            Err(error) if error.kind() == ErrorKind::NotAnArchive => {
                Self::create(path, account, settings)
            }
            opened => opened,
        }
    }

    /// Opens an archive for reading; nothing in its folder changes, which may be read-only.
    ///
    /// While a run writes to it, or after one was killed, SQLite keeps its own bookkeeping of readers
    /// beside the database, in `archive.db-shm`.
    ///
    /// # Errors
    /// [`ErrorKind::NotAnArchive`], [`ErrorKind::NewerFormat`], [`ErrorKind::OlderFormat`],
    /// [`ErrorKind::Shared`], [`ErrorKind::Damaged`].
    pub fn open_read_only(path: &Path, options: &OpenOptions) -> Result<Self> {
        let folder = Folder::new(path);
        folder.check(options.allow_shared)?;
        let rest = folder.rest();
        // Only what nobody is writing to may be taken as it lies there.
        let immutable = rest.is_some() && !folder.has_log();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let uri = uri(&folder.database(), immutable);
        let db = Connection::open_with_flags(uri, flags)?;
        db.busy_timeout(PATIENCE)?;
        db.pragma_update(None, "cache_size", -8_000)?;
        Self::opened(db, folder, None, rest).map_err(|error| match error.kind() {
            ErrorKind::Io if !immutable => error.hint_text(
                "a run was killed and left changes in archive.db-wal, and a folder that cannot be \
                 written keeps them from being read: run `sync`, or copy the folder",
            ),
            _ => error,
        })
    }

    /// The account whose messages it holds.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What it is to hold.
    #[must_use]
    pub fn settings(&self) -> &ArchiveSettings {
        &self.settings
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.root()
    }

    /// Whether it was opened for writing.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    /// Stores other settings; asking for more makes the next sync read again what was read with less.
    ///
    /// # Errors
    /// [`ErrorKind::LessThanSettings`] when they ask for less than those stored.
    pub fn change_settings(&mut self, settings: &ArchiveSettings) -> Result<()> {
        self.check_writable()?;
        settings.check()?;
        settings.check_not_less_than(&self.settings)?;
        let tx = self.db.transaction()?;
        derived::append(&tx, &settings_row(settings, None))?;
        tx.commit()?;
        self.settings = settings.clone();
        Ok(())
    }

    /// Stores other settings, also such as ask for less: somebody's decision, which the ledger keeps with `operator`, who
    /// made it. What the archive holds stays.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for settings that cannot be, or without a name.
    pub fn set(&mut self, settings: &ArchiveSettings, operator: &str) -> Result<()> {
        self.check_writable()?;
        settings.check()?;
        if operator.trim().is_empty() {
            let text = "settings are changed by somebody";
            return Err(Error::new(ErrorKind::InvalidInput, text).hint_text("name who does so"));
        }
        Self::make_durable(&self.db, true)?;
        let tx = self.db.transaction()?;
        derived::append(&tx, &settings_row(settings, Some(operator)))?;
        tx.commit()?;
        self.settings = settings.clone();
        Ok(())
    }

    /// Removes what units without a ledger row had brought: an interrupted run leaves nothing half visible.
    fn remove_unfinished(&mut self) -> Result<()> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let first: Option<i64> = tx.query_row(
            "SELECT body ->> '$.first_unit' FROM ledger WHERE kind = 'run' ORDER BY no DESC LIMIT 1",
            [],
            |row| row.get(0),
        ).optional()?;
        items::remove_unfinished(&tx, first.unwrap_or(0))?;
        Ok(tx.commit()?)
    }

    /// Whether the database is at rest: nobody writes to it, and no log lies beside it.
    pub(crate) fn is_at_rest(&self) -> bool {
        self._rest.is_some() && !self.folder.has_log()
    }

    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.writer.is_some() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidInput,
            "the archive was opened for reading",
        ))
    }

    fn opened(
        db: Connection,
        folder: Folder,
        writer: Option<WriterLock>,
        rest: Option<File>,
    ) -> Result<Self> {
        // Nothing that another program put into the schema is run by reading it.
        db.pragma_update(None, "trusted_schema", false)?;
        check_format(&db).map_err(|error| match is_empty(&db) {
            Ok(true) if folder.has_attachments() => emptied(),
            _ => error,
        })?;
        folder.check_no_journal()?;
        schema::check(&db)?;
        check_derived(&db)?;
        let account = setting(&db, "account")?;
        let settings = setting(&db, "settings")?;
        Ok(Self {
            db,
            folder,
            account,
            settings,
            writer,
            _rest: rest,
        })
    }

    /// The account of an archive of any format.
    pub(crate) fn account_in(folder: &Folder) -> Result<Account> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let db = Connection::open_with_flags(uri(&folder.database(), true), flags)?;
        setting(&db, "account")
    }

    /// Whether each transaction is on the disk when it ends, also where a reader hinders that the log is
    /// moved: so it must be for what is told to somebody, as a head is.
    pub(crate) fn make_durable(db: &Connection, durable: bool) -> Result<()> {
        let mode = if durable { "FULL" } else { "NORMAL" };
        Ok(db.pragma_update(None, "synchronous", mode)?)
    }

    /// Moves all changes into the database, so that the folder at rest is the database and its files.
    ///
    /// Another program that reads may hinder that: then they stay in the log, which belongs to the
    /// archive, and the next run moves them. Whether all were moved.
    pub(crate) fn checkpoint(&self) -> Result<bool> {
        // A reader that stands still must not hold up the run.
        self.db.busy_timeout(Duration::from_secs(1))?;
        let busy: i64 = self
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        self.db.busy_timeout(PATIENCE)?;
        Ok(busy == 0)
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("path", &self.folder.root())
            .field("writable", &self.is_writable())
            .finish_non_exhaustive()
    }
}

/// Whether a run was killed while it made this archive, and had put nothing into it yet.
fn is_unborn(folder: &Folder) -> bool {
    if !folder.holds_only_own_names() {
        return false;
    }
    let tables = "SELECT count(*) = 0 FROM sqlite_schema";
    let is_empty = |db: Connection| db.query_row(tables, [], |row| row.get::<_, bool>(0));
    // Most often this is an archive: seen so without touching it.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let looked = Connection::open_with_flags(uri(&folder.database(), true), flags);
    if let Ok(false) = looked.and_then(is_empty) {
        return false;
    }
    let Ok(_lock) = folder.lock(Duration::ZERO) else {
        return false;
    };
    if !folder.database().exists() {
        return true;
    }
    Connection::open_with_flags(folder.database(), OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(is_empty)
        .unwrap_or(false)
}

pub(crate) fn tune(db: &Connection) -> Result<()> {
    db.busy_timeout(PATIENCE)?;
    // Rows are about 1 KB: larger pages mean fewer of them, and less to be written. It counts for
    // a new archive only.
    db.pragma_update(None, "page_size", PAGE_SIZE)?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // A crash of the process loses nothing; one of the machine at most the
    // last transactions, whose windows are then read again.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "cache_size", -8_000)?;
    // Fewer, larger moves into the database: pages that change often are written once.
    db.pragma_update(None, "wal_autocheckpoint", 1500)?;
    db.pragma_update(None, "temp_store", "FILE")?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

pub(crate) fn open_to_write(folder: &Folder) -> Result<Connection> {
    let db = Connection::open_with_flags(
        folder.database(),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    tune(&db)?;
    Ok(db)
}

fn settings_row(settings: &ArchiveSettings, operator: Option<&str>) -> LedgerRow {
    LedgerRow::Settings(SettingsRow {
        settings: settings.clone(),
        at: Utc::now(),
        operator: operator.map(|name| name.trim().to_owned()),
    })
}

/// The format of a database.
///
/// # Errors
/// Where it is none of ours, or that of a later program.
pub(crate) fn format_of(db: &Connection) -> Result<i32> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if number("application_id")? != schema::APPLICATION_ID {
        if is_empty(db)? {
            let text = "the archive was begun, and its making was interrupted";
            return Err(Error::new(ErrorKind::NotAnArchive, text)
                .hint_text("run `init` or `sync` again: nothing was in it"));
        }
        return Err(Error::new(
            ErrorKind::NotAnArchive,
            "archive.db is a database of something else",
        )
        .hint_text("name the folder of an archive"));
    }
    let format = number("user_version")?;
    if format < 1 {
        let text = format!("archive.db says that it has format {format}, which no program made");
        return Err(
            Error::new(ErrorKind::Damaged, text).hint_text("take the archive from a backup")
        );
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

/// Nothing is stored before the tables are made: so this is no archive that was begun.
pub(crate) fn emptied() -> Error {
    let text = "archive.db is empty, and attachments of an archive lie beside it";
    Error::new(ErrorKind::Damaged, text).hint_text("take the archive from a backup")
}

fn check_format(db: &Connection) -> Result<()> {
    match format_of(db)? {
        schema::FORMAT => Ok(()),
        format => Err(older(&format!("the archive has format {format}"))),
    }
}

/// Refuses tables that an earlier program derived by other rules.
fn check_derived(db: &Connection) -> Result<()> {
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
        "`zoom-chat rebuild` brings it up, and so does the next `sync`: nothing that was stored changes",
    )
}

pub(crate) fn setting<T: serde::de::DeserializeOwned>(db: &Connection, name: &str) -> Result<T> {
    let text: Option<String> = db
        .query_row(
            "SELECT value FROM settings WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .optional()?;
    text.and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| {
            Error::new(ErrorKind::Damaged, format!("the archive lacks its {name}"))
                .hint_text("take the archive from a backup")
        })
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the types of this crate have string keys and serialise")
}

/// A number and what it counts.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A path as a URI of SQLite; every byte that could mean something else is escaped.
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
