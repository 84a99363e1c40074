//! A copy of an archive, consistent while a run writes to it.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    archive::{
        Archive,
        database::{immutable, read_write},
    },
    disk::{Folder, Place, check_space, make_private_folder, private_file, sync_file, sync_folder},
    error::{Error, ErrorKind, Result},
    facts::{
        self,
        digest::{Hash, hex},
    },
    model::REPORT_VERSION,
    sql::Sql,
    verify::VerifyStep,
};

/// Options of a backup.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct BackupOptions {
    /// Whether attachments are linked and not copied. Then both archives share each file: damage to one is
    /// damage to both.
    pub link: bool,
}

/// The report of a backup.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BackupReport {
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one.
    pub sandbox: bool,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// The hash of the ledger's last row.
    pub head: String,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Attachments, each once.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Attachments that the ledger names and that the archive itself lacks.
    pub lost_files: u64,
}

impl Archive {
    /// Copies the archive to a folder that does not exist yet, or is empty. A run may write to the archive
    /// meanwhile: the copy holds what was visible at one instant.
    ///
    /// The copy is made beside its place, in a folder whose name ends in `.part-` and some letters. It is renamed when it
    /// is whole. A killed process leaves that folder, which nothing needs.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyThere`] if its place is taken; [`ErrorKind::InvalidInput`] if its place is inside the
    /// archive; [`ErrorKind::Io`] if it cannot be written.
    pub fn backup(
        self,
        to: &Path,
        options: BackupOptions,
        mut progress: impl FnMut(VerifyStep),
    ) -> Result<BackupReport> {
        let place = Place::new(&self.folder, to)?;
        let sandbox = self.account.sandbox;
        let from = self.folder.clone();
        let database = fs::metadata(from.database()).map_or(0, |file| file.len());
        let stored = if options.link {
            0
        } else {
            self.stored_bytes()?
        };
        check_space(place.parent(), database + stored)?;
        let copy = Folder::new(place.part());
        copy.create()?;
        copy_database(&self.db, &copy.database())?;
        // Attachments never change: from here on a run may begin.
        drop(self);
        let db = immutable(&copy.database())?;
        let (ledger_rows, head) = facts::head(&db)?;
        let mut report = BackupReport {
            version: REPORT_VERSION,
            sandbox,
            ledger_rows: u64::try_from(ledger_rows).unwrap_or_default(),
            head: hex(&head),
            database_bytes: fs::metadata(copy.database()).map_or(0, |file| file.len()),
            files: 0,
            file_bytes: 0,
            lost_files: 0,
        };
        let sql = "SELECT count(DISTINCT sha256) FROM attachments WHERE state = 'stored'";
        let of = db.one(sql, [], |row| row.get(0))?;
        let sql =
            "SELECT sha256, max(bytes) FROM attachments WHERE state = 'stored' GROUP BY sha256";
        db.each(sql, [], |row| {
            let (sha256, bytes): (Hash, u64) = row.try_into()?;
            let name = hex(&sha256);
            let (from, to) = (from.attachment(&name), copy.attachment(&name));
            match copy_file(&from, &to, bytes, options.link)? {
                true => {
                    report.files += 1;
                    report.file_bytes += bytes;
                }
                false => report.lost_files += 1,
            }
            let done = report.files + report.lost_files;
            progress(VerifyStep::Files { done, of });
            Ok(())
        })?;
        sync_folders(&copy)?;
        place.put()?;
        Ok(report)
    }

    fn stored_bytes(&self) -> Result<u64> {
        let sql = "SELECT COALESCE(sum(bytes), 0) FROM
             (SELECT max(bytes) AS bytes FROM attachments WHERE state = 'stored' GROUP BY sha256)";
        self.db.one(sql, [], |row| row.get(0))
    }
}

/// Copies the database as it is at this instant, including the log of a run.
fn copy_database(from: &Connection, to: &Path) -> Result<()> {
    let mut db = read_write(to)?;
    db.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    // In one step: it reads one instant, and never restarts, however much is written meanwhile.
    let backup = Backup::new(from, &mut db)?;
    let step = backup.step(-1)?;
    drop(backup);
    if !matches!(step, StepResult::Done) {
        return Err(
            Error::new(ErrorKind::Locked, "another program uses archive.db")
                .hint_text("wait until it has ended, and run this again"),
        );
    }
    db.close().map_err(|(_, error)| error)?;
    sync_file(to)
}

/// Copies a file of this length; false if it is missing.
fn copy_file(from: &Path, to: &Path, bytes: u64, link: bool) -> Result<bool> {
    let found = from.symlink_metadata();
    if !found.is_ok_and(|found| found.is_file() && found.len() == bytes) {
        return Ok(false);
    }
    let failed = |error| Error::io("cannot write", to, error);
    if let Some(folder) = to.parent() {
        make_private_folder(folder)?;
    }
    if link {
        fs::hard_link(from, to).map_err(|error| match error.kind() {
            io::ErrorKind::CrossesDevices => {
                let text = "the copy is on another file system, which hard links cannot reach";
                Error::invalid(text, "omit --link to copy the attachments")
            }
            _ => failed(error),
        })?;
        return Ok(true);
    }
    let mut source = File::open(from).map_err(|error| Error::io("cannot read", from, error))?;
    let mut copy = private_file(to)?;
    // If the file system can, both share the bytes until one is changed.
    io::copy(&mut source, &mut copy)
        .and_then(|_| copy.sync_all())
        .map_err(failed)?;
    Ok(true)
}

fn sync_folders(copy: &Folder) -> Result<()> {
    let files = copy.files();
    let entries = fs::read_dir(&files).map_err(|error| Error::io("cannot read", &files, error))?;
    for entry in entries.flatten() {
        sync_folder(&entry.path())?;
    }
    sync_folder(&files)?;
    sync_folder(copy.root())
}
