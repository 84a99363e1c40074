//! Short texts, JSON, and the language of search.

mod fold;
mod words;

pub use fold::fold;
pub(crate) use words::Found;
pub use words::SearchQuery;

pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the types of this crate have string keys and serialise")
}

/// A number and what it counts.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The word by which reports name a value of an enum without fields.
pub(crate) fn word<T: serde::Serialize>(value: T) -> String {
    json(&value).trim_matches('"').to_owned()
}

/// The value with this name, if there is one.
pub(crate) fn named<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}
