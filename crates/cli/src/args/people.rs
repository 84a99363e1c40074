//! Arguments of `people`.

use std::path::PathBuf;

use chrono_tz::Tz;

use super::{archive::ArchiveArgs, selecting::zone};

/// List the people of an archive
///
/// People are those who wrote, were written to, reacted, or are members of a chat of two, as far as the archive holds it.
/// Several names, addresses and ids of one person are one line. Counts are those of the whole archive. Prints one JSON
/// object a line, or a table on a terminal.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct PeopleArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// List only people who took part in this conversation: a session id, or the name of a channel; `@FILE` names a
    /// file with one a line. Can be repeated
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) session: Vec<String>,
    /// List only people from outside the account
    #[arg(long)]
    pub(crate) external: bool,
    /// Show days in this time zone, such as `Europe/Berlin` [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub(crate) tz: Option<Tz>,
    /// Print lines of JSON on a terminal too
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the lines to this file, which gets its name once it is whole
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}
