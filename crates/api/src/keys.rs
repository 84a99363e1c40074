//! A message's identity and place in time, read apart from its typed view.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Captured, Integer, types::ChatMessage};

/// The id and times of a message, each if it can be read.
///
/// An item with one unreadable field has no typed view, but still its id and times:
/// they are read field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageKeys {
    /// `id`, if it is a string and not empty: an empty one names nothing.
    pub id: Option<String>,
    /// `timestamp`, epoch milliseconds.
    pub timestamp: Option<i64>,
    /// `date_time`.
    pub date_time: Option<DateTime<Utc>>,
    /// `action_timestamp`, epoch milliseconds.
    pub action_timestamp: Option<i64>,
}

impl MessageKeys {
    /// The keys of a captured message, from its typed view or, without one, from its text.
    #[must_use]
    pub fn of(message: &Captured<ChatMessage>) -> Self {
        match message.typed() {
            Ok(typed) => Self {
                id: named(Some(typed.id.clone())),
                timestamp: typed.timestamp.and_then(Integer::get),
                date_time: typed.date_time.as_deref().and_then(parse_instant),
                action_timestamp: typed.action_timestamp.and_then(Integer::get),
            },
            Err(_) => Self::read(message.raw()),
        }
    }

    /// Reads the keys from a message's JSON text; a key that cannot be read is `None`.
    #[must_use]
    pub fn read(raw: &str) -> Self {
        serde_json::Deserializer::from_str(raw)
            .deserialize_any(Fields)
            .unwrap_or_default()
    }

    /// When the message was sent: `timestamp`, or `date_time` without one.
    #[must_use]
    pub fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.timestamp
            .and_then(DateTime::from_timestamp_millis)
            .or(self.date_time)
    }

    /// When the message was edited or deleted: `action_timestamp`.
    #[must_use]
    pub fn modified_at(&self) -> Option<DateTime<Utc>> {
        self.action_timestamp
            .and_then(DateTime::from_timestamp_millis)
    }
}

/// An id that names something: an empty one is a missing one.
fn named(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty())
}

/// A key's name, which may be written with escapes; empty if it is no text.
pub(crate) fn name(key: &RawValue) -> String {
    serde_json::from_str(key.get()).unwrap_or_default()
}

pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim())
        .ok()
        .map(|instant| instant.to_utc())
}

/// The id of a session, from its JSON text: `id`, or `session_id` as older answers name it.
///
/// A session with one unreadable field has no typed view, but still its id.
#[must_use]
pub fn session_key(raw: &str) -> Option<String> {
    let [id, session_id] = serde_json::Deserializer::from_str(raw)
        .deserialize_any(SessionIds)
        .ok()?;
    id.or(session_id)
}

struct SessionIds;

