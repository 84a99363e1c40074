//! Arguments of the commands that read.

use std::path::PathBuf;

use clap::ArgGroup;
use zoom_chat_reports::{EntryKind, IncludeField, Options, harvest::Harvest, sessions::Sessions};

use super::{ConnectionArgs, connection::parameter, selecting::SelectionArgs, shared::SharedArgs};
use crate::{
    dates::{Asked, Day},
    failure::BadValue,
};

/// Options that mean nothing for an archive on this machine.
const LOCAL: [&str; 5] = ["confirm", "page_size", "parameters", "plan", "sandbox"];
/// Options of the list of sessions that mean nothing for an archive.
const LISTED: [&str; 4] = ["page_size", "parameters", "plan", "sandbox"];
/// Options that an archive's settings replace.
const SYNCED: [&str; 8] = [
    "sessions",
    "from",
    "to",
    "include",
    "bots",
    "reactions",
    "everything",
    "parameters",
];

/// Print the list of chat sessions, one JSON object a line
///
/// Prints what Zoom lists for the dates. Zoom may list a session only for the date of its last
/// message, so omit the dates to see all sessions.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct SessionsArgs {
    /// Print only each session's JSON as Zoom sent it, byte for byte, with its line breaks
    #[arg(long)]
    pub(crate) raw: bool,
    /// Print lines of JSON on a terminal too, instead of a table
    #[arg(long, conflicts_with = "raw")]
    pub(crate) json: bool,
    /// Write the lines to this file, which gets its name once nothing is missing
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Read this archive instead of asking Zoom. Dates select sessions with messages of these days
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = LISTED)]
    pub(crate) archive: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// Ask for this many sessions on a page
    #[arg(long, value_name = "1..300", default_value = "300", value_parser = clap::value_parser!(u32).range(1..=300))]
    pub(crate) page_size: u32,
    /// Add a query parameter that this program does not know; can be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Write a summary of the run to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

impl SessionsArgs {
    /// Puts the options into a request.
    pub(crate) fn apply(&self, mut request: Sessions) -> Sessions {
        for (name, value) in &self.parameters {
            request = request.param(name, value);
        }
        request.page_size(self.page_size)
    }
}

/// Print messages, one JSON object a line
///
/// A line is {"session_id", "kind": "sent", "edited" or "deleted", "sent_at", "modified_at",
/// "message": the JSON that Zoom sent, each line break between its parts replaced by a space}. Lines of
/// different sessions come in any order. If the exit code is not 0, stderr names what is missing.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
#[command(group(ArgGroup::new("which").args(["sessions", "all", "archive"]).required(true).multiple(true)))]
pub(crate) struct MessagesArgs {
    /// Read these sessions, by the ids that `zoom-chat sessions` prints
    #[arg(value_name = "SESSION")]
    pub(crate) sessions: Vec<String>,
    /// Read all sessions of the account; this is the default for an archive
    #[arg(long, conflicts_with = "sessions")]
    pub(crate) all: bool,
    /// Read this archive instead of asking Zoom. Prints everything that it holds, including edits, deletions
    /// and what Zoom no longer returns, each entry in its last version. --include selects
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = LOCAL)]
    pub(crate) archive: Option<PathBuf>,
    /// Leave out edits and deletions
    #[arg(long, requires = "archive", conflicts_with_all = ["include", "everything", "kind"])]
    pub(crate) sent_only: bool,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// Print only each message's JSON as Zoom sent it, byte for byte, with its line breaks
    #[arg(long)]
    pub(crate) raw: bool,
    /// Print lines of JSON on a terminal too, instead of a table
    #[arg(long, conflicts_with = "raw")]
    pub(crate) json: bool,
    /// Write the lines to this file, which gets its name once nothing is missing. Until then FILE.part holds them: if
    /// the run is interrupted, the same command continues it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Print links to files with their signatures, as Zoom sent them: whoever holds one can read the file for a day
    #[arg(long, requires = "archive")]
    pub(crate) signed_links: bool,
    /// Read windows of several pages until two readings agree: finds messages that were missed because
    /// another was removed meanwhile. Doubles the requests for these windows
    #[arg(long)]
    pub(crate) confirm: bool,
    /// Write a summary of the run to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Estimate how many requests reading takes, and how long, under each plan
///
/// Lists the sessions, but reads no messages.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct PlanArgs {
    /// Estimate the next `sync` of this archive
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = SYNCED)]
    pub(crate) archive: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// Include what `sync --reread` would read, such as `30d`
    #[arg(long, value_name = "DAYS", requires = "archive", value_parser = crate::dates::days)]
    pub(crate) reread: Option<u32>,
    /// Count only these sessions [default: all]
    #[arg(value_name = "SESSION")]
    pub(crate) sessions: Vec<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Check credentials, scopes, limits and how far back Zoom answers, and say what to do
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct DoctorArgs {
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// The days to read.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Dates")]
pub(crate) struct RangeArgs {
    /// Begin with this day, in UTC or the zone of --tz: YYYY-MM-DD, `today`, `yesterday`, or `-30d` for 30 days ago
    /// [default: the first day that Zoom, or the archive, has]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<Day>,
    /// End with this day, itself included [default: today, by the server's clock, or the archive's last day]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    to: Option<Day>,
}

impl RangeArgs {
    pub(crate) fn asked(&self) -> Asked {
        Asked {
            from: self.from,
            to: self.to,
        }
    }
}

/// Options that ask for more than the sent messages.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Content")]
pub(crate) struct ReadingArgs {
    /// Add messages that were edited, deleted, or both: `edited,deleted`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = include)]
    include: Vec<IncludeField>,
    /// Add messages of chat bots
    #[arg(long)]
    bots: bool,
    /// Add reactions, including those with custom emoji
    #[arg(long)]
    reactions: bool,
    /// Add edited and deleted messages, messages of bots, and reactions
    #[arg(long)]
    everything: bool,
    /// Ask for this many messages on a page
    #[arg(long, value_name = "1..100", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) page_size: u32,
    /// Add a query parameter that this program does not know; can be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

impl ReadingArgs {
    /// Whether an option selects kinds of entries.
    pub(crate) fn chooses(&self) -> bool {
        self.everything || !self.include.is_empty()
    }

    /// Whether entries of this kind are wanted.
    pub(crate) fn wants(&self, kind: EntryKind) -> bool {
        let wants = |field| self.everything || self.include.contains(&field);
        match kind {
            EntryKind::Sent => true,
            EntryKind::Edited => wants(IncludeField::EditedMessages),
            EntryKind::Deleted => wants(IncludeField::DeletedMessages),
        }
    }

    /// What is asked for in addition to the messages.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        if self.everything {
            options = Options::everything();
        } else {
            options.include = self.include.iter().copied().collect();
            options.bot_messages = self.bots;
            options.reactions = self.reactions;
            options.custom_emoji_reactions = self.reactions;
        }
        options.parameters = self.parameters.clone().into();
        options
    }

    /// Puts the options into a harvest of these sessions, or of all if none is named.
    pub(crate) fn apply(&self, harvest: Harvest, sessions: &[String]) -> Harvest {
        let mut harvest = harvest.options(self.options()).page_size(self.page_size);
        if !sessions.is_empty() {
            harvest = harvest.sessions(sessions);
        }
        harvest
    }
}

pub(super) fn include(text: &str) -> Result<IncludeField, BadValue> {
    Ok(text.parse::<IncludeField>()?)
}
