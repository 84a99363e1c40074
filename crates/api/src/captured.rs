//! An item in its own JSON text, beside its typed view.

use std::{fmt, sync::OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{DecodeError, decode_error::decode};

/// An item of a page: its JSON text as it was served, and the typed view or the reason there is none.
///
/// Unknown fields, nulls and the form of numbers stay in [`raw`](Self::raw),
/// and an item that does not fit its type loses neither its page nor itself.
#[derive(Clone)]
pub struct Captured<T> {
    raw: Box<RawValue>,
    // A page is large: its items are decoded only after its body is no longer needed.
    typed: OnceLock<Result<Box<T>, Box<DecodeError>>>,
}

impl<T> Captured<T> {
    /// The item's JSON text, byte for byte.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.raw.get()
    }

    /// Captures a JSON text.
    #[must_use]
    pub fn new(raw: Box<RawValue>) -> Self {
        Self {
            raw,
            typed: OnceLock::new(),
        }
    }
}

impl<T: DeserializeOwned> Captured<T> {
    /// The typed view. The first call decodes the text.
    ///
    /// # Errors
    /// Where the text does not fit the type, and what was expected.
    pub fn typed(&self) -> Result<&T, &DecodeError> {
        let decoded = || decode(self.raw.get()).map(Box::new);
        match self.typed.get_or_init(decoded) {
            Ok(typed) => Ok(typed),
            Err(error) => Err(error),
        }
    }

    /// The typed view, taken out.
    ///
    /// # Errors
    /// As for [`typed`](Self::typed).
    pub fn into_typed(self) -> Result<T, DecodeError> {
        let decoded = match self.typed.into_inner() {
            Some(decoded) => decoded,
            None => decode(self.raw.get()).map(Box::new),
        };
        match decoded {
            Ok(typed) => Ok(*typed),
            Err(error) => Err(*error),
        }
    }
}

impl<T: DeserializeOwned + Serialize> From<T> for Captured<T> {
    /// Captures a value as the JSON text that serde writes for it; for mocks.
    fn from(value: T) -> Self {
        let raw = serde_json::value::to_raw_value(&value)
            .expect("the generated types have string keys and serialise without fail");
        Self {
            raw,
            typed: OnceLock::from(Ok(Box::new(value))),
        }
    }
}

impl<'de, T> Deserialize<'de> for Captured<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::new)
    }
}

impl<T> Serialize for Captured<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

impl<T: DeserializeOwned + fmt::Debug> fmt::Debug for Captured<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.typed() {
            Ok(value) => f.debug_tuple("Captured").field(value).finish(),
            Err(error) => f.debug_tuple("Captured").field(error).finish(),
        }
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Captured<T> {
    // Otherwise every item's schema would appear twice, once under a separate name.
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<T>()
    }
}
