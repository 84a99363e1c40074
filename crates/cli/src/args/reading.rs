//! Arguments of the commands that read.

use std::path::PathBuf;

use clap::ArgGroup;
use zoom_chat_reports::{EntryKind, IncludeField, harvest::Harvest, sessions::Sessions};

use super::{ConnectionArgs, SharedArgs, connection::parameter};
use crate::{
    dates::{Asked, Day},
    failure::BadValue,
};

/// What means nothing where an archive on this machine is read.
const LOCAL: [&str; 5] = ["confirm", "page_size", "parameters", "plan", "sandbox"];
/// An archive holds its list of sessions without the dates for which Zoom gave them.
const LISTED: [&str; 6] = ["from", "to", "page_size", "parameters", "plan", "sandbox"];
/// What an archive's settings say.
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

/// Prints the list of chat sessions, one JSON object a line
///
/// It is what Zoom lists for the dates. Zoom may list a session only for dates that hold its last
/// message, so leave the dates away to see all sessions.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct SessionsArgs {
    /// Prints each session's JSON as Zoom sent it, byte for byte, and nothing around it; where
    /// Zoom breaks lines within it, so does the output
    #[arg(long)]
    pub(crate) raw: bool,
    /// Reads this archive, and asks nobody
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = LISTED)]
    pub(crate) archive: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// Sessions on a page
    #[arg(long, value_name = "1..300", default_value = "300", value_parser = clap::value_parser!(u32).range(1..=300))]
    pub(crate) page_size: u32,
    /// Adds a query parameter that this program does not know; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Writes a summary of the run to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
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

/// Prints messages, one JSON object a line
///
/// A line is {"session_id", "kind": "sent", "edited" or "deleted", "sent_at", "modified_at",
/// "message": the JSON that Zoom sent, with spaces for line breaks between its parts}. Lines of different sessions come in any order. When
/// the run ends with another code than 0, stderr says what is missing.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
#[command(group(ArgGroup::new("which").args(["sessions", "all"]).required(true)))]
pub(crate) struct MessagesArgs {
    /// Sessions to read, by the ids that `zoom-chat sessions` prints
    #[arg(value_name = "SESSION")]
    pub(crate) sessions: Vec<String>,
    /// Reads all sessions of the account
    #[arg(long)]
    pub(crate) all: bool,
    /// Reads this archive, and asks nobody. Prints all that it holds, edits and deletions too, each
    /// entry as it came last; what Zoom no longer returns, too. --include chooses
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = LOCAL)]
    pub(crate) archive: Option<PathBuf>,
    /// Leaves edits and deletions away
    #[arg(long, requires = "archive", conflicts_with_all = ["include", "everything"])]
    pub(crate) sent_only: bool,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// Prints each message's JSON as Zoom sent it, byte for byte, and nothing around it; line breaks
    /// within it stay
    #[arg(long)]
    pub(crate) raw: bool,
    /// Reads days of several pages until two readings agree; finds messages that another one's
    /// silent removal hid, and doubles the requests of these days
    #[arg(long)]
    pub(crate) confirm: bool,
    /// Writes a summary of the run to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Says how many requests reading would take, and how long, under each plan
///
/// It lists the sessions and reads no message.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct PlanArgs {
    /// Says what the next `sync` of this archive takes
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = SYNCED)]
    pub(crate) archive: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// As the option of `sync`, such as `30d`
    #[arg(long, value_name = "DAYS", requires = "archive", value_parser = crate::dates::days)]
    pub(crate) reread: Option<u32>,
    /// Sessions that would be read [default: all]
    #[arg(value_name = "SESSION")]
    pub(crate) sessions: Vec<String>,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Checks credentials, scopes, limits and reach, and says what to do
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct DoctorArgs {
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Which days.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Dates")]
pub(crate) struct RangeArgs {
    /// The first day, UTC: YYYY-MM-DD, `today`, `yesterday`, or `-30d` for 30 days ago
    /// [default: the first that Zoom still has]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<Day>,
    /// The last day, UTC, which is part of the range [default: today, by the server's clock]
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

/// What to ask for beside the messages themselves.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What to read")]
pub(crate) struct ReadingArgs {
    /// Adds messages that were edited, deleted, or both: `edited,deleted`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = include)]
    include: Vec<IncludeField>,
    /// Adds what chat bots sent
    #[arg(long)]
    bots: bool,
    /// Adds reactions, those with the account's own emoji too
    #[arg(long)]
    reactions: bool,
    /// Adds all of these
    #[arg(long)]
    everything: bool,
    /// Messages on a page
    #[arg(long, value_name = "1..100", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) page_size: u32,
    /// Adds a query parameter that this program does not know; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

impl ReadingArgs {
    /// Whether an option says which kinds of entries are wanted.
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

    /// Puts the options into a harvest of these sessions, or of all where none is named.
    pub(crate) fn apply(&self, harvest: Harvest, sessions: &[String]) -> Harvest {
        let mut harvest = harvest
            .include(self.include.iter().copied())
            .include_bot_messages(self.bots)
            .include_reactions(self.reactions)
            .include_custom_emoji_reactions(self.reactions)
            .page_size(self.page_size);
        if self.everything {
            harvest = harvest.everything();
        }
        for (name, value) in &self.parameters {
            harvest = harvest.param(name, value);
        }
        if !sessions.is_empty() {
            harvest = harvest.sessions(sessions);
        }
        harvest
    }
}

pub(super) fn include(text: &str) -> Result<IncludeField, BadValue> {
    Ok(text.parse::<IncludeField>()?)
}
