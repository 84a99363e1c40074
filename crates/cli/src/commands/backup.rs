//! `backup`: copies an archive, even while a sync writes to it.

use zoom_chat_archive::BackupOptions;

use crate::{
    archive,
    args::BackupArgs,
    exit::Exit,
    failure::Failure,
    ui::{
        progress::steps,
        quantity::{count, counted, size},
        rows::Rows,
        stdout,
    },
};

pub(crate) fn run(args: &BackupArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let mut options = BackupOptions::default();
    options.link = args.link;
    let report = archive.backup(&args.to, options, steps(quiet))?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        let (from, to) = (args.archive.archive.display(), args.to.display());
        let mut rows = Rows::under(&format!("copied {from} to {to}"), "  ", 12);
        rows.row("database", size(report.database_bytes));
        rows.row(
            "attachments",
            format!("{}, {}", count(report.files), size(report.file_bytes)),
        );
        rows.row("ledger", counted(report.ledger_rows, "row"));
        rows.row("head", &report.head);
        stdout::print(&rows.into_text())?;
    }
    if report.lost_files == 0 {
        return Ok(Exit::Complete);
    }
    let lost = counted(report.lost_files, "attachment");
    let text = format!("the copy lacks {lost}, as the archive does");
    Err(Failure::new(Exit::Altered, text).hint("`sync` fetches them again; `verify` names them"))
}
