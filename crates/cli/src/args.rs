//! The arguments of the program.

mod archive;
mod connection;
mod exporting;
mod people;
mod reading;
mod refusal;
mod search;
mod selecting;
mod serving;
mod set;
mod shared;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use archive::{
    ArchiveArgs, BackupArgs, ContentArgs, GapsArgs, InitArgs, RebuildArgs, StatusArgs, SyncArgs,
    VerifyArgs,
};
pub(crate) use connection::{ConnectionArgs, SandboxSpec};
pub(crate) use exporting::ExportArgs;
pub(crate) use people::PeopleArgs;
pub(crate) use reading::{DoctorArgs, MessagesArgs, PlanArgs, ReadingArgs, SessionsArgs};
pub(crate) use refusal::eprint_refusal;
pub(crate) use search::{SearchArgs, SearchFormat};
pub(crate) use selecting::SelectionArgs;
pub(crate) use serving::SandboxArgs;
pub(crate) use set::SetArgs;
pub(crate) use shared::SharedArgs;

/// Read an organisation's Zoom chats, and name what could not be read.
///
/// Data goes to stdout, everything else to stderr. Put `--sandbox` after a
/// command to try it on a simulated account, without credentials.
#[derive(Debug, Parser)]
#[command(
    name = "zoom-chat",
    bin_name = "zoom-chat",
    version,
    max_term_width = 100,
    after_help = crate::exit::HELP
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GlobalArgs {
    /// Print no progress and no summary, only errors
    #[arg(long, short, global = true, display_order = 900)]
    pub(crate) quiet: bool,
    /// Print names of sessions beside their ids
    #[arg(long, global = true, display_order = 901)]
    pub(crate) show_names: bool,
    /// Log to stderr what this filter selects, such as `debug` or `zoom_chat_reports=debug`; never logs
    /// texts or names
    #[arg(
        long,
        global = true,
        display_order = 902,
        value_name = "FILTER",
        env = "ZOOM_CHAT_LOG",
        hide_env_values = true
    )]
    pub(crate) log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sessions(SessionsArgs),
    Messages(MessagesArgs),
    Plan(PlanArgs),
    Init(InitArgs),
    Sync(SyncArgs),
    Status(StatusArgs),
    Gaps(GapsArgs),
    Verify(VerifyArgs),
    Set(SetArgs),
    Rebuild(RebuildArgs),
    Backup(BackupArgs),
    Export(ExportArgs),
    Search(SearchArgs),
    People(PeopleArgs),
    Doctor(DoctorArgs),
    Sandbox(SandboxArgs),
    /// Print the JSON Schema of an output of the program
    Schema {
        /// Choose the output
        output: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// Choose the shell
        shell: clap_complete::Shell,
    },
}

/// An output that has a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// A line of `messages`
    Messages,
    /// A line of `sessions`
    Sessions,
    /// The file that `--summary` writes
    Summary,
    /// The document of `plan --json`
    Plan,
    /// The document of `plan --archive … --json`
    SyncPlan,
    /// The document of `doctor --json`
    Doctor,
    /// The document of `sync --json`
    Sync,
    /// The document of `status --json`
    Status,
    /// The document of `gaps --json`
    Gaps,
    /// The document of `verify --json`
    Verify,
    /// The document of `rebuild --json`
    Rebuild,
    /// The document of `backup --json`
    Backup,
    /// The document of `set --json`
    Settings,
    /// The document of `status --readings --json`
    Readings,
    /// A line of `search`
    Search,
    /// A line of `people`
    People,
    /// A line of an NDJSON file of `export`
    Export,
    /// The file `manifest.json` of `export`
    ExportManifest,
    /// The document of `export --json`
    ExportReport,
}

impl SchemaOf {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Sessions => "sessions",
            Self::Summary => "summary",
            Self::Plan => "plan",
            Self::SyncPlan => "sync-plan",
            Self::Doctor => "doctor",
            Self::Sync => "sync",
            Self::Status => "status",
            Self::Gaps => "gaps",
            Self::Verify => "verify",
            Self::Rebuild => "rebuild",
            Self::Backup => "backup",
            Self::Settings => "settings",
            Self::Readings => "readings",
            Self::Search => "search",
            Self::People => "people",
            Self::Export => "export",
            Self::ExportManifest => "export-manifest",
            Self::ExportReport => "export-report",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Args;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }
}
