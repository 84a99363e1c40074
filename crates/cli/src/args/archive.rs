//! Arguments of the commands that keep and read an archive.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::ValueEnum;
use zoom_chat_archive::{ArchiveSettings, GapClass};
use zoom_chat_reports::{IncludeField, Options};

use super::{
    ConnectionArgs,
    connection::parameter,
    reading::{RangeArgs, include},
};
use crate::{
    dates::{Day, age, days},
    failure::BadValue,
};

/// Which archive.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// The archive's folder
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
}

/// Whether others may read the folder.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SharedArgs {
    /// Takes an archive whose folder everybody on this machine may read
    #[arg(long)]
    pub(crate) allow_shared: bool,
}

/// Makes an archive and stores what it is to hold; reads no message
///
/// `sync` makes one as well; this only separates the two. The folder must not exist yet, or be
/// empty. Only its owner may read it.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct InitArgs {
    /// The folder to make
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Brings an archive up to date; makes it where there is none
///
/// Reads all that Zoom has and the archive lacks: new messages, edits and deletions of older ones,
/// attachments. What the archive is to hold is stored in it, so later runs need no option. A run
/// that is stopped or killed loses nothing; the next one goes on where it ended.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Reads the messages of so many days again, such as `30d`: finds edits where the account
    /// does not report those of older messages
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub(crate) reread: Option<u32>,
    /// Refuses to make an archive where there is none: for unattended runs, whose disk may not be mounted
    #[arg(long)]
    pub(crate) existing: bool,
    /// Takes the options for this run only; without it, more is stored in the archive and less is
    /// refused
    #[arg(long)]
    pub(crate) once: bool,
    /// Writes the figures of the archive to this file when the run has ended, as metrics in Prometheus' text
    /// format
    #[arg(long, value_name = "FILE")]
    pub(crate) prom_file: Option<PathBuf>,
    /// Writes the head to this file when the run has ended: on another disk it proves later that nothing was removed
    #[arg(long, value_name = "FILE")]
    pub(crate) head_file: Option<PathBuf>,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Says what an archive covers, holds and lacks
///
/// Exits with 3 where something is missing that nobody accepted.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Exits with 3 as well when the last complete sync is older, such as `36h` or `2d`
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) max_age: Option<TimeDelta>,
    /// Writes the figures to this file, as metrics in Prometheus' text format; `-` prints them in place of
    /// the report
    #[arg(long, value_name = "FILE")]
    pub(crate) prom_file: Option<PathBuf>,
    /// Lists where two readings of the same days differed, and what is confirmed, in place of the report; only looks
    #[arg(long, conflicts_with_all = ["max_age", "prom_file"])]
    pub(crate) readings: bool,
    /// Exits with 0 also where something is missing: only looks
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Lists what an archive lacks, and why; accepts that it is missing
///
/// What is missing is worked out anew each time. What was accepted no longer makes the archive
/// incomplete, and is listed for ever, with who accepted it and why. Exits with 3 where something
/// is missing that nobody accepted.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct GapsArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Only gaps of this class
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<GapClassArg>,
    /// Only gaps of this session
    #[arg(long, value_name = "SESSION")]
    pub(crate) session: Option<String>,
    /// Only gaps that end before this day, UTC
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    pub(crate) before: Option<Day>,
    /// Accepts the gap with this name, or a name that begins so; `all` are those that --class, --session
    /// and --before leave. May be given several times
    #[arg(long, value_name = "ID", requires = "reason", value_delimiter = ',')]
    pub(crate) accept: Vec<String>,
    /// Accepts what fails later in the same way, too: of the --session, or files of the --class. It never
    /// covers what no request asked for
    #[arg(long, requires = "accept")]
    pub(crate) from_now_on: bool,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub(crate) reason: Option<String>,
    /// Who accepts it; nobody checks that [default: the user that runs this]
    #[arg(long, value_name = "NAME", requires = "accept")]
    pub(crate) operator: Option<String>,
    /// Exits with 0 also where something is missing: only looks
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be hoped for, as it is given on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GapClassArg {
    /// A later sync may bring it
    Transient,
    /// Zoom refuses it
    Refused,
    /// Zoom no longer has it
    Gone,
}

impl From<GapClassArg> for GapClass {
    fn from(class: GapClassArg) -> Self {
        match class {
            GapClassArg::Transient => Self::Transient,
            GapClassArg::Refused => Self::Refused,
            GapClassArg::Gone => Self::Gone,
        }
    }
}