impl<'de> Visitor<'de> for SessionIds {
    type Value = [Option<String>; 2];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut ids = [None, None];
        while let Some(key) = map.next_key::<Box<RawValue>>()? {
            let id = match name(&key).as_str() {
                "id" => &mut ids[0],
                "session_id" => &mut ids[1],
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *id = named(value(&mut map)?);
        }
        Ok(ids)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = MessageKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MessageKeys, A::Error> {
        let mut keys = MessageKeys::default();
        while let Some(key) = map.next_key::<Box<RawValue>>()? {
            match name(&key).as_str() {
                "id" => keys.id = named(value(&mut map)?),
                "timestamp" => keys.timestamp = value(&mut map)?.and_then(Integer::get),
                "action_timestamp" => {
                    keys.action_timestamp = value(&mut map)?.and_then(Integer::get);
                }
                "date_time" => {
                    keys.date_time = value::<String, _>(&mut map)?
                        .as_deref()
                        .and_then(parse_instant);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(keys)
    }
}

/// A field's value if it can be read. The map continues after it in both cases.
fn value<'de, T: DeserializeOwned, A: MapAccess<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    let raw = map.next_value::<Box<RawValue>>()?;
    Ok(serde_json::from_str(raw.get()).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::{MessageKeys, session_key};
    use crate::{
        Captured,
        types::{ChatMessage, ChatSession},
    };

    fn captured(raw: &str) -> Captured<ChatMessage> {
        Captured::new(RawValue::from_string(raw.to_owned()).expect("JSON"))
    }

    #[test]
    fn a_session_with_an_odd_field_keeps_its_id() {
        let odd = r#"{"has_external_member":"yes","session_id":"b","id":""}"#;
        assert_eq!(session_key(odd).as_deref(), Some("b"));
        assert_eq!(
            session_key(r#"{"id":"a","session_id":"b"}"#).as_deref(),
            Some("a")
        );
        assert_eq!(session_key(r#"{"id":7}"#), None);
        assert_eq!(session_key("[]"), None);
    }

    #[test]
    fn an_item_with_odd_fields_keeps_its_identity() {
        let raw = r#"{"files":"odd","message":"\ud83d","id":"a","timestamp":"1793119212345",
            "date_time":"2026-10-27T16:40:12.0000000+00:00","action_timestamp":1.5}"#;
        let keys = MessageKeys::read(raw);
        assert_eq!(keys.id.as_deref(), Some("a"));
        assert_eq!(keys.timestamp, Some(1_793_119_212_345));
        assert_eq!(keys.action_timestamp, None);
        assert_eq!(
            keys.date_time
                .map(|instant| instant.to_rfc3339())
                .as_deref(),
            Some("2026-10-27T16:40:12+00:00")
        );
    }

    #[test]
    fn names_may_be_written_with_escapes() {
        let keys = MessageKeys::read(r#"{"\u0069d":"a","\ud800":1,"timestamp":"5"}"#);
        assert_eq!((keys.id.as_deref(), keys.timestamp), (Some("a"), Some(5)));
    }

    #[test]
    fn an_empty_id_is_a_missing_one_whether_or_not_the_item_decodes() {
        for (raw, id) in [
            (r#"{"id":""}"#, None),
            (r#"{"id":"","files":"odd"}"#, None),
            (r#"{"id":"\u0020"}"#, Some(" ")),
            (r#"{"id":"a","files":"odd"}"#, Some("a")),
            (r#"{"id":null}"#, None),
            (r#"{"timestamp":1}"#, None),
        ] {
            assert_eq!(MessageKeys::of(&captured(raw)).id.as_deref(), id, "{raw}");
            assert_eq!(MessageKeys::read(raw).id.as_deref(), id, "{raw}");
        }
    }

    #[test]
    fn a_session_is_named_by_escaped_names_and_by_the_id_that_is_not_empty() {
        for (raw, id) in [
            (r#"{"\u0069d":"a"}"#, Some("a")),
            (r#"{"session\u005fid":"b"}"#, Some("b")),
            (r#"{"\ud800":1,"id":"a"}"#, Some("a")),
            (r#"{"id":"","session_id":"b"}"#, Some("b")),
            (r#"{"id":null,"session_id":"b"}"#, Some("b")),
            (r#"{"id":7,"session_id":"b"}"#, Some("b")),
            (r#"{"id":"","session_id":""}"#, None),
        ] {
            assert_eq!(session_key(raw).as_deref(), id, "{raw}");
        }
    }

    /// Members of an object: names of keys, some escaped, before values that may or may not fit.
    fn object(names: &'static [&'static str]) -> impl Strategy<Value = String> {
        const VALUES: [&str; 14] = [
            "null",
            "\"\"",
            "\" \"",
            "\"a\"",
            "\"\\u0061\"",
            "\"7\"",
            "7",
            "7.0",
            "1e3",
            "1.5",
            "true",
            "[]",
            "{\"id\":\"x\"}",
            "\"2026-10-27T16:40:12Z\"",
        ];
        let member = (
            proptest::sample::select(names),
            proptest::sample::select(&VALUES[..]),
        )
            .prop_map(|(name, value)| format!("\"{name}\":{value}"));
        proptest::collection::vec(member, 0..6).prop_map(|all| format!("{{{}}}", all.join(",")))
    }

    proptest! {
        #[test]
        fn typed_and_untyped_items_have_the_same_keys(raw in object(&[
            "id", "\\u0069d", "timestamp", "action_timestamp", "date_time", "message", "unknown",
        ])) {
            let item = captured(&raw);
            prop_assert_eq!(MessageKeys::of(&item), MessageKeys::read(&raw));
            prop_assert_ne!(MessageKeys::read(&raw).id, Some(String::new()));
        }

        #[test]
        fn typed_and_untyped_sessions_have_the_same_key(raw in object(&[
            "id", "\\u0069d", "session_id", "session\\u005fid", "name", "unknown",
        ])) {
            if let Ok(session) = serde_json::from_str::<ChatSession>(&raw) {
                prop_assert_eq!(session.key().map(str::to_owned), session_key(&raw));
            }
        }
    }

    #[test]
    fn a_text_that_is_no_object_has_no_keys() {
        assert_eq!(MessageKeys::read("[1]"), MessageKeys::default());
        assert_eq!(MessageKeys::read("null"), MessageKeys::default());
    }
}
