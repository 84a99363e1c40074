//! What is found.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::EntryKind;

/// An entry that was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SearchHit {
    /// The session.
    pub session_id: String,
    /// The array in which Zoom sent it.
    pub kind: EntryKind,
    /// Zoom's id of the message.
    pub message_id: Option<String>,
    /// When the message was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// The sender's e-mail address, which is empty for people outside the account.
    pub sender: Option<String>,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// The text.
    pub text: String,
    /// Whether this is a later version of the entry.
    pub is_version: bool,
    /// Whether the message has been deleted since.
    pub deleted: bool,
    /// Where the words are: `text` if the text holds all of them, `file` if one is only in the name of a file. None if
    /// the query asks for no word.
    pub found_in: Option<FoundIn>,
    /// The name of the file, if `found_in` is `file`.
    pub file_name: Option<String>,
    /// The messages of the session before this one, the earliest first: as many as were asked for.
    pub before: Vec<SearchNeighbour>,
    /// The messages of the session after this one.
    pub after: Vec<SearchNeighbour>,
}

/// The part of a message in which words were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FoundIn {
    /// The text.
    Text,
    /// The name of a file.
    File,
}

/// A message before or after one that was found, as the archive knows it now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SearchNeighbour {
    /// Zoom's id of the message.
    pub message_id: Option<String>,
    /// When the message was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// The sender's e-mail address, which is empty for people outside the account.
    pub sender: Option<String>,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// The text after the last edit.
    pub text: String,
    /// Whether the message has been deleted since.
    pub deleted: bool,
}
