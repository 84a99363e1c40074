//! Archives, as the commands open them.

use std::path::Path;

use chrono::{NaiveDate, Utc};
use indicatif::HumanCount;
use zoom_chat_archive::{
    Account, Archive, Error, ErrorKind, GapAxis, GapClass, GapReport, OpenOptions, Standing,
};

use crate::{
    args::{ArchiveArgs, SharedArgs},
    exit::Exit,
    failure::Failure,
    ui::{ndjson::rfc3339, stderr::say},
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

pub(crate) fn options(shared: SharedArgs) -> OpenOptions {
    let mut options = OpenOptions::default();
    options.allow_shared = shared.allow_shared;
    options
}

/// What metrics call an archive: its whole path, as far as it can be told.
pub(crate) fn name(path: &Path) -> String {
    let whole = path.canonicalize();
    whole.as_deref().unwrap_or(path).display().to_string()
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
        ErrorKind::Io => Exit::Failed,
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

/// From when to when an archive is complete, to the instant.
pub(crate) fn span(standing: &Standing) -> String {
    let span = standing.complete_from.zip(standing.complete_through);
    let Some((Some(from), Some(through))) =
        span.map(|(from, through)| (rfc3339(from), rfc3339(through)))
    else {
        return "nothing yet".to_owned();
    };
    let but = if standing.open_gaps > 0 {
        ", but for the gaps"
    } else {
        ""
    };
    format!("from {from} through {through}{but}")
}

/// A line about files that Zoom no longer has: they change no verdict.
pub(crate) fn files_line(standing: &Standing) -> Option<String> {
    match standing.files.gone {
        0 => None,
        1 => Some("1 file is gone at Zoom\n".to_owned()),
        gone => Some(format!("{} files are gone at Zoom\n", HumanCount(gone))),
    }
}

/// Whether an earlier version wrote the archive.
pub(crate) fn is_older(args: &ArchiveArgs) -> bool {
    let opened = Archive::open_read_only(&args.archive, &options(args.shared));
    opened.is_err_and(|error| error.kind() == ErrorKind::OlderFormat)
}

/// Brings up an archive of this account that an earlier version wrote, and says so.
pub(crate) fn bring_up(args: &ArchiveArgs, account: &Account, quiet: bool) -> Result<(), Failure> {
    let options = options(args.shared);
    let report = Archive::bring_up(&args.archive, account, &options).map_err(at_start)?;
    if let Some(report) = report.filter(|_| !quiet) {
        say(&format!(
            "the archive was brought up from format {} to format {}: its ledger and what Zoom sent are as they were",
            report.from_format, report.format
        ));
    }
    Ok(())
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
        (None, _) => "the whole account".to_owned(),
    };
    let instant = |at| rfc3339(at).unwrap_or_default();
    let class = match gap.class {
        GapClass::Transient => "a later sync may bring it",
        GapClass::Refused => "Zoom refuses it",
        _ => "Zoom no longer has it",
    };
    let mut line = format!(
        "gap {}: {whose}: {} to {}: {class}",
        &gap.id[..8.min(gap.id.len())],
        instant(gap.start),
        instant(gap.end)
    );
    if let Some(reason) = &gap.reason {
        line.push_str(&format!(": {reason}"));
    }
    if let Some(failure) = &gap.failure {
        line.push_str(&format!(": {}", failure.text));
        if let Some(id) = &failure.tracking_id {
            line.push_str(&format!(" (tracking id {id})"));
        }
    }
    line
}

/// Who decides something: a name that was given, else that of the user. `what` says that somebody must.
pub(crate) fn operator(given: Option<&str>, what: &str) -> Result<String, Failure> {
    let user = || {
        let variables = ["USER", "LOGNAME", "USERNAME"].iter();
        let set = |name: &&str| {
            std::env::var(name)
                .ok()
                .filter(|name| !name.trim().is_empty())
        };
        variables.clone().find_map(set).or_else(name_of_user)
    };
    given
        .map(str::to_owned)
        .or_else(user)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::usage(what).hint("say who with --operator NAME"))
}

/// The name of the user that this process runs as; its number where it has none.
#[cfg(unix)]
fn name_of_user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let number = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    Some(name.unwrap_or_else(|| format!("user {number}")))
}

#[cfg(not(unix))]
fn name_of_user() -> Option<String> {
    None
}