/// Proves that an archive is what was written, and names what is missing
///
/// Recomputes everything that follows from what Zoom sent and from the ledger, and compares. Exits
/// with 7 when something was changed, with 3 when something is missing that nobody accepted. The
/// report ends with what no verification can know.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Leaves out the bytes of attachments, of which only names and lengths are looked at
    #[arg(long, conflicts_with = "deep")]
    pub(crate) quick: bool,
    /// Verifies everything, as without it
    #[arg(long)]
    pub(crate) deep: bool,
    /// A head that an earlier run printed: nothing that was there then may be missing or changed
    #[arg(long, value_name = "HEAD", value_parser = head)]
    pub(crate) expect_head: Option<String>,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Makes an archive's database anew from what Zoom sent and from the ledger
///
/// Brings an archive of an earlier version up, and repairs what another program changed in the
/// tables that follow from them. The new database takes the place of the old one when it is whole;
/// what Zoom sent, the ledger and the attachments stay as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Copies an archive, also while a sync writes to it
///
/// The copy holds what was visible at one instant, and `verify` proves it as it does the archive. It is made beside its
/// place, with `.part-` and some letters behind its name, and put there when it is whole. Where the file system can, both share the bytes of
/// attachments until one is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// The folder to make
    #[arg(value_name = "TO", value_hint = clap::ValueHint::DirPath)]
    pub(crate) to: PathBuf,
    /// Links attachments in place of copying them: both archives share one file each, and what
    /// damages one damages the other
    #[arg(long)]
    pub(crate) link: bool,
    /// Prints one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Finds messages in an archive by what they say
///
/// Finds any part of a text, in every language; edits, earlier versions and deleted messages too.
/// Upper and lower case are the same for ASCII letters.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::HELP)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// What the text must hold; an empty one finds all that the other options let through
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    /// In this session only
    #[arg(long, value_name = "SESSION")]
    pub(crate) session: Option<String>,
    /// From this person only: an e-mail address, a member id, or a part of a name
    #[arg(long, value_name = "WHO")]
    pub(crate) person: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    /// How to print [default: table on a terminal, ndjson elsewhere]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<SearchFormat>,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
}

/// How `search` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchFormat {
    /// For people
    Table,
    /// One JSON object a line
    Ndjson,
}

/// What an archive is to hold.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What to hold")]
pub(crate) struct ContentArgs {
    /// Holds edited or deleted messages, or both, and not everything: `edited,deleted`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = include)]
    include: Vec<IncludeField>,
    /// Holds what chat bots sent, and not everything
    #[arg(long)]
    bots: bool,
    /// Holds reactions, and not everything
    #[arg(long)]
    reactions: bool,
    /// Holds edited and deleted messages, bots and reactions; so does a new archive for which
    /// none of these is given
    #[arg(long, conflicts_with_all = ["include", "bots", "reactions"])]
    everything: bool,
    /// Leaves attachments away
    #[arg(long)]
    no_attachments: bool,
    /// The first day to hold, UTC: YYYY-MM-DD, or `-30d` for 30 days ago [default: the first
    /// that Zoom still has]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    pub(crate) from: Option<Day>,
    /// Adds a query parameter that this program does not know; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

impl ContentArgs {
    /// Changes what the options say, and nothing else. `start` is the day that `--from` means.
    pub(crate) fn apply(&self, settings: &mut ArchiveSettings, start: Option<chrono::NaiveDate>) {
        let parameters = settings.options.parameters.clone();
        if self.everything {
            settings.options = Options::everything();
        } else if !self.include.is_empty() || self.bots || self.reactions {
            settings.options = Options::default();
            settings.options.include = self.include.iter().copied().collect();
            settings.options.bot_messages = self.bots;
            settings.options.reactions = self.reactions;
            settings.options.custom_emoji_reactions = self.reactions;
        }
        settings.options.parameters = parameters;
        if !self.parameters.is_empty() {
            settings.options.parameters = self.parameters.clone().into();
        }
        if self.no_attachments {
            settings.attachments = false;
        }
        if let Some(start) = start {
            settings.start = Some(start);
        }
    }
}

fn head(text: &str) -> Result<String, BadValue> {
    let head = text.trim().to_ascii_lowercase();
    if head.len() == 64 && head.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(head);
    }
    Err(BadValue::new(
        "not a head",
        "a head is the 64 hex digits that `sync`, `status` and `verify` print",
    ))
}
