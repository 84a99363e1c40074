//! Tells whether the body of a success is the expected answer, an error of Zoom's, or neither.

use std::fmt;

use serde::{
    Deserializer as _,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{EchoedDate, keys};

/// The keys that make an object an error of Zoom's: the API's own, and its gateway's.
const CODES: &[&str] = &["code", "errorCode"];

/// The answer of an operation, and the keys that tell its body from an error.
///
/// Every field of a page may be absent, so an error body decodes as an empty page. Only the keys
/// at the top level tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    what: &'static str,
    key: &'static str,
    arrays: &'static [&'static str],
    echoes_dates: bool,
    error_keys: &'static [&'static str],
}

/// The verdict on a body, by its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Judged {
    /// The answer that was expected. Its values may still not fit their types.
    Answer,
    /// A whole object that reports an error, and is no answer.
    Error,
    /// Neither. The text names the missing keys and the expected answer, and quotes nothing.
    Neither(String),
}

impl Expected {
    /// A page of a session's messages.
    pub const MESSAGES: Self = Self {
        arrays: &["messages", "edited_messages", "deleted_messages"],
        echoes_dates: true,
        ..Self::object("a page of messages", "messages")
    };

    /// A page of the list of sessions.
    pub const SESSIONS: Self = Self {
        arrays: &["sessions"],
        echoes_dates: true,
        ..Self::object("a page of sessions", "sessions")
    };

    /// The description of a file.
    pub const FILE_INFO: Self = Self::object("the description of a file", "download_url");

    /// The settings of an account.
    pub const ACCOUNT_SETTINGS: Self = Self::object("the settings of an account", "chat");

    /// An object that is known by one key. `what` names it in texts, as in "a page of messages".
    #[must_use]
    pub const fn object(what: &'static str, key: &'static str) -> Self {
        Self {
            what,
            key,
            arrays: &[],
            echoes_dates: false,
            error_keys: CODES,
        }
    }

    /// The same for an operation whose errors have other keys than `code` and `errorCode`.
    #[must_use]
    pub const fn or_error(mut self, keys: &'static [&'static str]) -> Self {
        self.error_keys = keys;
        self
    }

    /// The arrays that the document names for the answer.
    #[must_use]
    pub const fn arrays(&self) -> &'static [&'static str] {
        self.arrays
    }

    /// Judges the text of a success's body by its top level, in one pass.
    ///
    /// It is the answer if the answer's key holds something. If that key is empty or null, it is the
    /// answer unless there is an error's key, or items that the document does not name: these could
    /// be the messages under another name. A page without its key is an answer if it echoes both
    /// dates and has neither of these. Text that is not one whole JSON object is never an error of
    /// Zoom's, whatever words it holds.
    #[must_use]
    pub fn judge(&self, body: &str) -> Judged {
        match serde_json::from_str::<&RawValue>(body) {
            Ok(whole) => self.judge_whole(whole),
            Err(_) => self.no_object(),
        }
    }

    /// The same for a text that is certainly one whole JSON value.
    pub(crate) fn judge_whole(&self, body: &RawValue) -> Judged {
        let mut seen = Seen::default();
        let read = serde_json::Deserializer::from_str(body.get()).deserialize_map(TopLevel {
            expected: self,
            seen: &mut seen,
        });
        let key = self.key;
        let dated = seen.from && seen.to;
        let foreign = seen.foreign_items || (seen.key.is_none() && seen.foreign_array);
        match seen.key {
            Some(Own::Full) => Judged::Answer,
            _ if read.is_err() => self.no_object(),
            _ if seen.error => Judged::Error,
            Some(Own::Empty) if !foreign => Judged::Answer,
            None if dated && !foreign => Judged::Answer,
            Some(Own::Empty) => {
                Judged::Neither(self.missing(&format!("with other items beside an empty `{key}`")))
            }
            None if dated => {
                Judged::Neither(self.missing(&format!("with another array in place of `{key}`")))
            }
            None if self.echoes_dates => {
                Judged::Neither(self.missing(&format!("without `{key}` and without both dates")))
            }
            None => Judged::Neither(self.missing(&format!("without `{key}`"))),
        }
    }

    fn no_object(&self) -> Judged {
        Judged::Neither(self.missing("with a body that is not one JSON object"))
    }

    /// The text to print after a status: the fault of the body, and the expected answer.
    #[must_use]
    pub fn missing(&self, wrong: &str) -> String {
        format!("{wrong}: expected {}", self.what)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

/// The keys found at the top level of a body.
#[derive(Default)]
struct Seen {
    key: Option<Own>,
    from: bool,
    to: bool,
    error: bool,
    foreign_array: bool,
    /// Items under a name that the document does not know, however deep.
    foreign_items: bool,
}

/// The value of the answer's own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Full,
    /// A null or an empty array.
    Empty,
}

