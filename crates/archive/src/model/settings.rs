//! The account and the settings of an archive, which the archive itself stores.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{IncludeField, Options, Plan};

use crate::error::{Error, ErrorKind, Result};

/// The account whose messages an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Zoom's id of the account.
    pub id: String,
    /// Whether it is a simulated account.
    pub sandbox: bool,
}

/// The settings of an archive: what it stores, and how fast it may ask. `init` or the first `sync` stores these settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ArchiveSettings {
    /// The account's plan.
    #[schemars(with = "String")]
    pub plan: Plan,
    /// The part of the account's rate to use, above 0 and at most 1.
    pub share: f64,
    /// The options of requests for messages; their axis is ignored.
    pub options: Options,
    /// Whether attachments are stored too.
    pub attachments: bool,
    /// The part of a sync's requests for reading days a second time, from 0 to 1; 0 for never.
    pub scrub: f64,
    /// The first day to read, UTC; `None` for everything that Zoom has.
    pub start: Option<NaiveDate>,
}

impl Default for ArchiveSettings {
    /// Everything.
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            share: 1.0,
            options: Options::everything(),
            attachments: true,
            scrub: 0.1,
            start: None,
        }
    }
}

impl ArchiveSettings {
    pub(crate) fn check(&self) -> Result<()> {
        if !(0.001..=1.0).contains(&self.share) {
            let text = "the share of the rate is out of range";
            return Err(Error::invalid(text, "give a share from 0.001 to 1"));
        }
        if !(0.0..=1.0).contains(&self.scrub) {
            let text = "the part of the requests for reading again is out of range";
            let hint = "give a number from 0 to 1; 0 for never";
            return Err(Error::invalid(text, hint));
        }
        Ok(())
    }

    /// Refuses `self` if `stored` requires more.
    ///
    /// # Errors
    /// [`ErrorKind::LessThanSettings`], naming what would be left out.
    pub fn check_not_less_than(&self, stored: &Self) -> Result<()> {
        let missing = self.less_than(stored);
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!(
            "this asks for less than the archive's settings: no {}",
            missing.join(", no ")
        );
        Err(Error::new(ErrorKind::LessThanSettings, text)
            .hint_text("omit the option, or add --once to use it for this run only; `zoom-chat set` changes the archive's settings"))
    }

    fn less_than(&self, stored: &Self) -> Vec<&'static str> {
        let (own, all) = (&self.options, &stored.options);
        let lacks = |field| all.include.contains(&field) && !own.include.contains(&field);
        let mut missing = Vec::new();
        let mut note = |less: bool, what| {
            if less {
                missing.push(what);
            }
        };
        note(lacks(IncludeField::EditedMessages), "edited messages");
        note(lacks(IncludeField::DeletedMessages), "deleted messages");
        note(all.bot_messages && !own.bot_messages, "bot messages");
        note(all.reactions && !own.reactions, "reactions");
        note(
            all.custom_emoji_reactions && !own.custom_emoji_reactions,
            "custom reactions",
        );
        note(stored.attachments && !self.attachments, "attachments");
        note(
            own.parameters != all.parameters,
            "further parameters as before",
        );
        note(
            match (self.start, stored.start) {
                (Some(_), None) => true,
                (Some(own), Some(all)) => own > all,
                (None, _) => false,
            },
            "days before the start",
        );
        missing
    }
}
