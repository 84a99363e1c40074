//! A chat session of the list.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use zoom_chat_reports_api::{Captured, DecodeError, session_key, types::ChatSession};

use crate::Result;

/// A chat session: a channel, a group chat or a one-to-one chat.
///
/// It keeps the JSON text that Zoom sent, byte for byte.
#[derive(Clone)]
pub struct Session {
    id: Option<Arc<str>>,
    session: Captured<ChatSession>,
}

impl Session {
    pub(crate) fn new(session: Captured<ChatSession>) -> Self {
        let id = match session.typed() {
            Ok(typed) => typed.key().map(Arc::from),
            Err(_) => session_key(session.raw()).map(Arc::from),
        };
        Self { id, session }
    }

    /// The id for requests of the session's messages; `None` if Zoom sent no readable one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The id, shared.
    pub(crate) fn shared_id(&self) -> Option<Arc<str>> {
        self.id.clone()
    }

    /// When the last message was sent, according to Zoom's list; which message counts as the last is not documented.
    #[must_use]
    pub fn last_message_sent_at(&self) -> Option<DateTime<Utc>> {
        let text = self
            .session
            .typed()
            .ok()?
            .last_message_sent_time
            .as_deref()?;
        Some(DateTime::parse_from_rfc3339(text.trim()).ok()?.to_utc())
    }

    /// The typed view.
    ///
    /// # Errors
    /// When Zoom's text does not fit the type.
    pub fn session(&self) -> Result<&ChatSession, &DecodeError> {
        self.session.typed()
    }

    /// The session's JSON text as Zoom sent it, byte for byte.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.session.raw()
    }
}

#[cfg(feature = "test-util")]
impl Session {
    /// A session as Zoom's list would give it, for tests of code that uses sessions.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `json` is not JSON.
    pub fn from_json(json: &str) -> Result<Self> {
        Ok(Self::new(crate::testing::captured(json)?))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
