//! What makes two entries the same, and what makes two bodies equal.

use std::hash::{BuildHasher, Hash, Hasher as _, RandomState};

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Entry, EntryKind};

/// What is nested more deeply is compared as text.
const DEEPEST: u32 = 64;

/// Identity and content of an entry, as hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Kind, id and times; with the content where a part is missing.
    pub(crate) key: u128,
    /// What the entry says, however its JSON is written.
    pub(crate) content: u64,
    /// The message's id alone.
    pub(crate) message: u64,
}

/// Hashes entries; randomly keyed, so that a collision cannot be prepared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasher {
    high: RandomState,
    low: RandomState,
}

impl Hasher {
    /// Without an id or a time, two edits of one message would collapse into one: then the content
    /// belongs to the key.
    pub(crate) fn fingerprint(&self, entry: &Entry) -> Fingerprint {
        let keys = entry.keys();
        let content = content(&self.low, entry.raw());
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
    let [high, low] = [RandomState::new(), RandomState::new()];
    [&high, &low]
        .iter()
        .all(|state| content(state, one) == content(state, other))
}

fn content(state: &RandomState, raw: &str) -> u64 {
    match serde_json::from_str::<&RawValue>(raw) {
        Ok(value) => of_value(state, value.get(), Place::Message, DEEPEST),
        Err(_) => state.hash_one(raw),
    }
}

/// Where in a message a value stands, as far as that matters.
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

/// The hash of a value; fields add up, so that their order makes no difference.
fn of_value(state: &RandomState, raw: &str, place: Place, deeper: u32) -> u64 {
    let raw = raw.trim();
    let Some(deeper) = deeper.checked_sub(1) else {
        return state.hash_one(raw);
    };
    let walker = Walker {
        state,
        place,
        deeper,
    };
    let mut json = serde_json::Deserializer::from_str(raw);
    let walked = match raw.as_bytes().first() {
        Some(b'{') => json.deserialize_map(walker),
        Some(b'[') => json.deserialize_seq(walker),
        // As bytes, since half a surrogate pair is no `str`.
        Some(b'"') => json.deserialize_bytes(walker),
        _ => return state.hash_one(("other", number(raw), raw_unless_number(raw))),
    };
    walked.unwrap_or_else(|_| state.hash_one(raw))
}

fn number(raw: &str) -> Option<i128> {
    raw.parse().ok()
}

fn raw_unless_number(raw: &str) -> Option<&str> {
    number(raw).is_none().then_some(raw)
}

struct Walker<'a> {
    state: &'a RandomState,
    place: Place,
    deeper: u32,
}

impl<'de> Visitor<'de> for Walker<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<u64, E> {
        Ok(self.state.hash_one(("text", text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let mut hasher = self.state.build_hasher();
        "array".hash(&mut hasher);
        while let Some(item) = seq.next_element::<&RawValue>()? {
            let place = self.place.of_item();
            hasher.write_u64(of_value(self.state, item.get(), place, self.deeper));
        }
        Ok(hasher.finish())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut fields = 0_u64;
        let mut count = 0_u64;
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let name = Name(Vec::new());
            let name = serde_json::Deserializer::from_str(key.get())
                .deserialize_bytes(name)
                .unwrap_or_default();
            if self.place == Place::File && name == b"download_url" {
                continue;
            }
            let place = self.place.of_field(&name);
            let value = of_value(self.state, value.get(), place, self.deeper);
            fields = fields.wrapping_add(self.state.hash_one((&name, value)));
            count += 1;
        }
        Ok(self.state.hash_one(("object", fields, count)))
    }
}

/// The name of a field, its escapes read.
struct Name(Vec<u8>);

impl<'de> Visitor<'de> for Name {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E>(mut self, name: &[u8]) -> Result<Vec<u8>, E> {
        self.0.extend_from_slice(name);
        Ok(self.0)
    }
}

#[cfg(test)]
#[path = "fingerprint_tests.rs"]
mod tests;
