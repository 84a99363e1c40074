//! Options: what to ask for in addition to the messages.

use std::{collections::BTreeSet, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::Error;

/// An additional array of a page of messages: a value of `include_fields`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IncludeField {
    /// Messages that were edited.
    EditedMessages,
    /// Messages that were deleted.
    DeletedMessages,
}

impl IncludeField {
    /// All values that Zoom documents.
    pub const ALL: [Self; 2] = [Self::EditedMessages, Self::DeletedMessages];
}

impl fmt::Display for IncludeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EditedMessages => "edited_messages",
            Self::DeletedMessages => "deleted_messages",
        })
    }
}

impl FromStr for IncludeField {
    type Err = Error;

    /// Reads `edited_messages` or `edited`, `deleted_messages` or `deleted`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "edited_messages" | "edited" => Ok(Self::EditedMessages),
            "deleted_messages" | "deleted" => Ok(Self::DeletedMessages),
            other => Err(Error::invalid(
                format!("`{}` cannot be included", other.escape_debug()),
                "include `edited`, `deleted`, or both",
            )),
        }
    }
}

/// The query parameters of the requests for messages.
const PARAMETERS: [&str; 9] = [
    "from",
    "to",
    "page_size",
    "next_page_token",
    "include_fields",
    "include_bot_message",
    "include_reactions",
    "include_custom_emoji_reactions",
    "query_all_modifications",
];

/// Refuses parameters that are `known`, since they would be sent twice.
pub(crate) fn check_parameters(
    parameters: &[(String, String)],
    known: &[&str],
) -> Result<(), Error> {
    let doubled = |(name, _): &&(String, String)| known.contains(&name.as_str());
    match parameters.iter().find(doubled) {
        None => Ok(()),
        Some((name, _)) => Err(Error::invalid(
            format!("the parameter `{name}` is set by this crate"),
            "use the option of the request instead",
        )),
    }
}

/// How a question's dates select edited and deleted messages.
///
/// Exhaustive, like [`EntryKind`](crate::EntryKind): what a store knows of one axis says nothing about another.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// By the time the message was sent.
    #[default]
    Sent,
    /// By the time of the edit or deletion (`query_all_modifications=true`).
    Modified,
}

/// All options of a question, apart from its session and dates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Options {
    /// Additional arrays.
    pub include: BTreeSet<IncludeField>,
    /// Whether bot messages carry their content.
    pub bot_messages: bool,
    /// Whether messages carry reactions.
    pub reactions: bool,
    /// Whether messages carry reactions with custom emoji.
    pub custom_emoji_reactions: bool,
    /// How dates select edited and deleted messages.
    pub axis: Axis,
    /// Query parameters that this crate does not know.
    pub parameters: Arc<[(String, String)]>,
}

impl Options {
    /// Everything that can be asked for.
    #[must_use]
    pub fn everything() -> Self {
        let mut everything = Self::default();
        everything.add_everything();
        everything
    }

    pub(crate) fn add_everything(&mut self) {
        self.include.extend(IncludeField::ALL);
        self.bot_messages = true;
        self.reactions = true;
        self.custom_emoji_reactions = true;
    }

    /// Refuses parameters that this crate sets itself.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_parameters(&self.parameters, &PARAMETERS)
    }

    /// Whether an answer with these options includes everything that `question` asks for.
    #[must_use]
    pub fn answers(&self, question: &Self) -> bool {
        self.axis == question.axis
            && self.parameters == question.parameters
            && self.include.is_superset(&question.include)
            && self.bot_messages >= question.bot_messages
            && self.reactions >= question.reactions
            && self.custom_emoji_reactions >= question.custom_emoji_reactions
    }

    /// The value of `include_fields`.
    pub(crate) fn include_fields(&self) -> Option<String> {
        let fields: Vec<String> = self.include.iter().map(ToString::to_string).collect();
        (!fields.is_empty()).then(|| fields.join(","))
    }

    pub(crate) fn add_parameter(&mut self, name: String, value: String) {
        let before = self.parameters.iter().cloned();
        self.parameters = before.chain([(name, value)]).collect();
    }
}

/// The setters of a request with a field `options`.
macro_rules! option_setters {
    () => {
        /// Adds arrays of edited or deleted messages. Without them, only sent messages come, each in its current form.
        pub fn include(mut self, fields: impl IntoIterator<Item = $crate::IncludeField>) -> Self {
            self.options.include.extend(fields);
            self
        }

        /// Whether messages of chat bots carry `bot_message`, which holds what the bot sent. The messages themselves
        /// always come.
        pub fn include_bot_messages(mut self, include: bool) -> Self {
            self.options.bot_messages = include;
            self
        }

        /// Whether messages carry reactions.
        pub fn include_reactions(mut self, include: bool) -> Self {
            self.options.reactions = include;
            self
        }

        /// Whether messages carry reactions with custom emoji.
        pub fn include_custom_emoji_reactions(mut self, include: bool) -> Self {
            self.options.custom_emoji_reactions = include;
            self
        }

        /// Asks for everything: both arrays, bot messages and all reactions.
        pub fn everything(mut self) -> Self {
            self.options.add_everything();
            self
        }

        /// Sets all options at once, and replaces those that were set before.
        pub fn options(mut self, options: $crate::Options) -> Self {
            self.options = options;
            self
        }

        /// Selects edited and deleted messages by the time of the edit or deletion
        /// (`query_all_modifications`), instead of the time the message was sent.
        pub fn query_all_modifications(mut self, all: bool) -> Self {
            self.options.axis = if all {
                $crate::Axis::Modified
            } else {
                $crate::Axis::Sent
            };
            self
        }

        /// Adds a query parameter that this crate does not know to the requests for messages.
        pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options.add_parameter(name.into(), value.into());
            self
        }
    };
}
pub(crate) use option_setters;
