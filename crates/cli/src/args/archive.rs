//! Arguments of the commands that keep and read an archive.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::ValueEnum;
use zoom_chat_archive::{ArchiveSettings, GapClass};
use zoom_chat_reports::{IncludeField, Options};

use super::{ConnectionArgs, connection::parameter, reading::include, shared::SharedArgs};
use crate::{
    dates::{Day, age, days},
    failure::BadValue,
};

/// The archive to use.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// Use the archive in this folder
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
}

/// Make an empty archive with its settings; read no messages
///
/// `sync` also makes an archive; `init` makes one without reading. The folder must be empty or
/// not exist yet. Only its owner may read it.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct InitArgs {
    /// Make the archive in this folder
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Bring an archive up to date; make it if there is none
///
/// Reads everything that Zoom has and the archive lacks: new messages, edits and deletions of older
/// ones, attachments. The archive stores its settings, so later runs need no options. A run
/// that is stopped or killed loses nothing; the next one continues where it ended.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Read the messages of the last DAYS again, such as `30d`: finds edits of older messages that the
    /// account does not report
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub(crate) reread: Option<u32>,
    /// Fail if there is no archive, instead of making one: for unattended runs, when the disk may not be
    /// mounted
    #[arg(long)]
    pub(crate) existing: bool,
    /// Apply the options to this run only; otherwise options that ask for more change the archive's
    /// settings, and options that ask for less are refused
    #[arg(long)]
    pub(crate) once: bool,
    /// Write metrics of the archive to this file after the run, in the Prometheus text format
    #[arg(long, value_name = "FILE")]
    pub(crate) prom_file: Option<PathBuf>,
    /// Write the head, the hash of the ledger's last row, to this file after the run. Kept on another disk,
    /// it shows later whether anything was removed
    #[arg(long, value_name = "FILE")]
    pub(crate) head_file: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Show what an archive covers, holds and lacks
///
/// Exits with 3 if something is missing that was not accepted.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Also exit with 3 if the last complete sync is older than AGE, such as `36h` or `2d`
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) max_age: Option<TimeDelta>,
    /// Write metrics to this file, in the Prometheus text format; `-` prints them instead of the report
    #[arg(long, value_name = "FILE")]
    pub(crate) prom_file: Option<PathBuf>,
    /// List differences between readings of the same days, and what is confirmed, instead of the report
    #[arg(long, conflicts_with_all = ["max_age", "prom_file"])]
    pub(crate) readings: bool,
    /// Exit with 0 even if something is missing
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// List what an archive lacks, and why; accept gaps
///
/// Gaps are computed each time. An accepted gap no longer makes the archive incomplete; it stays
/// in the list, with who accepted it and why. Exits with 3 if something is missing that was not accepted.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct GapsArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// List only gaps of this class
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<GapClassArg>,
    /// List only gaps of this session
    #[arg(long, value_name = "SESSION")]
    pub(crate) session: Option<String>,
    /// List only gaps that end before this day, UTC
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    pub(crate) before: Option<Day>,
    /// Accept the gap with this id, or the one whose id begins with it; `all` accepts every gap that
    /// --class, --session and --before select. Can be repeated
    #[arg(long, value_name = "ID", requires = "reason", value_delimiter = ',')]
    pub(crate) accept: Vec<String>,
    /// Also accept later failures of the same kind: of the --session, or of files of the --class. Never
    /// covers what was not requested
    #[arg(long, requires = "accept")]
    pub(crate) from_now_on: bool,
    /// State why the gap is accepted
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub(crate) reason: Option<String>,
    /// State who accepts it; this is not checked [default: the current user]
    #[arg(long, value_name = "NAME", requires = "accept")]
    pub(crate) operator: Option<String>,
    /// Exit with 0 even if something is missing
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Whether a later run may close a gap, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GapClassArg {
    /// A later sync may fetch it
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

/// Prove that an archive is unaltered, and list what is missing
///
/// Recomputes every table from what Zoom sent and from the ledger, and compares. Exits with 7 if
/// something was changed, and with 3 if something is missing that was not accepted. The report ends
/// with what verification cannot show.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Check only the names and lengths of attachments, not their contents
    #[arg(long, conflicts_with = "deep")]
    pub(crate) quick: bool,
    /// Verify everything; this is the default
    #[arg(long)]
    pub(crate) deep: bool,
    /// Fail unless the archive still holds everything that it held when an earlier run printed this head
    #[arg(long, value_name = "HEAD", value_parser = head)]
    pub(crate) expect_head: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Rebuild an archive's database from what Zoom sent and from the ledger
///
/// Converts an archive of an earlier version, and repairs what another program changed in the
/// derived tables. The new database replaces the old one once it is whole. What Zoom sent, the ledger
/// and the attachments do not change.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Copy an archive, even while a sync writes to it
///
/// The copy holds what was visible at one instant, and `verify` proves it like the archive. It is made
/// under a name that ends in `.part-` and some letters, and is renamed once it is whole. If the file
/// system allows it, archive and copy share the bytes of attachments until one is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Make the copy in this folder
    #[arg(value_name = "TO", value_hint = clap::ValueHint::DirPath)]
    pub(crate) to: PathBuf,
    /// Link attachments instead of copying them: both archives share the files, and damage to
    /// one is damage to both
    #[arg(long)]
    pub(crate) link: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// The settings that decide what an archive stores.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Content of the archive")]
pub(crate) struct ContentArgs {
    /// Store edited messages, deleted messages, or both, instead of everything: `edited,deleted`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = include)]
    include: Vec<IncludeField>,
    /// Store messages of chat bots, instead of everything
    #[arg(long)]
    bots: bool,
    /// Store reactions, instead of everything
    #[arg(long)]
    reactions: bool,
    /// Store edited and deleted messages, messages of bots, and reactions; this is the default of a new
    /// archive
    #[arg(long, conflicts_with_all = ["include", "bots", "reactions"])]
    everything: bool,
    /// Do not download attachments
    #[arg(long)]
    no_attachments: bool,
    /// Store messages from this day on, UTC: YYYY-MM-DD, or `-30d` for 30 days ago [default: the first
    /// day that Zoom still has]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    pub(crate) from: Option<Day>,
    /// Add a query parameter that this program does not know; can be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

impl ContentArgs {
    /// Changes only the settings that the options name. `start` is the day of `--from`.
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
        "give the 64 hex digits that `sync`, `status` and `verify` print",
    ))
}
