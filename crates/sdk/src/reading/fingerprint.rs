//! Fingerprints: when two entries are the same, and when two bodies are equal.

use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
};

use foldhash::quality::RandomState as FastState;
use memchr::memchr2;
use serde::de::{Deserializer as _, Visitor};

use crate::{Entry, EntryKind};

/// Values nested more deeply are compared as text.
const DEEPEST: u32 = 64;

/// Identity and content of an entry, as hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Kind, id and times; also the content if one of these is missing.
    pub(crate) key: u128,
    /// The content, independent of how its JSON is written.
    pub(crate) content: u64,
    /// The message's id alone.
    pub(crate) message: u64,
}

/// Hashes entries; randomly keyed, so that a collision cannot be prepared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasher {
    high: RandomState,
    low: RandomState,
    content: FastState,
}

impl Hasher {
    /// The fingerprint of an entry. Without an id or a time, the content belongs to the key: otherwise two
    /// edits of one message would collapse into one.
    pub(crate) fn fingerprint(&self, entry: &Entry) -> Fingerprint {
        let keys = entry.keys();
        let content = content(&self.content, entry.raw());
        let action = (entry.kind() != EntryKind::Sent).then_some(keys.action_timestamp);
        let id = keys.id.as_deref();
        let whole = id.is_some() && keys.timestamp.is_some() && action != Some(None);
        let parts = (
            entry.kind(),
            id,
            keys.timestamp,
            action,
            (!whole).then_some(content),
        );
        Fingerprint {
            key: u128::from(self.high.hash_one(parts)) << 64 | u128::from(self.low.hash_one(parts)),
            content,
            message: self.low.hash_one(id),
        }
    }
}

/// Whether two JSON texts of a message say the same.
///
/// The order of keys, white space, and how characters are escaped make no difference, nor does
/// `download_url` in `files`, which Zoom signs anew in every answer.
#[must_use]
pub fn same_content(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let states = [FastState::default(), FastState::default()];
    states
        .iter()
        .all(|state| content(state, one) == content(state, other))
}

fn content(state: &FastState, raw: &str) -> u64 {
    let mut walker = Walker {
        state,
        text: raw.as_bytes(),
    };
    let walked = walker.value(Place::Message, DEEPEST);
    walked.unwrap_or_else(|| state.hash_one(raw))
}

/// The place of a value in a message, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Message,
    Files,
    File,
    Elsewhere,
}

impl Place {
    fn of_item(self) -> Self {
        if self == Self::Files {
            Self::File
        } else {
            Self::Elsewhere
        }
    }

    fn of_field(self, key: &[u8]) -> Self {
        if self == Self::Message && key == b"files" {
            Self::Files
        } else {
            Self::Elsewhere
        }
    }
}

/// Hashes JSON in one pass over its text; hashes of fields are added, so their order makes no
/// difference. Gives up on text that is not JSON or is nested too deeply.
struct Walker<'a> {
    state: &'a FastState,
    /// The rest of the text.
    text: &'a [u8],
}

impl<'a> Walker<'a> {
    fn value(&mut self, place: Place, deeper: u32) -> Option<u64> {
        let deeper = deeper.checked_sub(1)?;
        match self.peek()? {
            b'{' => self.object(place, deeper),
            b'[' => self.array(place, deeper),
            b'"' => {
                let text = self.string()?;
                Some(self.state.hash_one((1_u8, text)))
            }
            _ => {
                let is_end =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                let end = self.text.iter().position(is_end).unwrap_or(self.text.len());
                if end == 0 {
                    return None;
                }
                let (token, rest) = self.text.split_at(end);
                self.text = rest;
                Some(self.state.hash_one((2_u8, token)))
            }
        }
    }

    fn object(&mut self, place: Place, deeper: u32) -> Option<u64> {
        let (mut fields, mut count) = (0_u64, 0_u64);
        self.step();
        loop {
            match self.peek()? {
                b'}' => break,
                b',' => self.step(),
                _ => {
                    let name = self.string()?;
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.step();
                    let value = self.value(place.of_field(&name), deeper)?;
                    if place != Place::File || *name != *b"download_url" {
                        fields = fields.wrapping_add(self.state.hash_one((name, value)));
                        count += 1;
                    }
                }
            }
        }
        self.step();
        Some(self.state.hash_one((3_u8, fields, count)))
    }

    fn array(&mut self, place: Place, deeper: u32) -> Option<u64> {
        let mut items = 0_u64;
        self.step();
        loop {
            match self.peek()? {
                b']' => break,
                b',' => self.step(),
                _ => {
                    let item = self.value(place.of_item(), deeper)?;
                    items = self.state.hash_one((items, item));
                }
            }
        }
        self.step();
        Some(self.state.hash_one((4_u8, items)))
    }

    /// A string without its quotes, with its escapes decoded; half a surrogate pair stays as it is.
    fn string(&mut self) -> Option<Cow<'a, [u8]>> {
        let text = self.text;
        let inner = text.strip_prefix(b"\"")?;
        let first = memchr2(b'"', b'\\', inner)?;
        if inner[first] == b'"' {
            self.text = &inner[first + 1..];
            return Some(Cow::Borrowed(&inner[..first]));
        }
        let mut end = first;
        while inner.get(end)? != &b'"' {
            // An escape includes the byte after it.
            end += 2;
            end += memchr2(b'"', b'\\', inner.get(end..)?)?;
        }
        self.text = &inner[end + 1..];
        let quoted = &text[..end + 2];
        let mut json = serde_json::Deserializer::from_slice(quoted);
        json.deserialize_bytes(Bytes).ok().map(Cow::Owned)
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        self.text = self.text.trim_ascii_start();
        self.text.first().copied()
    }

    fn step(&mut self) {
        self.text = self.text.get(1..).unwrap_or_default();
    }
}

/// Decodes a JSON string into bytes.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<Vec<u8>, E> {
        Ok(text.to_vec())
    }
}

#[cfg(test)]
#[path = "fingerprint_tests.rs"]
mod tests;
