//! Making and opening archives.

pub(crate) mod database;
pub(crate) mod functions;
mod settings;

use std::{fmt, fs::File, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::{
    derived::{self, Counts, schema},
    disk::{Folder, WriterLock},
    error::{Error, ErrorKind, Result},
    facts::{self, Created, LedgerRow, SettingsRow, items},
    model::{Account, ArchiveSettings},
    sql::Sql,
};
use database::{
    PATIENCE, check_derived, check_format, emptied, immutable, is_empty, open_to_write, read_write,
    setting, tune, uri,
};

/// Options of opening an archive.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Whether to open a folder that others may read.
    pub allow_shared: bool,
    /// The time that a writer waits for readers to end.
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

/// An archive: a folder with a database, attachments, and a lock.
///
/// An archive opened for writing holds the lock until it is dropped. An archive opened for reading
/// changes no byte and no modification time.
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
    /// [`ErrorKind::AlreadyThere`] if the folder is not empty; [`ErrorKind::Io`] if it cannot be made.
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
        let mut db = read_write(&folder.database())?;
        tune(&db)?;
        let tx = db.transaction()?;
        schema::create(&tx)?;
        let created = Created {
            format: schema::FORMAT,
            account_id: account.id.clone(),
            sandbox: account.sandbox,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let settings_row = LedgerRow::Settings(SettingsRow::new(settings, None));
        for row in [LedgerRow::Created(created), settings_row] {
            derived::append(&tx, &row, &mut Counts::default())?;
        }
        tx.commit()?;
        functions::register(&db)?;
        Ok(Self {
            db,
            folder,
            account: account.clone(),
            settings: settings.clone(),
            writer: Some(writer),
            _rest: None,
        })
    }

    /// Whether [`create`](Self::create) can make an archive here: there is no folder, it is empty, or
    /// its creation was interrupted.
    #[must_use]
    pub fn can_create(path: &Path) -> bool {
        match path.read_dir() {
            Ok(mut entries) => entries.next().is_none() || is_unborn(&Folder::new(path)),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }

    /// Whether a folder holds an archive, of whatever version.
    #[must_use]
    pub fn is_in(path: &Path) -> bool {
        Folder::new(path).database().is_file()
    }

    /// Opens an archive for writing and takes its lock. Removes what an interrupted run left unfinished.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] when another run holds it; [`ErrorKind::NotAnArchive`],
    /// [`ErrorKind::NewerFormat`], [`ErrorKind::OlderFormat`], [`ErrorKind::Shared`]; [`ErrorKind::Damaged`]
    /// if the ledger's last row was changed; [`ErrorKind::Io`] if the archive cannot be written.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let folder = Folder::new(path);
        folder.check(options.allow_shared)?;
        // Checks everything before it changes anything.
        drop(Self::open_read_only(path, options)?);
        let writer = folder.lock(options.wait_for_readers)?;
        folder.remove_unfinished_rebuild()?;
        let db = open_to_write(&folder)?;
        facts::check_last(&db)?;
        let mut archive = Self::opened(db, folder, Some(writer), None)?;
        archive.remove_unfinished()?;
        Ok(archive)
    }

    /// Opens an archive for writing, or makes a new one with these settings if there is none.
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

    /// Opens an archive for reading. Its folder may be read-only; nothing in it changes.
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
        // Only a database that no process writes to may be read as immutable.
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

    /// The account whose messages the archive holds.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The settings, which decide what the archive stores.
    #[must_use]
    pub fn settings(&self) -> &ArchiveSettings {
        &self.settings
    }

    /// The archive's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.root()
    }

    /// Whether it was opened for writing.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    /// Removes the items of units without a ledger row, which an interrupted run left.
    fn remove_unfinished(&mut self) -> Result<()> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "SELECT body ->> '$.first_unit' FROM ledger WHERE kind = 'run' ORDER BY no DESC LIMIT 1";
        let first: Option<i64> = tx.first(sql, [], |row| row.get(0))?;
        items::remove_unfinished(&tx, first.unwrap_or(0))?;
        Ok(tx.commit()?)
    }

    /// Whether the database is at rest: no process writes to it, and there is no log beside it.
    pub(crate) fn is_at_rest(&self) -> bool {
        self._rest.is_some() && !self.folder.has_log()
    }

    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.writer.is_some() {
            return Ok(());
        }
        let text = "the archive was opened for reading";
        Err(Error::new(ErrorKind::InvalidInput, text))
    }

    /// Appends a decision of a person to the ledger, and makes it durable.
    pub(crate) fn decide(&mut self, row: &LedgerRow) -> Result<()> {
        Self::make_durable(&self.db, true)?;
        let tx = self.db.transaction()?;
        derived::append(&tx, row, &mut Counts::default())?;
        Ok(tx.commit()?)
    }

    fn opened(
        db: Connection,
        folder: Folder,
        writer: Option<WriterLock>,
        rest: Option<File>,
    ) -> Result<Self> {
        // Reading never runs anything that another program put into the schema.
        db.pragma_update(None, "trusted_schema", false)?;
        check_format(&db).map_err(|error| match is_empty(&db) {
            Ok(true) if folder.has_attachments() => emptied(),
            _ => error,
        })?;
        folder.check_no_journal()?;
        schema::check(&db)?;
        check_derived(&db)?;
        functions::register(&db)?;
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
        setting(&immutable(&folder.database())?, "account")
    }

    /// Sets whether each transaction is on the disk when it ends, even if a reader prevents moving the
    /// log. Everything reported to the caller, such as a head, must be durable.
    pub(crate) fn make_durable(db: &Connection, durable: bool) -> Result<()> {
        let mode = if durable { "FULL" } else { "NORMAL" };
        Ok(db.pragma_update(None, "synchronous", mode)?)
    }

    /// Moves all changes from the log into the database, so that the folder at rest is the database and its files.
    ///
    /// Returns whether all were moved. A program that reads may prevent it. Then they stay in the log, which
    /// belongs to the archive, and the next run moves them.
    pub(crate) fn checkpoint(&self) -> Result<bool> {
        // A stopped reader must not delay the run.
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

/// Whether a run was killed while it created this archive, before it stored anything.
fn is_unborn(folder: &Folder) -> bool {
    if !folder.holds_only_own_names() {
        return false;
    }
    let is_empty = |db: Connection| is_empty(&db);
    // Usually this is an archive; that is seen without changing anything.
    if let Ok(false) = immutable(&folder.database()).and_then(is_empty) {
        return false;
    }
    let Ok(_lock) = folder.lock(Duration::ZERO) else {
        return false;
    };
    if !folder.database().exists() {
        return true;
    }
    read_write(&folder.database())
        .and_then(is_empty)
        .unwrap_or(false)
}
