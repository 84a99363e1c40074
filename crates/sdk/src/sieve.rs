//! Each entry once: what was seen before is dropped, by identity and content.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{Entry, EntryKind};

/// Hashes entries; randomly keyed, so that nobody can prepare a collision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasher {
    high: RandomState,
    low: RandomState,
}

impl Hasher {
    /// The entry's key: session (by the set it is in), kind, id and times; with
    /// the content where a part is missing, since two edits of one message
    /// would else fall together.
    fn key(&self, entry: &Entry, content: u64) -> u128 {
        let keys = entry.keys();
        let action = (entry.kind() != EntryKind::Sent).then_some(keys.action_timestamp);
        let whole = keys.id.is_some() && keys.timestamp.is_some() && action != Some(None);
        let parts = (
            entry.kind(),
            keys.id.as_deref(),
            keys.timestamp,
            action,
            (!whole).then_some(content),
        );
        u128::from(self.high.hash_one(parts)) << 64 | u128::from(self.low.hash_one(parts))
    }

    fn content(&self, entry: &Entry) -> u64 {
        let mut parts = without_download_urls(entry.raw());
        match (parts.next(), parts.next()) {
            (Some(only), None) => self.low.hash_one(only),
            (first, second) => self.low.hash_one(
                first
                    .into_iter()
                    .chain(second)
                    .chain(parts)
                    .collect::<Vec<&str>>(),
            ),
        }
    }
}

/// The text without its `download_url`s, which are signed anew in every answer.
///
/// Works on the text itself, so that it does for items that do not decode as
/// well. Inside a JSON string a quote is escaped, so the quoted name can only
/// be a name.
fn without_download_urls(raw: &str) -> impl Iterator<Item = &str> {
    const NAME: &str = "\"download_url\"";
    let mut rest = Some(raw);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some(at) = text.find(NAME) else {
            return Some(text);
        };
        let (before, after) = text.split_at(at + NAME.len());
        rest = Some(after_string(after).unwrap_or(after));
        Some(before)
    })
}

/// What follows a colon and a JSON string.
fn after_string(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix(':')?.trim_start();
    let text = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(&text[end + 1..])
}

/// What an entry is to a set of those seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Its key is new.
    New,
    /// Its key is known, its content is not: the message changed meanwhile.
    Changed,
    /// Both are known.
    Duplicate,
}

/// The entries seen in one unit, as 128-bit hashes.
#[derive(Debug)]
pub(crate) struct Sieve {
    hasher: Hasher,
    seen: HashMap<u128, u64>,
    seams: Vec<Arc<Seam>>,
}

impl Sieve {
    /// A sieve for one unit of a session; seams are shared with its neighbours.
    pub(crate) fn new(hasher: Hasher, seams: Vec<Arc<Seam>>) -> Self {
        Self {
            hasher,
            seen: HashMap::new(),
            seams,
        }
    }

    /// Notes an entry and says what it is.
    pub(crate) fn note(&mut self, entry: &Entry) -> Seen {
        let content = self.hasher.content(entry);
        let key = self.hasher.key(entry, content);
        let own = note(&mut self.seen, key, content);
        let seam = self.seams.iter().filter(|seam| seam.holds(entry));
        // An entry is new only if no neighbour has brought it; every seam gets to know it.
        let shared = seam.map(|seam| seam.note(key, content)).collect::<Vec<_>>();
        match own {
            Seen::New => shared
                .into_iter()
                .find(|seen| *seen != Seen::New)
                .unwrap_or(Seen::New),
            own => own,
        }
    }
}

fn note(seen: &mut HashMap<u128, u64>, key: u128, content: u64) -> Seen {
    match seen.insert(key, content) {
        None => Seen::New,
        Some(known) if known == content => Seen::Duplicate,
        Some(_) => Seen::Changed,
    }
}

/// The entries near a date that two windows of a session share.
#[derive(Debug)]
pub(crate) struct Seam {
    near: crate::window::Interval,
    seen: Mutex<HashMap<u128, u64>>,
}

