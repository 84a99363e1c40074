//! Names of undocumented fields: Zoom adds some every few months.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// The known fields of messages.
pub(crate) const MESSAGE: [&str; 22] = [
    "action_timestamp",
    "bot_message",
    "custom_emoji_reactions",
    "date_time",
    "files",
    "forward_id",
    "giphy_information",
    "id",
    "is_sender_external",
    "message",
    "reactions",
    "receiver",
    "reply_main_message_id",
    "reply_main_message_timestamp",
    "rich_text",
    "sender",
    "sender_display_name",
    "sender_member_id",
    "timestamp",
    "message_id",
    "session_id",
    "type",
];

/// The known fields of sessions.
pub(crate) const SESSION: [&str; 9] = [
    "channel_id",
    "has_external_member",
    "id",
    "last_message_sent_time",
    "member_emails",
    "name",
    "session_id",
    "status",
    "type",
];

/// The names of an object's members that `known` does not hold.
pub(crate) fn unknown_names(raw: &str, known: &[&str]) -> Vec<String> {
    serde_json::Deserializer::from_str(raw)
        .deserialize_any(Names(known))
        .unwrap_or_default()
}

struct Names<'a>(&'a [&'a str]);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(unknown) = map.next_key_seed(Name(self.0))? {
            names.extend(unknown);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(names)
    }
}

/// Reads one name; returns nothing for a known name.
struct Name<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok((!self.0.contains(&name)).then(|| name.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::{MESSAGE, unknown_names};

    #[test]
    fn names_what_no_document_names() {
        let raw = r#"{"id":"a","x_future":{"id":1},"\u0069d":"b","later":null}"#;
        assert_eq!(unknown_names(raw, &MESSAGE), ["x_future", "later"]);
        assert!(unknown_names("[1]", &MESSAGE).is_empty());
    }
}
