//! Archives, as the commands open them.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use zoom_chat_archive::{Archive, Error, ErrorKind, GapAxis, GapClass, GapReport, OpenOptions};

use crate::{
    args::{ArchiveArgs, SharedArgs},
    exit::Exit,
    failure::Failure,
    line::rfc3339,
};

/// Opens an archive for reading; nothing in it changes.
pub(crate) fn read(args: &ArchiveArgs) -> Result<Archive, Failure> {
    read_at(&args.archive, args.shared)
}

/// As [`read`], where the folder is given by an option.
pub(crate) fn read_at(path: &Path, shared: SharedArgs) -> Result<Archive, Failure> {
    Archive::open_read_only(path, &options(shared)).map_err(at_start)
}

/// Opens an archive for writing, and takes its lock.
pub(crate) fn write(args: &ArchiveArgs) -> Result<Archive, Failure> {
    Archive::open(&args.archive, &options(args.shared)).map_err(at_start)
}

fn options(shared: SharedArgs) -> OpenOptions {
    let mut options = OpenOptions::default();
    options.allow_shared = shared.allow_shared;
    options
}

/// An error before anything was touched.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` takes"
)]
pub(crate) fn at_start(error: Error) -> Failure {
    let exit = match error.kind() {
        ErrorKind::Locked => Exit::Locked,
        ErrorKind::Damaged => Exit::Altered,
        _ => Exit::Usage,
    };
    failure(exit, &error)
}

/// An error while an archive was read or written.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` takes"
)]
pub(crate) fn under_way(error: Error) -> Failure {
    let exit = match error.kind() {
        ErrorKind::Locked => Exit::Locked,
        ErrorKind::Damaged => Exit::Altered,
        ErrorKind::Io => Exit::Failed,
        _ => Exit::Usage,
    };
    failure(exit, &error)
}

fn failure(exit: Exit, error: &Error) -> Failure {
    if let Some(error) = error.zoom_error() {
        return error.clone().into();
    }
    let failure = Failure::new(exit, error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The day that is today for what is in an archive: the server's at the last sync.
pub(crate) fn today(archive: &Archive) -> Result<NaiveDate, Failure> {
    let last = archive.last_server_date().map_err(under_way)?;
    Ok(last.unwrap_or_else(|| Utc::now().date_naive()))
}

/// From when to when an archive is complete.
pub(crate) fn span(
    from: Option<DateTime<Utc>>,
    through: Option<DateTime<Utc>>,
    open_gaps: u64,
) -> String {
    let (Some(from), Some(through)) = (from.and_then(rfc3339), through.and_then(rfc3339)) else {
        return "nothing yet".to_owned();
    };
    let but = if open_gaps > 0 {
        ", but for the gaps"
    } else {
        ""
    };
    format!("from {from} through {through}{but}")
}

/// A gap in one line.
pub(crate) fn gap_line(gap: &GapReport) -> String {
    let whose = match (&gap.session_id, gap.axis) {
        (Some(id), GapAxis::Attachment) => match &gap.file_id {
            Some(file) => format!("file {file} of session {id}"),
            None => format!("a file without an id, of session {id}"),
        },
        (Some(id), GapAxis::Modified) => format!("edits and deletions of session {id}"),
        (Some(id), _) => format!("session {id}"),
        (None, GapAxis::List) => "the list of sessions".to_owned(),
        (None, _) => "all sessions".to_owned(),
    };
    let instant = |at| rfc3339(at).unwrap_or_default();
    let class = match gap.class {
        GapClass::Transient => "a later sync may bring it",
        GapClass::Refused => "Zoom refuses it",
        _ => "gone for ever",
    };
    let mut line = format!(
        "gap {}: {whose}: {} to {}: {class}",
        gap.id,
        instant(gap.start),
        instant(gap.end)
    );
    if let Some(failure) = &gap.failure {
        line.push_str(&format!(": {}", failure.text));
        if let Some(id) = &failure.tracking_id {
            line.push_str(&format!(" (tracking id {id})"));
        }
    }
    line
}
