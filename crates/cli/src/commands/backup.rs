//! `backup`: a copy of an archive, also while a sync writes to it.

use indicatif::{HumanBytes, HumanCount};
use zoom_chat_archive::{BackupOptions, ErrorKind};

use crate::{
    archive::{self, under_way},
    args::BackupArgs,
    exit::Exit,
    failure::Failure,
    ui::{progress::steps, stderr::escape, stdout},
};

pub(crate) fn run(args: &BackupArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let mut options = BackupOptions::default();
    options.link = args.link;
    let copied = archive.backup(&args.to, options, steps(quiet));
    let report = copied.map_err(|error| match error.kind() {
        ErrorKind::Io => under_way(error),
        _ => archive::at_start(error),
    })?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        stdout::print(&format!(
            "copied {} to {}\n  database     {}\n  attachments  {}, {}\n  ledger       {} rows\n  head         {}\n",
            escape(&args.archive.archive.display().to_string()),
            escape(&args.to.display().to_string()),
            HumanBytes(report.database_bytes),
            HumanCount(report.files),
            HumanBytes(report.file_bytes),
            HumanCount(report.ledger_rows),
            report.head
        ))?;
    }
    if report.lost_files == 0 {
        return Ok(Exit::Complete);
    }
    let text = match report.lost_files {
        1 => "the copy lacks 1 attachment, as the archive does".to_owned(),
        count => format!("the copy lacks {count} attachments, as the archive does"),
    };
    Err(Failure::new(Exit::Altered, text).hint("`sync` fetches them again; `verify` names them"))
}
