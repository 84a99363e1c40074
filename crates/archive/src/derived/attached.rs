//! The files that the JSON text of a message names, even if the message does not fit its type.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use zoom_chat_reports::types::Integer;

/// A file, as its message describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attached {
    /// The id by which it is requested.
    pub(crate) file_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) size: Option<i64>,
    /// A signed link, which is valid for a day.
    pub(crate) link: Option<String>,
}

/// The files that `files` names: the items of an array, or a single object.
///
/// Each is read field by field, so that an odd field loses neither its file nor the others.
pub(crate) fn attached(raw: &str) -> Vec<Attached> {
    // Nearly all messages have no files.
    if !raw.contains("file") && !raw.contains("\\u") {
        return Vec::new();
    }
    let lists = members(raw)
        .into_iter()
        .filter(|(name, _)| name.as_deref() == Some("files"));
    let items = lists.flat_map(|(_, list)| match list.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(list.get()).unwrap_or_default(),
        _ => vec![list],
    });
    let files = items.map(|item| file(item.get()));
    files.filter(|file| *file != Attached::default()).collect()
}

fn file(raw: &str) -> Attached {
    let mut file = Attached::default();
    for (name, value) in members(raw) {
        let value = value.get();
        match name.as_deref() {
            Some("file_id") => file.file_id = id(value),
            Some("file_name") => file.name = text(value),
            Some("file_size") => {
                let size: Option<Integer> = serde_json::from_str(value).ok();
                file.size = size.and_then(Integer::get);
            }
            Some("download_url") => file.link = serde_json::from_str(value).ok(),
            _ => {}
        }
    }
    file
}

/// An id that can be requested.
fn id(value: &str) -> Option<String> {
    let id = serde_json::from_str::<String>(value).ok().or_else(|| {
        let is_number = value.starts_with(|c: char| c.is_ascii_digit());
        is_number.then(|| value.to_owned())
    });
    id.filter(|id| !id.is_empty())
}

/// A name; if it is no Rust string, as with half a surrogate pair, its escaped form.
fn text(value: &str) -> Option<String> {
    match serde_json::from_str(value) {
        Ok(text) => text,
        Err(_) => Some(value.trim_matches('"').to_owned()),
    }
}

/// The members of an object: their names, if they can be read, and their texts. Anything else has no members.
pub(crate) fn members(raw: &str) -> Vec<(Option<String>, &RawValue)> {
    serde_json::Deserializer::from_str(raw)
        .deserialize_any(Members)
        .unwrap_or_default()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Option<String>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            // A name may hold escapes, and may not be a valid text.
            members.push((serde_json::from_str(name.get()).ok(), value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::attached;

    /// Ids and names.
    fn read(raw: &str) -> Vec<(Option<String>, Option<String>)> {
        let files = attached(raw).into_iter();
        files.map(|file| (file.file_id, file.name)).collect()
    }

    fn named(id: &str, name: &str) -> (Option<String>, Option<String>) {
        (Some(id.to_owned()), Some(name.to_owned()))
    }

    #[test]
    fn a_file_of_a_message_that_is_odd_elsewhere_is_found() {
        let odd = r#"{"message":7,"x\ud83d":"half \ud83d","fil\u0065s":[{"file_id":"a","file_name":"n"}]}"#;
        assert_eq!(read(odd), [named("a", "n")]);
    }

    #[test]
    fn siblings_of_an_odd_file_are_found_and_so_is_it() {
        let odd = r#"{"files":["text",null,{},{"file_id":"a","file_name":"n","file_size":{"x":1}},
            {"file_id":12,"file_name":"half \ud83d"},{"file_id":"","file_name":"n"},{"file_id":["b"],"file_name":"m"}]}"#;
        let nameless = |name: &str| (None, Some(name.to_owned()));
        let expected = [
            named("a", "n"),
            named("12", "half \\ud83d"),
            nameless("n"),
            nameless("m"),
        ];
        assert_eq!(read(odd), expected);
    }

    #[test]
    fn files_may_be_one_object() {
        let one = r#"{"files":{"file_id":"a","file_name":"n","download_url":"https://x"}}"#;
        assert_eq!(read(one), [named("a", "n")]);
        assert_eq!(attached(one)[0].link.as_deref(), Some("https://x"));
        for none in [r#"{"files":"odd"}"#, r#"{"files":null}"#, "[1]", "{"] {
            assert!(attached(none).is_empty(), "{none}");
        }
    }
}
