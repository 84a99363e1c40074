//! `rebuild`: makes an archive's database anew from its facts.

use indicatif::HumanBytes;
use zoom_chat_archive::Archive;

use crate::{
    archive::{self, under_way},
    args::RebuildArgs,
    exit::Exit,
    failure::Failure,
    ui::{progress::steps, stderr::escape, stdout},
};

pub(crate) fn run(args: &RebuildArgs, quiet: bool) -> Result<Exit, Failure> {
    let (path, options) = (&args.archive.archive, archive::options(args.archive.shared));
    let report =
        Archive::rebuild_with(path, &options, steps(quiet)).map_err(|error| {
            match error.kind() {
                zoom_chat_archive::ErrorKind::Io => under_way(error),
                _ => archive::at_start(error),
            }
        })?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        let came_from = match report.from_format == report.format {
            true => String::new(),
            false => format!(
                ", from format {} to format {}",
                report.from_format, report.format
            ),
        };
        stdout::print(&format!(
            "rebuilt {}{came_from}\n  database     {}, before {}\n  ledger       {} rows\n  head         {}\n",
            escape(&path.display().to_string()),
            HumanBytes(report.bytes),
            HumanBytes(report.bytes_before),
            report.ledger_rows,
            report.head
        ))?;
    }
    Ok(Exit::Complete)
}