struct TopLevel<'a> {
    expected: &'a Expected,
    seen: &'a mut Seen,
}

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { expected, seen } = self;
        while let Some(name) = map.next_key::<&RawValue>()? {
            let name = keys::name(name);
            let value = map.next_value::<&RawValue>()?.get();
            if name == expected.key {
                if value != "null" && !is_empty_array(value) {
                    seen.key = Some(Own::Full);
                    // The verdict is certain; the rest is not read.
                    return Err(A::Error::custom("settled"));
                }
                seen.key = Some(Own::Empty);
                continue;
            }
            match name.as_str() {
                name if expected.error_keys.contains(&name) => seen.error = true,
                "from" if expected.echoes_dates => seen.from = is_date(value),
                "to" if expected.echoes_dates => seen.to = is_date(value),
                name if expected.echoes_dates && !expected.arrays.contains(&name) => {
                    seen.foreign_array |= value.starts_with('[');
                    seen.foreign_items |= holds_items(value);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_empty_array(value: &str) -> bool {
    let inner = value
        .strip_prefix('[')
        .and_then(|value| value.strip_suffix(']'));
    inner.is_some_and(|inner| inner.trim_ascii().is_empty())
}

/// Whether a value is an array that is not empty, or an object that holds one.
fn holds_items(value: &str) -> bool {
    let after_bracket = |(at, _): (usize, &str)| value[at + 1..].trim_ascii_start();
    matches!(value.as_bytes().first(), Some(b'[' | b'{'))
        && value
            .match_indices('[')
            .map(after_bracket)
            .any(|inner| !inner.starts_with(']'))
}

fn is_date(value: &str) -> bool {
    serde_json::from_str::<EchoedDate>(value).is_ok_and(|date| date.get().is_some())
}

#[cfg(test)]
mod tests {
    use super::{Expected, Judged};

    const DATES: &str = r#""from":"2026-10-01","to":"2026-10-28""#;

    fn is_page(expected: Expected, body: &str) -> bool {
        expected.judge(body) == Judged::Answer
    }

    #[test]
    fn a_body_is_a_page_by_its_own_array_or_by_both_dates_and_nothing_else() {
        let pages = [
            r#"{"messages":[]}"#,
            r#"{"messages":null}"#,
            r#"{"\u006dessages":[]}"#,
            // The answer's items outweigh everything that stands beside them.
            r#"{"code":300,"messages":[{}]}"#,
            r#"{"messages":[{}],"rows":[1]}"#,
            r#"{"rows":[],"messages":[]}"#,
            r#"{"messages":[],"edited_messages":[{}]}"#,
            r#"{"messages":[ ],"meta":{"a":[],"b":1}}"#,
            r#"{DATES}"#,
            r#"{DATES,"next_page_token":"","page_size":30}"#,
            r#"{DATES,"edited_messages":[],"deleted_messages":null}"#,
            r#"{DATES,"unknown":{"a":[]},"other":"x"}"#,
            r#" {"from":" 2026-10-01 ","to":"2026-10-28"} "#,
        ];
        for body in pages {
            let body = body.replace("DATES", DATES);
            assert!(is_page(Expected::MESSAGES, &body), "{body}");
        }
        let others = [
            "",
            "null",
            "[]",
            "[{}]",
            "\"messages\"",
            "<html>",
            "{}",
            r#"{"messages":[]"#,
            r#"{"messages":[]}}"#,
            r#"{"messages":[]} x"#,
            r#"{"Messages":[]}"#,
            r#"{"data":{"messages":[]}}"#,
            r#"{"edited_messages":[]}"#,
            r#"{"sessions":[]}"#,
            r#"{"ok":true}"#,
            r#"{"from":"2026-10-01"}"#,
            r#"{"from":"2026-10-01","to":null}"#,
            r#"{"from":"2026-10-01","to":"tomorrow"}"#,
            r#"{"from":20261001,"to":20261028}"#,
            r#"{DATES,"code":300}"#,
            r#"{DATES,"code":null}"#,
            r#"{DATES,"\u0063ode":300}"#,
            r#"{DATES,"errorCode":"401","status":false}"#,
            r#"{DATES,"sessions":[]}"#,
            r#"{DATES,"rows":[1]}"#,
            r#"{DATES,"data":{"messages":[1]}}"#,
            r#"{"code":429,"messages":[]}"#,
            r#"{"messages":null,"code":300}"#,
            r#"{"messages":[],"items":[{}]}"#,
            r#"{"messages":null,"by":{"id":{"items":[ 1 ]}}}"#,
        ];
        for body in others {
            let body = body.replace("DATES", DATES);
            assert!(!is_page(Expected::MESSAGES, &body), "{body}");
        }
    }

    #[test]
    fn the_list_of_sessions_is_judged_by_the_same_rule() {
        for body in [r#"{"sessions":[]}"#, r#"{"sessions":null}"#, "{DATES}"] {
            let body = body.replace("DATES", DATES);
            assert!(is_page(Expected::SESSIONS, &body), "{body}");
        }
        for body in [
            r#"{"messages":[]}"#,
            r#"{DATES,"messages":[]}"#,
            r#"{DATES,"code":300,"message":"x"}"#,
            "{}",
        ] {
            let body = body.replace("DATES", DATES);
            assert!(!is_page(Expected::SESSIONS, &body), "{body}");
        }
    }

    #[test]
    fn only_a_whole_object_with_a_code_is_an_error() {
        for body in [
            r#"{"code":300}"#,
            r#"{"code":"300","message":"x"}"#,
            r#"{"errorCode":401,"errors":[]}"#,
            r#"{"code":300,"from":"2026-10-01","to":"2026-10-28"}"#,
            r#"{"code":300,"messages":null}"#,
            r#"{"messages":[],"code":429}"#,
        ] {
            assert_eq!(Expected::MESSAGES.judge(body), Judged::Error, "{body}");
        }
        for body in [
            r#"{"code":300"#,
            r#"{"code":300}]"#,
            r#"[{"code":300}]"#,
            r#""code":300"#,
            r#"{"a":{"code":300}}"#,
            r#"{"code":300,"messages":[{}]}"#,
        ] {
            assert_ne!(Expected::MESSAGES.judge(body), Judged::Error, "{body}");
        }
    }

    #[test]
    fn what_is_known_by_one_key_has_no_dates() {
        let info = Expected::FILE_INFO;
        assert!(is_page(info, r#"{"download_url":null}"#));
        assert!(!is_page(info, &format!("{{{DATES}}}")));
        let token = Expected::object("a token", "access_token").or_error(&["error"]);
        assert_eq!(token.judge(r#"{"error":"x"}"#), Judged::Error);
    }

    #[test]
    fn the_text_says_what_was_expected_and_quotes_nothing() {
        let text = |expected: Expected, body: &str| match expected.judge(body) {
            Judged::Neither(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            text(Expected::MESSAGES, r#"{"secret":"secret"}"#),
            "without `messages` and without both dates: expected a page of messages"
        );
        assert_eq!(
            text(Expected::SESSIONS, &format!(r#"{{{DATES},"secret":[]}}"#)),
            "with another array in place of `sessions`: expected a page of sessions"
        );
        assert_eq!(
            text(Expected::FILE_INFO, "{}"),
            "without `download_url`: expected the description of a file"
        );
        assert_eq!(
            text(Expected::MESSAGES, "secret"),
            "with a body that is not one JSON object: expected a page of messages"
        );
    }
}
