//! A message's identity and place in time, read apart from its typed view.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Captured, Integer, types::ChatMessage};

/// What places a message: id and times, each if it can be read.
///
/// An item with one odd field has no typed view, but still its id and times:
/// they are read field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageKeys {
    /// `id`, if it is a string.
    pub id: Option<String>,
    /// `timestamp`, epoch milliseconds.
    pub timestamp: Option<i64>,
    /// `date_time`.
    pub date_time: Option<DateTime<Utc>>,
    /// `action_timestamp`, epoch milliseconds.
    pub action_timestamp: Option<i64>,
}

impl MessageKeys {
    /// The keys of a captured message, from its typed view or else from its text.
    #[must_use]
    pub fn of(message: &Captured<ChatMessage>) -> Self {
        match message.typed() {
            Ok(typed) => Self {
                id: Some(typed.id.clone()),
                timestamp: typed.timestamp.and_then(Integer::get),
                date_time: typed.date_time.as_deref().and_then(parse_instant),
                action_timestamp: typed.action_timestamp.and_then(Integer::get),
            },
            Err(_) => Self::read(message.raw()),
        }
    }

    /// Reads the keys from a message's JSON text; what cannot be read is `None`.
    #[must_use]
    pub fn read(raw: &str) -> Self {
        serde_json::Deserializer::from_str(raw)
            .deserialize_any(Fields)
            .unwrap_or_default()
    }

    /// When the message was sent: `timestamp`, else `date_time`.
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

pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim())
        .ok()
        .map(|instant| instant.to_utc())
}

/// The id of a session, from its JSON text: `id`, else `session_id` as older answers name it.
///
/// A session with one odd field has no typed view, but still its id.
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
            let id = match key.get() {
                "\"id\"" => &mut ids[0],
                "\"session_id\"" => &mut ids[1],
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *id = value::<String, _>(&mut map)?.filter(|id| !id.is_empty());
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
            // A name may be written with escapes; one that is no text is none of these.
            let name: String = serde_json::from_str(key.get()).unwrap_or_default();
            match name.as_str() {
                "id" => keys.id = value(&mut map)?,
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

/// A field's value if it can be read; the map goes on behind it either way.
fn value<'de, T: DeserializeOwned, A: MapAccess<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    let raw = map.next_value::<Box<RawValue>>()?;
    Ok(serde_json::from_str(raw.get()).ok())
}

#[cfg(test)]
mod tests {
    use super::{MessageKeys, session_key};

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
    fn a_text_that_is_no_object_has_no_keys() {
        assert_eq!(MessageKeys::read("[1]"), MessageKeys::default());
        assert_eq!(MessageKeys::read("null"), MessageKeys::default());
    }
}
