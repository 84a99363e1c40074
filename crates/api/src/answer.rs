//! A whole body in its own JSON text, beside its typed view.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{DecodeError, Expected, Judged, decode_error::decode};

/// The body of a 200: its JSON text, and the typed view or the reason there is none.
///
/// Zoom was seen to answer 200 with an error body. Every field of a page may be
/// absent, so such a body decodes as an empty page, and only the text tells them
/// apart: have it [`judged`](Self::judged) before taking absence for emptiness.
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

    /// What the body is: what was expected, an error of Zoom's, or neither.
    #[must_use]
    pub fn judged(&self, expected: &Expected) -> Judged {
        expected.judge_whole(&self.raw)
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
