//! Arguments of `export`.

use std::path::PathBuf;

use clap::ValueEnum;
use zoom_chat_archive::{Existing, ExportFormat};

use super::{ArchiveArgs, SelectionArgs, reading::RangeArgs};
use crate::failure::{BadValue, Failure};

/// Export an archive, or a part of it, to files that others can open
///
/// Writes a file for each selected conversation, and the attachments under their names. Beside them
/// stand a list of all documents with control numbers and digests, a manifest, and a draft of a
/// certificate. The manifest says what was asked for, and what is not proven. The folder is made under a name that ends in
/// `.part-` and some letters, and is renamed once it is whole. Exits with 3 if the archive does not
/// prove everything that was asked for; what it holds is written.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Write these formats, separated by commas
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', required = true)]
    pub(crate) format: Vec<FormatArg>,
    /// Write to this folder. Without --supplement and --force it must not exist yet
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Begin control numbers with this: letters, digits, `-` and `_`
    #[arg(long, value_name = "PREFIX", default_value = "ZC")]
    pub(crate) prefix: String,
    /// Begin counting control numbers with N; a supplement goes on where the export before it ended
    #[arg(long, value_name = "N", default_value = "1", value_parser = start)]
    pub(crate) start: u64,
    /// Add what is new or changed to an export in DIR that was made with the same options
    #[arg(long, conflicts_with = "force")]
    pub(crate) supplement: bool,
    /// Replace an export in DIR
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not verify the archive first: faster, and the certificate says so
    #[arg(long)]
    pub(crate) unverified: bool,
    /// State who exports; this is not checked [default: the current user]
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Begin CSV files with a byte order mark, so that Excel reads them as UTF-8
    #[arg(long)]
    pub(crate) bom: bool,
    /// Keep texts in CSV that a spreadsheet would take for a formula as they are; otherwise an
    /// apostrophe goes before them
    #[arg(long)]
    pub(crate) csv_raw: bool,
    /// Add the JSON that Zoom sent to each line of NDJSON
    #[arg(long)]
    pub(crate) raw: bool,
    /// Keep Zoom's signed links to files, with which anybody can read a file for a day
    #[arg(long)]
    pub(crate) signed_links: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
}

impl ExportArgs {
    /// Refuses options of formats that are not written.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let options = [
            (self.bom, "--bom", FormatArg::Csv, "csv"),
            (self.csv_raw, "--csv-raw", FormatArg::Csv, "csv"),
            (self.raw, "--raw", FormatArg::Ndjson, "ndjson"),
        ];
        for (is_given, option, format, name) in options {
            if is_given && !self.format.contains(&format) {
                let text =
                    format!("{option} is an option of --format {name}, which is not written");
                return Err(
                    Failure::usage(text).hint(format!("add {name} to --format, or omit {option}"))
                );
            }
        }
        Ok(())
    }

    pub(crate) fn existing(&self) -> Existing {
        match (self.supplement, self.force) {
            (true, _) => Existing::Supplement,
            (_, true) => Existing::Replace,
            _ => Existing::Refuse,
        }
    }
}

/// A format of an export, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// A CSV file for each conversation, for spreadsheets
    Csv,
    /// An NDJSON file for each conversation, for programs
    Ndjson,
    /// The attachments
    Files,
}

impl From<FormatArg> for ExportFormat {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Csv => Self::Csv,
            FormatArg::Ndjson => Self::Ndjson,
            FormatArg::Files => Self::Files,
        }
    }
}

fn start(text: &str) -> Result<u64, BadValue> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| BadValue::new("not a first number", "give a number from 1 to 999999999"))
}
