//! Arguments of `set`.

use std::str::FromStr;

use zoom_chat_archive::ArchiveSettings;
use zoom_chat_reports::{IncludeField, Plan};

use super::ArchiveArgs;
use crate::{dates::Day, failure::BadValue};

/// Change an archive's settings; without a change, print them
///
/// Each change becomes a row of the ledger, with who made it. Nothing stored is removed. If the
/// archive is to store more, the next sync reads earlier days again. Sends no request.
///
/// attachments=on|off, edited=on|off, deleted=on|off, bots=on|off, reactions=on|off: what to store
/// from=DATE|all: the first day to store, UTC
/// scrub=PERCENT: the part of a sync's requests for reading days a second time; 0 for none
/// plan=PLAN, share=0..1: how fast `sync` may ask
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = crate::exit::SEE)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
    /// Change these settings, such as `attachments=on` or `scrub=5%`
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) changes: Vec<Change>,
    /// State who changes them; this is not checked [default: the current user]
    #[arg(long, value_name = "NAME", requires = "changes")]
    pub(crate) operator: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// A change of one setting.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Attachments(bool),
    Include(IncludeField, bool),
    Bots(bool),
    Reactions(bool),
    From(Option<Day>),
    Scrub(f64),
    Plan(Plan),
    Share(f64),
}

impl Change {
    /// Changes the settings. A day that counts from today counts from `today`.
    pub(crate) fn apply(&self, settings: &mut ArchiveSettings, today: chrono::NaiveDate) {
        let options = &mut settings.options;
        match *self {
            Self::Attachments(on) => settings.attachments = on,
            Self::Include(field, true) => {
                options.include.insert(field);
            }
            Self::Include(field, false) => {
                options.include.remove(&field);
            }
            Self::Bots(on) => options.bot_messages = on,
            Self::Reactions(on) => {
                options.reactions = on;
                options.custom_emoji_reactions = on;
            }
            Self::From(day) => settings.start = day.map(|day| day.date(today)),
            Self::Scrub(part) => settings.scrub = part,
            Self::Plan(plan) => settings.plan = plan,
            Self::Share(share) => settings.share = share,
        }
    }
}

impl FromStr for Change {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let Some((key, value)) = text.split_once('=') else {
            return Err(BadValue::new("not a change", "write it as attachments=on"));
        };
        let (key, value) = (key.trim(), value.trim());
        Ok(match key {
            "attachments" => Self::Attachments(switch(value)?),
            "edited" => Self::Include(IncludeField::EditedMessages, switch(value)?),
            "deleted" => Self::Include(IncludeField::DeletedMessages, switch(value)?),
            "bots" => Self::Bots(switch(value)?),
            "reactions" => Self::Reactions(switch(value)?),
            "from" => Self::From(match value {
                "all" => None,
                day => Some(day.parse()?),
            }),
            "scrub" => Self::Scrub(percent(value)?),
            "plan" => Self::Plan(super::connection::plan(value)?),
            "share" => Self::Share(super::connection::share(value)?),
            _ => {
                return Err(BadValue::new(
                    "an unknown setting",
                    "use attachments, edited, deleted, bots, reactions, from, scrub, plan or share",
                ));
            }
        })
    }
}

fn switch(text: &str) -> Result<bool, BadValue> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(BadValue::new(
            "neither on nor off",
            "write it as attachments=on",
        )),
    }
}

/// A part of a whole, from percent.
fn percent(text: &str) -> Result<f64, BadValue> {
    let number = text.strip_suffix('%').map(str::trim_end);
    let percent = match (number, text) {
        (Some(number), _) => number.parse().ok(),
        (None, "0") => Some(0.0),
        _ => None,
    };
    let percent = percent.filter(|percent: &f64| (0.0..=100.0).contains(percent));
    percent
        .map(|percent| (percent / 100.0).abs())
        .ok_or_else(|| BadValue::new("not a percentage", "write it as 5%, or 0 for none"))
}
