//! Accessors on messages that hide quirks of the wire format.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    Integer,
    keys::parse_instant,
    types::{BotMessage, ChatMessage},
};

impl ChatMessage {
    /// When the message was sent: `timestamp`, or `date_time` without one.
    #[must_use]
    pub fn sent_at(&self) -> Option<DateTime<Utc>> {
        instant(self.timestamp).or_else(|| self.date_time.as_deref().and_then(parse_instant))
    }

    /// When the message was edited or deleted: `action_timestamp`.
    #[must_use]
    pub fn modified_at(&self) -> Option<DateTime<Utc>> {
        instant(self.action_timestamp)
    }

    /// The thread this message belongs to: the id of its first message, without braces and in lower case.
    ///
    /// Equal for a message and its replies, although Zoom writes the same id in two ways.
    #[must_use]
    pub fn thread_key(&self) -> String {
        self.reply_main_message_id
            .as_deref()
            .filter(|id| !id.is_empty())
            .unwrap_or(&self.id)
            .trim_start_matches('{')
            .trim_end_matches('}')
            .to_lowercase()
    }

    /// Who sent the message: the member id, or without one the e-mail address, which is empty for
    /// people outside the account.
    #[must_use]
    pub fn person_key(&self) -> Option<&str> {
        [&self.sender_member_id, &self.sender]
            .into_iter()
            .filter_map(Option::as_deref)
            .find(|key| !key.is_empty())
    }
}

impl BotMessage {
    /// The content that a bot sent, decoded: an object, or a string that holds JSON.
    ///
    /// A string that holds no JSON is returned as it is.
    #[must_use]
    pub fn decoded_content(&self) -> Option<Value> {
        let value: Value = serde_json::from_str(self.content.as_deref()?.get()).ok()?;
        match value {
            Value::Null => None,
            Value::String(text) => Some(serde_json::from_str(&text).unwrap_or(Value::String(text))),
            value => Some(value),
        }
    }
}

fn instant(millis: Option<Integer>) -> Option<DateTime<Utc>> {
    millis
        .and_then(Integer::get)
        .and_then(DateTime::from_timestamp_millis)
}

#[cfg(test)]
mod tests {
    use crate::types::{BotMessage, ChatMessage};

    fn message(raw: &str) -> ChatMessage {
        serde_json::from_str(raw).expect("a message")
    }

    #[test]
    fn timestamp_wins_over_a_contradicting_date_time() {
        let both = message(r#"{"id":"a","timestamp":1000,"date_time":"2026-10-27T16:40:12Z"}"#);
        assert_eq!(both.sent_at().map(|t| t.timestamp_millis()), Some(1000));
        let one = message(r#"{"id":"a","date_time":"1970-01-01T00:00:02.0000000+00:00"}"#);
        assert_eq!(one.sent_at().map(|t| t.timestamp_millis()), Some(2000));
    }

    #[test]
    fn a_reply_and_its_first_message_share_a_thread() {
        let first = message(r#"{"id":"27ed2949-aa"}"#);
        let reply = message(r#"{"id":"b","reply_main_message_id":"{27ED2949-AA}"}"#);
        assert_eq!(first.thread_key(), reply.thread_key());
    }

    #[test]
    fn people_outside_the_account_are_known_by_their_member_id() {
        let outside = message(r#"{"id":"a","sender":"","sender_member_id":"m"}"#);
        assert_eq!(outside.person_key(), Some("m"));
        assert_eq!(message(r#"{"id":"a","sender":""}"#).person_key(), None);
    }

    #[test]
    fn bot_content_is_an_object_or_a_string_of_json() {
        for raw in [r#"{"content":{"a":1}}"#, r#"{"content":"{\"a\":1}"}"#] {
            let bot: BotMessage = serde_json::from_str(raw).expect("a bot message");
            assert_eq!(
                bot.decoded_content(),
                Some(serde_json::json!({"a": 1})),
                "{raw}"
            );
        }
    }
}
