//! A whole body in its own JSON text, beside its typed view.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{DecodeError, Expected, Judged, decode_error::decode};

/// The body of a 200: its JSON text, and a typed view of it on request.
///
/// Zoom was seen to answer 200 with an error body. Every field of a page may be
/// absent, so such a body decodes as an empty page, and only the text tells them
/// apart: have it [`judged`](Self::judged) before taking absence for emptiness.
pub struct Answer<T> {
    raw: Box<RawValue>,
    // A page is large: it is decoded only after its body is no longer needed.
    typed: PhantomData<fn() -> T>,
}

impl<T> Answer<T> {
    /// The body's JSON text.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.raw.get()
    }

    /// Tells whether the body is the expected answer, an error of Zoom's, or neither.
    #[must_use]
    pub fn judged(&self, expected: &Expected) -> Judged {
        expected.judge_whole(&self.raw)
    }
}

impl<T: DeserializeOwned> Answer<T> {
    /// The typed view. Each call decodes the text.
    ///
    /// # Errors
    /// Where the text does not fit the type, and what was expected.
    pub fn typed(&self) -> Result<T, DecodeError> {
        decode(self.raw.get()).map_err(|error| *error)
    }
}

impl<'de, T> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self {
            raw,
            typed: PhantomData,
        })
    }
}

impl<T> Serialize for Answer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}
