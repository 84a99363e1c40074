//! What an export is asked for.

use std::{collections::BTreeSet, path::PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorKind, Result},
    query::{Filter, Selection},
    stop::Stop,
    text::word,
};

/// The longest prefix of control numbers, in characters.
const LONGEST_PREFIX: usize = 20;
/// The largest first number.
const LARGEST_START: u64 = 999_999_999;

/// A form in which an archive is exported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportFormat {
    /// A CSV file for each conversation, with a line for each entry.
    Csv,
    /// An NDJSON file for each conversation, with a JSON object for each entry.
    Ndjson,
    /// The attachments, under the names that their senders gave them.
    Files,
}

/// What an export does if its folder is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existing {
    /// It fails.
    #[default]
    Refuse,
    /// It replaces the folder, if that holds an export.
    Replace,
    /// It adds what is new or changed, as a supplement. The folder holds an export with the same options.
    Supplement,
}

/// What to export, and where to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportRequest {
    /// The folder to be made.
    pub to: PathBuf,
    /// The forms.
    pub formats: BTreeSet<ExportFormat>,
    /// The entries.
    pub selection: Selection,
    /// The words in which they were asked for: the manifest repeats them.
    pub filter: Filter,
    /// The time zone of local times.
    pub zone: Tz,
    /// What control numbers begin with: 1 to 20 letters, digits, `-` and `_`, a letter or digit first.
    pub prefix: String,
    /// The first number, 1 or above. A supplement goes on where the export before it ended.
    pub start: u64,
    /// The name of who exports. It is not checked.
    pub operator: String,
    /// What to do if the folder is there already.
    pub existing: Existing,
    /// Whether the archive is verified first, as `verify` does without the contents of attachments. The manifest tells.
    pub verify: bool,
    /// Whether CSV files begin with a byte order mark, as Excel needs it.
    pub byte_order_mark: bool,
    /// Whether CSV keeps texts that a spreadsheet would take for a formula as they are.
    pub csv_raw: bool,
    /// Whether NDJSON also holds each entry as Zoom sent it.
    pub raw: bool,
    /// Whether records hold Zoom's signed links to files, with which anybody can read a file for a day.
    pub signed_links: bool,
    /// Stops the export: it fails with [`ErrorKind::Stopped`](crate::ErrorKind::Stopped), and nothing of it is left.
    pub stop: Option<Stop>,
}

/// What was asked for, as the manifest tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportAsked {
    /// The forms.
    pub formats: Vec<ExportFormat>,
    /// What control numbers begin with.
    pub prefix: String,
    /// The first number.
    pub start: u64,
    /// The time zone of days and of local times.
    pub time_zone: String,
    /// Conversations in which these people took part.
    pub people: Vec<String>,
    /// Messages that these people sent.
    pub sent_by: Vec<String>,
    /// These conversations.
    pub sessions: Vec<String>,
    /// Messages sent at this instant or later; null for the first of the archive.
    pub from: Option<DateTime<Utc>>,
    /// Messages sent before this instant; null for all up to the last of the archive.
    pub before: Option<DateTime<Utc>>,
    /// Entries of these kinds; empty for all.
    pub kinds: Vec<String>,
    /// Only conversations with people from outside the account.
    pub external: bool,
    /// Only entries that name a file.
    pub has_file: bool,
    /// Whether CSV files begin with a byte order mark.
    pub byte_order_mark: bool,
    /// Whether CSV keeps formulas as they are.
    pub csv_raw: bool,
    /// Whether NDJSON holds each entry as Zoom sent it.
    pub raw: bool,
    /// Whether records hold Zoom's signed links.
    pub signed_links: bool,
}

impl ExportRequest {
    /// Asks for these entries in a folder that does not exist yet: control numbers from `ZC-000001` on, times in UTC,
    /// no forms yet, no operator.
    #[must_use]
    pub fn new(to: impl Into<PathBuf>, selection: Selection) -> Self {
        Self {
            to: to.into(),
            formats: BTreeSet::new(),
            selection,
            filter: Filter::default(),
            zone: Tz::UTC,
            prefix: "ZC".to_owned(),
            start: 1,
            operator: String::new(),
            existing: Existing::default(),
            verify: true,
            byte_order_mark: false,
            csv_raw: false,
            raw: false,
            signed_links: false,
            stop: None,
        }
    }

    /// Whether attachments are exported too.
    pub(super) fn wants_files(&self) -> bool {
        self.formats.contains(&ExportFormat::Files)
    }

    /// Fails if the export was stopped.
    pub(super) fn check_stop(&self) -> Result<()> {
        match self.stop.as_ref().is_some_and(Stop::is_stopped) {
            true => Err(Error::new(ErrorKind::Stopped, "the export was stopped")),
            false => Ok(()),
        }
    }

    /// Refuses what makes no export.
    pub(super) fn check(&self) -> Result<()> {
        if self.formats.is_empty() {
            return Err(Error::invalid(
                "no format was asked for",
                "ask for csv, ndjson, files, or several of them",
            ));
        }
        check_prefix(&self.prefix)?;
        if !(1..=LARGEST_START).contains(&self.start) {
            let text = format!("control numbers cannot begin with {}", self.start);
            let hint = "give a number from 1 to 999999999";
            return Err(Error::invalid(text, hint));
        }
        Ok(())
    }

    pub(super) fn asked(&self) -> ExportAsked {
        let Self { filter, .. } = self;
        ExportAsked {
            formats: self.formats.iter().copied().collect(),
            prefix: self.prefix.clone(),
            start: self.start,
            time_zone: self.zone.name().to_owned(),
            people: filter.people.clone(),
            sent_by: filter.sent_by.clone(),
            sessions: filter.sessions.clone(),
            from: filter.from,
            before: filter.before,
            kinds: filter.kinds.iter().map(word).collect(),
            external: filter.external,
            has_file: filter.has_file,
            byte_order_mark: self.byte_order_mark,
            csv_raw: self.csv_raw,
            raw: self.raw,
            signed_links: self.signed_links,
        }
    }
}

fn check_prefix(prefix: &str) -> Result<()> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = prefix.starts_with(|c: char| c.is_ascii_alphanumeric());
    match begins && prefix.len() <= LONGEST_PREFIX && prefix.chars().all(is_safe) {
        true => Ok(()),
        false => Err(Error::invalid(
            "not a prefix of control numbers",
            "use 1 to 20 letters, digits, - and _, with a letter or digit first, such as ACME",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check_prefix;

    #[test]
    fn a_prefix_is_safe_in_a_path_a_spreadsheet_and_a_command() {
        for good in ["ZC", "ACME-2026_b", "7", &"x".repeat(20)] {
            assert!(check_prefix(good).is_ok(), "{good}");
        }
        for bad in ["", "-A", "_A", "a b", "../x", "ä", "=1", &"x".repeat(21)] {
            assert!(check_prefix(bad).is_err(), "{bad}");
        }
    }
}
