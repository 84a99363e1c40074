//! One entry of a session: a message as it was sent, edited or deleted.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zoom_chat_reports_api::{Captured, DecodeError, MessageKeys, types::ChatMessage};

/// The array of a page in which an entry came.
///
/// It is exhaustive on purpose: code that matches on it must not compile with a new array, instead of losing its
/// messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// An item of `messages`.
    Sent,
    /// An item of `edited_messages`.
    Edited,
    /// An item of `deleted_messages`.
    Deleted,
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent => "sent",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
        })
    }
}

/// A message of a session as it was sent, edited or deleted.
///
/// It keeps the JSON text that Zoom sent, byte for byte, whether or not the
/// text fits the type.
#[derive(Clone)]
pub struct Entry {
    kind: EntryKind,
    session_id: Arc<str>,
    keys: MessageKeys,
    message: Captured<ChatMessage>,
}

impl Entry {
    pub(crate) fn new(
        kind: EntryKind,
        session_id: Arc<str>,
        message: Captured<ChatMessage>,
    ) -> Self {
        Self {
            kind,
            session_id,
            keys: MessageKeys::of(&message),
            message,
        }
    }

    /// The array it came in.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The session it belongs to.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// When the message was sent, by `timestamp`, otherwise `date_time`.
    #[must_use]
    pub fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.keys.sent_at()
    }

    /// When the message was edited or deleted, by `action_timestamp`.
    #[must_use]
    pub fn modified_at(&self) -> Option<DateTime<Utc>> {
        self.keys.modified_at()
    }

    /// The id and the times, as far as they are readable.
    #[must_use]
    pub fn keys(&self) -> &MessageKeys {
        &self.keys
    }

    /// The typed view.
    ///
    /// # Errors
    /// When Zoom's text does not fit the type. The entry itself is complete, see [`raw`](Self::raw).
    pub fn message(&self) -> Result<&ChatMessage, &DecodeError> {
        self.message.typed()
    }

    /// Takes the typed view out.
    ///
    /// # Errors
    /// As for [`message`](Self::message).
    pub fn into_message(self) -> Result<ChatMessage, DecodeError> {
        self.message.into_typed()
    }

    /// The message's JSON text as Zoom sent it, byte for byte.
    ///
    /// It is valid JSON, but may hold what strict readers refuse, for instance half a surrogate pair. Embed it in
    /// other JSON as a string, or write it on a separate line.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.message.raw()
    }
}

#[cfg(feature = "test-util")]
impl Entry {
    /// An entry as Zoom would give it, for tests of code that uses entries.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `json` is not JSON.
    pub fn from_json(kind: EntryKind, session_id: &str, json: &str) -> crate::Result<Self> {
        let message = crate::testing::captured(json)?;
        Ok(Self::new(kind, session_id.into(), message))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("kind", &self.kind)
            .field("id", &self.keys.id)
            .finish_non_exhaustive()
    }
}
