//! Arguments that select what is printed or exported from an archive: the same for every command.

use chrono_tz::Tz;
use clap::ValueEnum;
use zoom_chat_reports::EntryKind;

use crate::failure::BadValue;

/// The people, conversations and entries to select.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// Select the conversations in which this person took part: an e-mail address, a member id or a display
    /// name; `@FILE` names a file with one a line. Can be repeated
    #[arg(
        long,
        value_name = "WHO",
        requires = "archive",
        allow_hyphen_values = true
    )]
    pub(crate) person: Vec<String>,
    /// Select what this person sent, named in the same way. Can be repeated
    #[arg(
        long,
        value_name = "WHO",
        requires = "archive",
        allow_hyphen_values = true
    )]
    pub(crate) sent_by: Vec<String>,
    /// Select this conversation: a session id, or the name of a channel; `@FILE` names a file with one a line. Can
    /// be repeated
    #[arg(
        long,
        value_name = "NAME",
        requires = "archive",
        allow_hyphen_values = true
    )]
    pub(crate) session: Vec<String>,
    /// Select entries of these kinds: `sent,edited,deleted`
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        requires = "archive"
    )]
    pub(crate) kind: Vec<KindArg>,
    /// Select conversations with people from outside the account
    #[arg(long, requires = "archive")]
    pub(crate) external: bool,
    /// Select entries that name a file
    #[arg(long, requires = "archive")]
    pub(crate) has_file: bool,
    /// Count days, and show times, in this time zone, such as `Europe/Berlin` [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = zone, requires = "archive")]
    pub(crate) tz: Option<Tz>,
}

impl SelectionArgs {
    /// The first option that is given, as the command line names it.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let given = [
            (!self.person.is_empty(), "--person"),
            (!self.sent_by.is_empty(), "--sent-by"),
            (!self.session.is_empty(), "--session"),
            (!self.kind.is_empty(), "--kind"),
            (self.external, "--external"),
            (self.has_file, "--has-file"),
            (self.tz.is_some(), "--tz"),
        ];
        given
            .into_iter()
            .find_map(|(is_given, name)| is_given.then_some(name))
    }
}

/// A kind of entries, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    /// Messages
    Sent,
    /// Edits
    Edited,
    /// Deletions
    Deleted,
}

impl From<KindArg> for EntryKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Sent => Self::Sent,
            KindArg::Edited => Self::Edited,
            KindArg::Deleted => Self::Deleted,
        }
    }
}

pub(super) fn zone(text: &str) -> Result<Tz, BadValue> {
    let known = Tz::from_str_insensitive(text.trim());
    known.map_err(|_| {
        BadValue::new(
            "not a time zone",
            "write the name of a place, such as Europe/Berlin or America/New_York, or UTC",
        )
    })
}
