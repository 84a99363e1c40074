//! Arguments of `search`.

use std::path::PathBuf;

use clap::ValueEnum;
use zoom_chat_archive::SearchQuery;

use super::{ArchiveArgs, reading::RangeArgs, selecting::SelectionArgs};
use crate::failure::BadValue;

/// The largest number of messages around a result; more are a session, which `messages` prints.
const AROUND: u32 = 1000;

/// Find messages in an archive by their text, or by the names of their files
///
/// Finds messages in any language, also in edits, earlier versions and deleted messages. Ignores case
/// and accents: `strasse` finds "Straße", and `CAFE` finds "café".
///
/// Several words find messages that hold all of them, in any order; each may be a part of a longer word.
/// Words in quotation marks are found in this order, as they are written: '"coffee machine"'. A word or
/// phrase after a minus sign must not be in the message: 'coffee -machine'. All other characters are
/// text, also `*` and `OR`. Write single quotation marks around the whole query, so that the shell leaves
/// it as it is. A query that is an option, such as `-q`, goes after `--`.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Find messages with these words; an empty text finds every message that the options select
    #[arg(value_name = "QUERY", value_parser = query, allow_hyphen_values = true)]
    pub(crate) query: String,
    /// Print at most N results, the earliest
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    pub(crate) limit: Option<u32>,
    /// Also print the N messages of the session before each result, and the N after it
    #[arg(
        long,
        value_name = "N",
        default_value = "0",
        hide_default_value = true,
        value_parser = context,
        allow_negative_numbers = true
    )]
    pub(crate) context: u32,
    /// Print a table or lines of JSON [default: table on a terminal, ndjson elsewhere]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<SearchFormat>,
    /// Write the results to this file, which gets its name once nothing is missing
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
}

/// The output of `search`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchFormat {
    /// For people
    Table,
    /// One JSON object a line
    Ndjson,
}

/// A query. A misspelt option is no query: it would find nearly everything.
fn query(text: &str) -> Result<String, BadValue> {
    let name = text.strip_prefix("--").unwrap_or_default();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        let hint = "`zoom-chat search --help` shows the options; to find this text, write quotation marks around it";
        return Err(BadValue::new("no option has this name", hint));
    }
    if !text.is_empty() && SearchQuery::parse(text).is_empty() {
        let hint = "give a word; an empty text, '', finds every message that the options select";
        return Err(BadValue::new("there is no word in it", hint));
    }
    Ok(text.to_owned())
}

/// A number of results.
fn limit(text: &str) -> Result<u32, BadValue> {
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| {
        let hint =
            "give a whole number above zero, such as 20, or leave --limit out to see every result";
        BadValue::new("not a number of results", hint)
    })
}

/// A number of messages around each result.
fn context(text: &str) -> Result<u32, BadValue> {
    let number = text.trim().parse().ok();
    number.filter(|number| *number <= AROUND).ok_or_else(|| {
        let hint = format!("give a whole number up to {AROUND}, such as 3");
        BadValue::new("not a number of messages", hint)
    })
}
