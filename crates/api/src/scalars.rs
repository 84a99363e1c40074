//! Scalars that accept any JSON value and never fail a page.

use std::fmt;

use chrono::NaiveDate;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// A whole number that Zoom sends as a JSON number or as a string of digits.
///
/// Any other value is unreadable: it gives no number and does not fail its page or item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Integer(Option<i64>);

impl Integer {
    /// The number, if it was readable.
    #[must_use]
    pub fn get(self) -> Option<i64> {
        self.0
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(Some(value))
    }
}

/// A day that Zoom gives back; unreadable ones count as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EchoedDate(Option<NaiveDate>);

impl EchoedDate {
    /// The day, if it was readable.
    #[must_use]
    pub fn get(self) -> Option<NaiveDate> {
        self.0
    }
}

impl From<NaiveDate> for EchoedDate {
    fn from(value: NaiveDate) -> Self {
        Self(Some(value))
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let readable = deserializer.deserialize_any(Readable {
            number: Some,
            text: |text| text.trim().parse().ok(),
        });
        readable.map(Self)
    }
}

impl<'de> Deserialize<'de> for EchoedDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let readable = deserializer.deserialize_any(Readable {
            number: |_| None,
            text: echoed_date,
        });
        readable.map(Self)
    }
}

/// Reads a day, also with slashes, and with a time of day behind it.
fn echoed_date(text: &str) -> Option<NaiveDate> {
    let day = text.trim().get(..10)?;
    day.replace('/', "-").parse().ok()
}

/// Takes any JSON value; one that neither function can read is `None`.
struct Readable<T> {
    number: fn(i64) -> Option<T>,
    text: fn(&str) -> Option<T>,
}

impl<'de, T> Visitor<'de> for Readable<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok((self.number)(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).ok().and_then(self.number))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        // Beyond 2^53 a float no longer names one whole number.
        let exact = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        Ok(exact.then_some(value as i64).and_then(self.number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok((self.text)(value))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for EchoedDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(feature = "schemars")]
mod schemas {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    impl JsonSchema for super::Integer {
        fn schema_name() -> Cow<'static, str> {
            "Integer".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A whole number, seen as a JSON number and as a string of digits.",
                "type": ["integer", "string", "null"],
            })
        }
    }

    impl JsonSchema for super::EchoedDate {
        fn schema_name() -> Cow<'static, str> {
            "EchoedDate".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A day, `YYYY-MM-DD`.",
                "type": ["string", "null"],
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EchoedDate, Integer};

    fn integer(text: &str) -> Option<i64> {
        serde_json::from_str::<Integer>(text)
            .expect("never fails")
            .get()
    }

    #[test]
    fn an_integer_is_a_number_or_digits() {
        assert_eq!(integer("7"), Some(7));
        assert_eq!(integer("\"1793119212345\""), Some(1_793_119_212_345));
        assert_eq!(integer("1e3"), Some(1000));
        assert_eq!(integer("30.0"), Some(30));
    }

    #[test]
    fn an_unreadable_scalar_fails_nothing() {
        for odd in [
            "null",
            "true",
            "1.5",
            "\"\"",
            "\"x\"",
            "[1]",
            "{\"a\":1}",
            "99999999999999999999",
        ] {
            assert_eq!(integer(odd), None, "{odd}");
            let date = serde_json::from_str::<EchoedDate>(odd).expect("never fails");
            assert_eq!(date.get(), None, "{odd}");
        }
    }
}