impl Seam {
    /// A seam at a shared date, as wide as either window may answer for it.
    pub(crate) fn at(date: chrono::NaiveDate) -> Arc<Self> {
        let midnight = crate::range::midnight(date);
        let day = chrono::TimeDelta::days(1);
        Arc::new(Self {
            near: crate::window::Interval::new(
                midnight - crate::window::EARLIEST_MIDNIGHT,
                midnight + day + crate::window::LATEST_MIDNIGHT,
            ),
            seen: Mutex::default(),
        })
    }

    /// Whether both windows may bring this entry; one without a time always may.
    fn holds(&self, entry: &Entry) -> bool {
        [entry.sent_at(), entry.modified_at()]
            .into_iter()
            .flatten()
            .any(|at| self.near.contains(at))
            || entry.sent_at().is_none()
    }

    fn note(&self, key: u128, content: u64) -> Seen {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        note(&mut seen, key, content)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hasher, Seam, Seen, Sieve, without_download_urls};
    use crate::{Entry, EntryKind};

    fn entry(kind: EntryKind, raw: &str) -> Entry {
        Entry::new(kind, "s".into(), serde_json::from_str(raw).expect("JSON"))
    }

    fn sieve() -> Sieve {
        Sieve::new(Hasher::default(), Vec::new())
    }

    #[test]
    fn a_newly_signed_url_is_no_change() {
        let mut sieve = sieve();
        let signed = |jwt: &str| {
            let raw = format!(
                r#"{{"id":"a","timestamp":1,"files":[{{"download_url" : "https://x/?a=\"{jwt}","file_id":"f"}}]}}"#
            );
            entry(EntryKind::Sent, &raw)
        };
        assert_eq!(sieve.note(&signed("one")), Seen::New);
        assert_eq!(sieve.note(&signed("two")), Seen::Duplicate);
    }

    #[test]
    fn other_content_under_a_known_key_is_a_change() {
        let mut sieve = sieve();
        let first = entry(EntryKind::Sent, r#"{"id":"a","timestamp":1,"message":"x"}"#);
        let second = entry(EntryKind::Sent, r#"{"id":"a","timestamp":1,"message":"y"}"#);
        assert_eq!(sieve.note(&first), Seen::New);
        assert_eq!(sieve.note(&second), Seen::Changed);
        assert_eq!(sieve.note(&second), Seen::Duplicate);
    }

    #[test]
    fn edits_without_an_action_timestamp_stay_apart_by_content() {
        let mut sieve = sieve();
        for text in ["x", "y"] {
            let raw = format!(r#"{{"id":"a","timestamp":1,"message":"{text}"}}"#);
            assert_eq!(
                sieve.note(&entry(EntryKind::Edited, &raw)),
                Seen::New,
                "{text}"
            );
        }
    }

    #[test]
    fn kinds_stay_apart() {
        let mut sieve = sieve();
        let raw = r#"{"id":"a","timestamp":1,"action_timestamp":2}"#;
        for kind in [EntryKind::Sent, EntryKind::Edited, EntryKind::Deleted] {
            assert_eq!(sieve.note(&entry(kind, raw)), Seen::New, "{kind}");
        }
    }

    #[test]
    fn two_windows_bring_an_entry_of_their_shared_date_once() {
        let hasher = Hasher::default();
        let date = chrono::NaiveDate::from_ymd_opt(1970, 1, 2).expect("a day");
        let seam = Seam::at(date);
        let raw = r#"{"id":"a","timestamp":86400000}"#;
        let mut first = Sieve::new(hasher.clone(), vec![seam.clone()]);
        let mut second = Sieve::new(hasher, vec![seam]);
        assert_eq!(first.note(&entry(EntryKind::Sent, raw)), Seen::New);
        assert_eq!(second.note(&entry(EntryKind::Sent, raw)), Seen::Duplicate);
    }

    #[test]
    fn the_cut_text_keeps_all_but_the_urls() {
        let raw = r#"{"a":"\"download_url\"","download_url":"u\\","b":{"download_url":null}}"#;
        let kept: String = without_download_urls(raw).collect();
        assert_eq!(
            kept,
            r#"{"a":"\"download_url\"","download_url","b":{"download_url":null}}"#
        );
    }
}
