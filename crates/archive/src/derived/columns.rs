//! The columns of a message, for search and for people.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use zoom_chat_reports::types::{ChatMessage, MessageKeys};

use super::people::Named;

/// When a message was sent, epoch ms; −1 if Zoom gives no readable time.
pub(crate) fn sent_ms(keys: &MessageKeys) -> i64 {
    keys.sent_at().map_or(-1, |at| at.timestamp_millis())
}

/// The instant of a column that [`sent_ms`] filled.
pub(crate) fn sent_at(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms).filter(|_| ms != -1)
}

/// The columns of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns<'a> {
    pub(crate) text: Option<Cow<'a, str>>,
    pub(crate) sender: Option<Cow<'a, str>>,
    pub(crate) sender_member_id: Option<Cow<'a, str>>,
    pub(crate) sender_name: Option<Cow<'a, str>>,
    pub(crate) thread: Option<String>,
}

impl<'a> Columns<'a> {
    /// From the typed view if there is one, otherwise from the text.
    pub(crate) fn of(typed: Option<&'a ChatMessage>, raw: &str) -> Self {
        let Some(message) = typed else {
            return Self::read(raw);
        };
        fn text(field: Option<&String>) -> Option<Cow<'_, str>> {
            field.map(|text| without_nul(text))
        }
        Self {
            text: text(message.message.as_ref()),
            sender: text(message.sender.as_ref()),
            sender_member_id: text(message.sender_member_id.as_ref()),
            sender_name: text(message.sender_display_name.as_ref()),
            thread: Some(message.thread_key()),
        }
    }

    /// The sender.
    pub(super) fn who(&self) -> Named<'_> {
        Named {
            email: self.sender.as_deref(),
            member_id: self.sender_member_id.as_deref(),
            name: self.sender_name.as_deref(),
        }
    }

    /// From a text that does not fit the type: each field separately, if it can be read.
    fn read(raw: &str) -> Self {
        // If a field occurs twice, the last one counts, as for most readers.
        let odd: BTreeMap<String, Box<RawValue>> = serde_json::from_str(raw).unwrap_or_default();
        let text = |field: &str| {
            let text = lenient(odd.get(field)?.get())?;
            Some(without_nul(&text).into_owned())
        };
        let first = [text("reply_main_message_id"), text("id")]
            .into_iter()
            .flatten()
            .find(|id| !id.is_empty());
        Self {
            text: text("message").map(Cow::Owned),
            sender: text("sender").map(Cow::Owned),
            sender_member_id: text("sender_member_id").map(Cow::Owned),
            sender_name: text("sender_display_name").map(Cow::Owned),
            thread: first.map(|id| {
                id.trim_start_matches('{')
                    .trim_end_matches('}')
                    .to_lowercase()
            }),
        }
    }
}

/// Replaces NUL by the replacement character: SQLite's functions for texts see nothing after a NUL.
pub(super) fn without_nul(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// A JSON string; half a surrogate pair becomes the replacement character.
fn lenient(raw: &str) -> Option<String> {
    if let Ok(text) = serde_json::from_str::<String>(raw) {
        return Some(text);
    }
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    let mut fixed = String::with_capacity(raw.len());
    fixed.push('"');
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        fixed.push_str(&rest[..at]);
        let escape = &rest[at..];
        let unit = |text: &str| {
            let digits = text.strip_prefix("\\u")?.get(..4)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => {
                fixed.push_str(&escape[..12]);
                12
            }
            (Some(0xd800..=0xdfff), _) => {
                fixed.push('\u{fffd}');
                6
            }
            (Some(_), _) => {
                fixed.push_str(&escape[..6]);
                6
            }
            (None, _) => {
                fixed.push_str(escape.get(..2)?);
                2
            }
        };
        rest = &escape[length..];
    }
    fixed.push_str(rest);
    fixed.push('"');
    serde_json::from_str(&fixed).ok()
}

#[cfg(test)]
mod tests {
    use super::{Columns, lenient};

    #[test]
    fn half_a_pair_costs_one_character() {
        assert_eq!(lenient(r#""a\ud83d""#).as_deref(), Some("a\u{fffd}"));
        assert_eq!(
            lenient(r#""\udc00\n\ud83d\ude00\\ud83d\ud83d""#).as_deref(),
            Some("\u{fffd}\n\u{1f600}\\ud83d\u{fffd}")
        );
        assert_eq!(lenient("42"), None);
    }

    #[test]
    fn one_odd_field_leaves_the_others() {
        let read = Columns::read(r#"{"id":"{A}","message":"x","sender":7,"sender_member_id":"m"}"#);
        assert_eq!(read.text.as_deref(), Some("x"));
        assert_eq!(read.sender, None);
        assert_eq!(read.sender_member_id.as_deref(), Some("m"));
        assert_eq!(read.thread.as_deref(), Some("a"));
        let nul = Columns::read(r#"{"id":"A","message":"x\u0000y"}"#);
        assert_eq!(nul.text.as_deref(), Some("x\u{fffd}y"));
        let twice = Columns::read(r#"{"id":"A","id":"B","message":"x"}"#);
        assert_eq!(twice.text.as_deref(), Some("x"));
        assert_eq!(twice.thread.as_deref(), Some("b"));
    }
}
