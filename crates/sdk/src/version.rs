//! Format versions of values that callers store.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The format version `N`: serialized as the number `N`; any other number is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Version<const N: u32>;

impl<const N: u32> Serialize for Version<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(N)
    }
}

impl<'de, const N: u32> Deserialize<'de> for Version<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            version if version == N => Ok(Self),
            other => Err(D::Error::custom(format!(
                "it was stored in format version {other}, and only {N} can be read"
            ))),
        }
    }
}
