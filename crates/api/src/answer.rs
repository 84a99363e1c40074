//! A whole body in its own JSON text, beside its typed view.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{DecodeError, decode_error::decode};

/// The body of a 200: its JSON text, and the typed view or the reason there is none.
///
/// Zoom was seen to answer 200 with an error body. Every field of a page may be
/// absent, so such a body decodes as an empty page, and only the text tells them
/// apart: ask [`has_key`](Self::has_key) before taking absence for emptiness.
pub struct Answer<T> {
    raw: Box<RawValue>,
    typed: Result<T, Box<DecodeError>>,
}

impl<T> Answer<T> {
    /// The body's JSON text.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.raw.get()
    }

    /// The typed view.
    ///
    /// # Errors
    /// Where the text does not fit the type, and what was expected.
    pub fn typed(&self) -> Result<&T, &DecodeError> {
        self.typed.as_ref().map_err(AsRef::as_ref)
    }

    /// The typed view, taken out.
    ///
    /// # Errors
    /// Where the text does not fit the type, and what was expected.
    pub fn into_typed(self) -> Result<T, DecodeError> {
        self.typed.map_err(|error| *error)
    }

    /// Whether the body is an object with this key; a null counts.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        serde_json::Deserializer::from_str(self.raw.get())
            .deserialize_any(HasKey(key))
            .unwrap_or(false)
    }
}

struct HasKey<'a>(&'a str);

impl<'de> Visitor<'de> for HasKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            found |= key == self.0;
        }
        Ok(found)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let typed = decode(raw.get());
        Ok(Self { raw, typed })
    }
}

impl<T> Serialize for Answer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.typed {
            Ok(value) => f.debug_tuple("Answer").field(value).finish(),
            Err(error) => f.debug_tuple("Answer").field(error).finish(),
        }
    }
}
