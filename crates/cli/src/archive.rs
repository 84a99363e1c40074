//! Opening archives.

use std::path::Path;

use chrono::{NaiveDate, Utc};
use zoom_chat_archive::{Account, Archive, Error, ErrorKind, OpenOptions};

use crate::{
    args::{ArchiveArgs, SharedArgs},
    failure::Failure,
    ui::stderr::eprint,
};

/// Opens an archive for reading; nothing in it changes.
pub(crate) fn read(args: &ArchiveArgs) -> Result<Archive, Error> {
    read_at(&args.archive, args.shared)
}

/// Opens the archive in a folder that an option names, for reading.
pub(crate) fn read_at(path: &Path, shared: SharedArgs) -> Result<Archive, Error> {
    Archive::open_read_only(path, &options(shared))
}

/// Opens an archive for writing, and takes its lock.
pub(crate) fn write(args: &ArchiveArgs) -> Result<Archive, Error> {
    Archive::open(&args.archive, &options(args.shared))
}

pub(crate) fn options(shared: SharedArgs) -> OpenOptions {
    let mut options = OpenOptions::default();
    options.allow_shared = shared.allow_shared;
    options
}

/// The label of an archive in metrics: its whole path if the system tells it.
pub(crate) fn label(path: &Path) -> String {
    let whole = path.canonicalize();
    whole.as_deref().unwrap_or(path).display().to_string()
}

/// The day that counts as today for an archive: the server's date at the last sync.
pub(crate) fn today(archive: &Archive) -> Result<NaiveDate, Error> {
    let last = archive.last_server_date()?;
    Ok(last.unwrap_or_else(|| Utc::now().date_naive()))
}

/// Whether an earlier version wrote the archive.
pub(crate) fn is_older(args: &ArchiveArgs) -> bool {
    read(args).is_err_and(|error| error.kind() == ErrorKind::OlderFormat)
}

/// Converts an archive of this account that an earlier version wrote, and reports it.
pub(crate) fn convert(args: &ArchiveArgs, account: &Account, quiet: bool) -> Result<(), Failure> {
    let report = Archive::bring_up(&args.archive, account, &options(args.shared))?;
    if let Some(report) = report.filter(|_| !quiet) {
        eprint(&format!(
            "the archive was converted from format {} to format {}; its ledger and what Zoom sent are unchanged",
            report.from_format, report.format
        ));
    }
    Ok(())
}
