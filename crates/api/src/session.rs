//! Accessors on chat sessions that hide quirks of the wire format.

use crate::types::ChatSession;

impl ChatSession {
    /// The session's id: `id`, or `session_id` as older answers name it.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        [&self.id, &self.session_id]
            .into_iter()
            .filter_map(Option::as_deref)
            .find(|id| !id.is_empty())
    }
}
