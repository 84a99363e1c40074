//! `rebuild`: rebuilds an archive's database from its facts.

use zoom_chat_archive::Archive;

use crate::{
    archive,
    args::RebuildArgs,
    exit::Exit,
    failure::Failure,
    ui::{
        progress::steps,
        quantity::{counted, size},
        rows::Rows,
        stdout,
    },
};

pub(crate) fn run(args: &RebuildArgs, quiet: bool) -> Result<Exit, Failure> {
    let (path, options) = (&args.archive.archive, archive::options(args.archive.shared));
    let report = Archive::rebuild_with(path, &options, steps(quiet))?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        let formats = match report.from_format == report.format {
            true => String::new(),
            false => format!(
                ", from format {} to format {}",
                report.from_format, report.format
            ),
        };
        let first = format!("rebuilt {}{formats}", path.display());
        let mut rows = Rows::under(&first, "  ", 12);
        let (now, before) = (size(report.bytes), size(report.bytes_before));
        rows.row("database", format!("{now}, before {before}"));
        rows.row("ledger", counted(report.ledger_rows, "row"));
        rows.row("head", &report.head);
        stdout::print(&rows.into_text())?;
    }
    Ok(Exit::Complete)
}
