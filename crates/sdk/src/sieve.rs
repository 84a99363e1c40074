//! Each entry once: what was seen before is dropped, by identity and content.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry as Place},
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use crate::{
    Entry, EntryKind,
    seam::{Earlier, Seam},
};

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
    /// Further contents of keys that changed.
    changed: HashSet<(u128, u64)>,
    before: Option<Arc<Seam>>,
    after: Option<Earlier>,
}

impl Sieve {
    /// A sieve for one unit of a session, with the seams to the windows before and after it.
    pub(crate) fn new(hasher: Hasher, before: Option<Arc<Seam>>, after: Option<Arc<Seam>>) -> Self {
        Self {
            hasher,
            seen: HashMap::new(),
            changed: HashSet::new(),
            before,
            after: after.map(Earlier::of),
        }
    }

    /// Notes an entry and says what it is in this unit.
    pub(crate) fn note(&mut self, entry: &Entry) -> Seen {
        let content = self.hasher.content(entry);
        let key = self.hasher.key(entry, content);
        match self.seen.entry(key) {
            Place::Vacant(place) => {
                place.insert(content);
                Seen::New
            }
            Place::Occupied(known) if *known.get() == content => Seen::Duplicate,
            Place::Occupied(_) if self.changed.insert((key, content)) => Seen::Changed,
            Place::Occupied(_) => Seen::Duplicate,
        }
    }

    /// Tells the window after that this one brings an entry; one that is cut is not brought.
    pub(crate) fn bring(&mut self, entry: &Entry) {
        let Some(after) = self.after.as_mut().filter(|after| after.holds(entry)) else {
            return;
        };
        let content = self.hasher.content(entry);
        after.note(self.hasher.key(entry, content), content);
    }

    /// Whether only the end of the window before tells what an entry is.
    pub(crate) fn must_wait(&self, entry: &Entry) -> bool {
        !self.is_settled() && self.before.as_ref().is_some_and(|seam| seam.holds(entry))
    }

    /// Whether nothing has to wait for the window before.
    pub(crate) fn is_settled(&self) -> bool {
        self.before.as_ref().is_none_or(|seam| seam.is_settled())
    }

    /// What an entry is, the window before considered; `own` is what it is in this unit.
    pub(crate) fn judge(&self, entry: &Entry, own: Seen) -> Seen {
        let Some(seam) = self.before.as_ref().filter(|seam| seam.holds(entry)) else {
            return own;
        };
        let content = self.hasher.content(entry);
        match seam.judge(self.hasher.key(entry, content), content) {
            Seen::New => own,
            known => known,
        }
    }

    /// The unit was read to its end: what it brought counts.
    pub(crate) fn end(&mut self) {
        if let Some(after) = self.after.take() {
            after.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hasher, Seen, Sieve, without_download_urls};
    use crate::{Entry, EntryKind, seam::Seam};

    fn entry(kind: EntryKind, raw: &str) -> Entry {
        Entry::new(kind, "s".into(), serde_json::from_str(raw).expect("JSON"))
    }

    fn sieve() -> Sieve {
        Sieve::new(Hasher::default(), None, None)
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
        assert_eq!(sieve.note(&first), Seen::Duplicate);
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

    /// Two neighbours, and an entry of the date they share.
    fn neighbours() -> (Sieve, Sieve, Entry) {
        let hasher = Hasher::default();
        let date = chrono::NaiveDate::from_ymd_opt(1970, 1, 2).expect("a day");
        let seam = Seam::at(date);
        let first = Sieve::new(hasher.clone(), None, Some(seam.clone()));
        let second = Sieve::new(hasher, Some(seam), None);
        let shared = entry(EntryKind::Sent, r#"{"id":"a","timestamp":86400000}"#);
        (first, second, shared)
    }

    #[test]
    fn two_windows_bring_an_entry_of_their_shared_date_once() {
        let (mut first, mut second, shared) = neighbours();
        assert_eq!(first.note(&shared), Seen::New);
        first.bring(&shared);
        assert_eq!(second.note(&shared), Seen::New);
        assert!(second.must_wait(&shared), "the first may still bring it");
        first.end();
        assert!(!second.must_wait(&shared));
        assert_eq!(second.judge(&shared, Seen::New), Seen::Duplicate);
    }

    #[test]
    fn what_the_earlier_window_cuts_is_not_brought() {
        let (mut first, second, shared) = neighbours();
        first.note(&shared);
        first.end();
        assert_eq!(second.judge(&shared, Seen::New), Seen::New);
    }

    #[test]
    fn a_window_that_fails_takes_nothing_from_its_neighbour() {
        let (mut first, mut second, shared) = neighbours();
        first.note(&shared);
        first.bring(&shared);
        second.note(&shared);
        drop(first);
        assert!(second.is_settled());
        assert_eq!(second.judge(&shared, Seen::New), Seen::New);
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
