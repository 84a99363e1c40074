//! Which lines of an unfinished file may come again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zoom_chat_archive::without_download_urls;
use zoom_chat_reports::{EntryKind, dates::Interval};

use super::state::State;

/// The instants that a file proves, by session.
pub(super) struct Proven<'a> {
    state: &'a State,
    sessions: HashMap<String, Vec<Interval>>,
}

/// What places a line among all.
#[derive(Deserialize)]
pub(super) struct Placed {
    session_id: String,
    pub(super) kind: EntryKind,
    sent_at: Option<DateTime<Utc>>,
}

impl<'a> Proven<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        Self {
            state,
            sessions: HashMap::new(),
        }
    }

    /// Whether a window that is still to be read may give this line.
    pub(super) fn may_come_again(&mut self, line: Placed) -> bool {
        let state = self.state;
        let proven = self
            .sessions
            .entry(line.session_id)
            .or_insert_with_key(|id| state.coverage.proven(id, &state.question.options));
        let is_proven = |at| proven.iter().any(|stretch| stretch.contains(at));
        !line.sent_at.is_some_and(is_proven)
    }
}

/// The hash of a line, without links to files, which Zoom signs again in every answer.
pub(super) fn hash(line: &[u8]) -> u128 {
    let text = String::from_utf8_lossy(line);
    let mut hasher = Sha256::new();
    for piece in without_download_urls(&text) {
        hasher.update(piece);
    }
    u128::from_be_bytes(*hasher.finalize().first_chunk().expect("32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_line_whose_link_was_signed_again_is_the_same_line() {
        let line = |link: &str, text: &str| {
            format!(r#"{{"message":{{"files":[{{"download_url":"{link}"}}],"message":"{text}"}}}}"#)
        };
        let one = line("https://x.example/f?signature=1", "a");
        let again = line("https://x.example/f?signature=2", "a");
        assert_eq!(hash(one.as_bytes()), hash(again.as_bytes()));
        let other = line("https://x.example/f?signature=1", "b");
        assert_ne!(hash(one.as_bytes()), hash(other.as_bytes()));
    }
}
