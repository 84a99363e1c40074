//! Rebuilding an archive's database from its facts: all tables are derived again by the rules of this program,
//! and replace the old ones.

mod migrate;

use std::{fs, path::Path};

use rusqlite::{Connection, OpenFlags};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    archive::{
        Archive, OpenOptions,
        database::{emptied, format_of, is_empty, open_to_write, tune, tune_unseen, uri},
    },
    derived::{index, schema},
    disk::{Folder, check_space, private_file, sync_file, sync_folder},
    error::{Error, ErrorKind, Result},
    facts::{self, digest::hex},
    model::{Account, REPORT_VERSION},
    sql::Sql,
    verify::{Findings, VerifyStep, replay},
};

/// The report of a rebuild.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RebuildReport {
    /// The version of this document.
    pub version: u32,
    /// The format that the archive had before.
    pub from_format: i32,
    /// The format that it has now.
    pub format: i32,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// Items that were taken over from an earlier format.
    pub taken_over: u64,
    /// Bytes of the database before.
    pub bytes_before: u64,
    /// Bytes of the database now.
    pub bytes: u64,
    /// The hash of the ledger's last row.
    pub head: String,
}

impl Archive {
    /// Rebuilds the database: copies the facts as they are, and derives everything else from them. The new
    /// database replaces the old one in one step; until then nothing changes.
    ///
    /// Converts an archive of an earlier format: its ledger stays as it is, and one row is added.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`] if the facts are not what was written; then nothing is changed.
    /// [`ErrorKind::Io`] if there is not enough disk space; otherwise as [`open`](Archive::open).
    pub fn rebuild(path: &Path, options: &OpenOptions) -> Result<RebuildReport> {
        Self::rebuild_with(path, options, |_| {})
    }

    /// As [`rebuild`](Self::rebuild), and reports its progress.
    ///
    /// # Errors
    /// As [`rebuild`](Self::rebuild).
    pub fn rebuild_with(
        path: &Path,
        options: &OpenOptions,
        mut progress: impl FnMut(VerifyStep),
    ) -> Result<RebuildReport> {
        let folder = Folder::new(path);
        folder.check(options.allow_shared)?;
        let _writer = folder.lock(options.wait_for_readers)?;
        folder.remove_unfinished_rebuild()?;
        let report = rebuild_database(&folder, &mut progress);
        if report.is_err() {
            // The unfinished database is useless; the old one is unchanged.
            let _ = folder.remove_unfinished_rebuild();
        }
        report
    }

    /// Converts an archive of this account that an earlier program wrote; `None` if there is nothing to do.
    ///
    /// # Errors
    /// As [`rebuild`](Self::rebuild); [`ErrorKind::OtherAccount`], and then nothing was changed.
    pub fn bring_up(
        path: &Path,
        account: &Account,
        options: &OpenOptions,
    ) -> Result<Option<RebuildReport>> {
        match Self::open_read_only(path, options) {
            Err(error) if error.kind() == ErrorKind::OlderFormat => {
                let folder = Folder::new(path);
                let stored = Self::account_in(&folder)?;
                crate::sync::check_account(&stored, account)?;
                Self::rebuild(path, options).map(Some)
            }
            Err(error) => Err(error),
            Ok(_) => Ok(None),
        }
    }
}

fn rebuild_database(
    folder: &Folder,
    progress: &mut dyn FnMut(VerifyStep),
) -> Result<RebuildReport> {
    let database = folder.database();
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    folder.check_no_journal()?;
    let from_format = at_rest(folder)?;
    let bytes_before = bytes(&database);
    check_space(folder.root(), bytes_before + bytes_before / 4)?;
    let place = folder.rebuilt();
    let db = empty_beside(&place, &database)?;
    match from_format {
        1 => migrate::copy(&db, folder)?,
        _ => copy(&db)?,
    }
    let mut findings = Findings::default();
    let replayed = replay(&db, None, &mut findings, progress)?;
    if let Some(finding) = findings.first() {
        let text = format!(
            "the archive's facts are not what was written: {}: {}",
            finding.name, finding.text
        );
        return Err(Error::new(ErrorKind::Damaged, text)
            .hint_text("nothing was changed; restore the archive from a backup"));
    }
    index::index_all(&db, i64::MAX)?;
    let head = hex(&facts::head(&db)?.1);
    db.execute_batch("COMMIT; DETACH old;")?;
    tune(&db)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    db.close().map_err(|(_, error)| error)?;
    replace(folder, &place)?;
    Ok(RebuildReport {
        version: REPORT_VERSION,
        from_format,
        format: schema::FORMAT,
        ledger_rows: replayed.rows,
        taken_over: replayed.taken_over,
        bytes_before,
        bytes: bytes(&database),
        head,
    })
}

/// Moves the log into the old database; returns its format.
fn at_rest(folder: &Folder) -> Result<i32> {
    let old = open_to_write(folder)?;
    let format = match has_items(&old)? {
        // Whatever the header says.
        true => schema::FORMAT,
        false if folder.has_attachments() && is_empty(&old)? => return Err(emptied()),
        false => format_of(&old)?,
    };
    // Everything that a killed run left in the log belongs to the old database.
    let (busy, _, _): (i64, i64, i64) =
        old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.try_into())?;
    if busy != 0 {
        return Err(
            Error::new(ErrorKind::Locked, "another program reads archive.db")
                .hint_text("close it, and run this again"),
        );
    }
    Ok(format)
}

/// An empty archive at `place`, in a transaction; the old database is attached to it as `old`.
fn empty_beside(place: &Path, old: &Path) -> Result<Connection> {
    drop(private_file(place)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(place, flags)?;
    db.pragma_update(None, "page_size", crate::archive::database::PAGE_SIZE)?;
    tune_unseen(&db)?;
    // No other process writes to it, and its log is empty.
    db.execute("ATTACH ?1 AS old", [uri(old, true)])?;
    db.execute_batch("BEGIN")?;
    schema::create(&db)?;
    Ok(db)
}

fn has_items(db: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'items')";
    db.one(sql, [], |row| row.get(0))
}

/// Copies the facts, except items that no ledger row names.
fn copy(db: &Connection) -> Result<()> {
    db.execute_batch(
        "INSERT INTO ledger (no, body, hash) SELECT no, body, hash FROM old.ledger ORDER BY no;
         INSERT INTO items (id, unit, kind, key, raw)
           SELECT id, unit, kind, key, raw FROM old.items
           WHERE unit IN (SELECT unit FROM old.ledger WHERE unit IS NOT NULL) ORDER BY id;",
    )?;
    Ok(())
}

/// Replaces the old database by the new one, and makes that durable.
fn replace(folder: &Folder, place: &Path) -> Result<()> {
    let database = folder.database();
    sync_file(place)?;
    // The old log is empty: it was moved into the old database before anything was read.
    folder.remove_log()?;
    fs::rename(place, &database).map_err(|error| Error::io("cannot write", &database, error))?;
    folder.remove_unfinished_rebuild()?;
    sync_folder(folder.root())
}
