//! Cleans pages of messages: keeps the entries that belong to the range, and drops those seen before.

use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry as Slot},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use zoom_chat_reports_api::{Captured, types::ChatMessage, types::ChatMessagesPage};

use super::{
    fingerprint::{Fingerprint, Hasher},
    placement::{Placement, differ, may_hold, place, possible},
    source::{Kind, Manner, PageBody, Source, Taken},
};
use crate::{
    Entry, EntryKind,
    dates::{Interval, Window, horizon::Today},
    model::options::{Axis, IncludeField, Options},
    transport::operations::{MessagesRequest, Place, date},
};

/// A question: the messages of a session.
#[derive(Clone, Debug)]
pub(crate) struct MessagesOf {
    pub(crate) session_id: Arc<str>,
    pub(crate) options: Arc<Options>,
}

impl MessagesOf {
    pub(crate) fn at(&self, place: Place) -> MessagesRequest {
        MessagesRequest {
            session_id: self.session_id.clone(),
            options: self.options.clone(),
            place,
        }
    }

    /// The same question, but with deleted messages: they show whether other messages moved from one page
    /// to another during the reading.
    fn with_deletions(&self) -> Self {
        let mut options = self.options.as_ref().clone();
        options.include.insert(IncludeField::DeletedMessages);
        Self {
            session_id: self.session_id.clone(),
            options: Arc::new(options),
        }
    }

    fn wants(&self, kind: EntryKind) -> bool {
        let include = &self.options.include;
        match kind {
            EntryKind::Sent => true,
            EntryKind::Edited => include.contains(&IncludeField::EditedMessages),
            EntryKind::Deleted => include.contains(&IncludeField::DeletedMessages),
        }
    }
}

impl PageBody for ChatMessagesPage {
    fn next_page_token(&self) -> Option<&str> {
        let token = self.next_page_token.as_deref();
        token.filter(|token| !token.is_empty())
    }

    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (date(self.from), date(self.to))
    }
}

/// A digest of a message or deletion, identical in every process.
fn stable_digest(entry: &Entry) -> u64 {
    let keys = entry.keys();
    let mut digest = Sha256::new();
    digest.update(format!("{} {:?} ", entry.kind(), keys.timestamp));
    digest.update(keys.id.as_deref().unwrap_or(entry.raw()));
    let digest = digest.finalize();
    u64::from_be_bytes(*digest.first_chunk().expect("32 bytes"))
}

/// The items of a page, by its arrays.
pub(crate) fn items(
    page: ChatMessagesPage,
) -> impl Iterator<Item = (EntryKind, Captured<ChatMessage>)> {
    let of =
        |kind, items: Option<Vec<_>>| items.into_iter().flatten().map(move |item| (kind, item));
    of(EntryKind::Sent, page.messages)
        .chain(of(EntryKind::Edited, page.edited_messages))
        .chain(of(EntryKind::Deleted, page.deleted_messages))
}

/// An entry of a window, with its fingerprint.
#[derive(Debug)]
pub(crate) struct Cleaned {
    pub(crate) entry: Entry,
    pub(crate) fingerprint: Fingerprint,
    /// Its instant; `None` if it has no plausible one.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Whether it has no plausible time, or two times that contradict each other: then windows may
    /// place it differently.
    pub(crate) doubtful: bool,
    /// Whether it came before, with other content.
    pub(crate) changed: bool,
}

/// How many entries were not given out, by reason.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dropped {
    pub(crate) duplicates: u64,
    pub(crate) outside: u64,
}

/// Cleans the pages of one window.
pub(crate) struct Messages {
    /// The caller's question; Zoom may be asked for more.
    question: MessagesOf,
    asked: MessagesOf,
    keep: Option<Interval>,
    near: Interval,
    possible: Interval,
    hasher: Hasher,
    seen: Seen,
    manner: Manner,
    pub(crate) dropped: Dropped,
    /// Sent messages of the last two whole readings, if these must agree.
    readings: Option<Readings>,
    /// Sent messages of the first page of the last reading.
    first_page: Option<HashSet<u128>>,
    deleted: HashSet<u64>,
    /// Whether the current page is a first page, and the sent messages on it.
    is_first_page: bool,
    on_page: HashSet<u128>,
    new_on_page: usize,
}

/// The sent messages of a reading: id and time of each, by key.
type SentKeys = HashMap<u128, (u64, Option<DateTime<Utc>>)>;

/// Readings of one piece. A reading that broke off or began in the middle is not compared.
#[derive(Debug, Default)]
struct Readings {
    under_way: SentKeys,
    from_its_start: bool,
    whole: VecDeque<SentKeys>,
}

impl Messages {
    /// Entries outside `keep` are cut; `None` takes the window as Zoom gives it.
    pub(crate) fn new(
        question: MessagesOf,
        window: Window,
        keep: Option<Interval>,
        today: Today,
        hasher: Hasher,
        confirm: bool,
    ) -> Self {
        Self {
            asked: match keep {
                Some(_) => question.with_deletions(),
                None => question.clone(),
            },
            question,
            keep,
            near: may_hold(window),
            possible: possible(today),
            hasher,
            seen: Seen::default(),
            manner: Manner::First,
            dropped: Dropped::default(),
            readings: confirm.then(Readings::default),
            first_page: None,
            deleted: HashSet::new(),
            is_first_page: false,
            on_page: HashSet::new(),
            new_on_page: 0,
        }
    }

    /// How many sent messages left the first page without being pushed off by new ones.
    fn lacking(&self) -> usize {
        let before = self.first_page.iter().flatten();
        let left = before.filter(|key| !self.on_page.contains(*key)).count();
        left.saturating_sub(self.new_on_page)
    }

    fn entry(&mut self, kind: EntryKind, item: Captured<ChatMessage>, taken: &mut Taken<Cleaned>) {
        let entry = Entry::new(kind, self.question.session_id.clone(), item);
        let fingerprint = self.hasher.fingerprint(&entry);
        let novelty = self.seen.note(fingerprint);
        #[expect(clippy::cast_possible_truncation, reason = "a hash of a hash")]
        let short = fingerprint.key as u64;
        taken.digest = taken.digest.wrapping_add(short);
        if kind == EntryKind::Sent
            && let Some(readings) = &mut self.readings
        {
            let message = (fingerprint.message, entry.sent_at());
            readings.under_way.insert(fingerprint.key, message);
        }
        // Entries of padding days, and those that the caller did not ask for, count too: they also move pages.
        if self.is_first_page && kind != EntryKind::Edited {
            let digest = stable_digest(&entry);
            taken.stable_digest = taken.stable_digest.wrapping_add(digest);
        }
        if self.is_first_page && kind == EntryKind::Sent {
            self.on_page.insert(fingerprint.key);
            self.new_on_page += usize::from(novelty == Novelty::New);
        }
        if kind == EntryKind::Deleted && novelty == Novelty::New {
            self.deleted.insert(fingerprint.message);
            taken.deletions.push(entry.modified_at());
        }
        // A change is not progress: a field that differs in every answer would never end.
        taken.gained |= novelty == Novelty::New;
        if self.keep.is_some() && !self.question.wants(kind) {
            return;
        }
        if novelty == Novelty::Duplicate {
            self.dropped.duplicates += u64::from(self.manner == Manner::First);
            return;
        }
        let times = self.times(&entry);
        let placement = match self.keep {
            Some(keep) => place(times, keep, self.near, self.possible),
            None => entry
                .sent_at()
                .map_or(Placement::Unplaceable, Placement::At),
        };
        let at = match placement {
            Placement::At(at) => Some(at),
            Placement::Unplaceable => None,
            Placement::Outside => {
                self.dropped.outside += 1;
                return;
            }
        };
        taken.items.push(Cleaned {
            entry,
            fingerprint,
            at,
            doubtful: at.is_none() || differ(times),
            changed: novelty == Novelty::Changed,
        });
    }

    /// The times that may place an entry in a range.
    fn times(&self, entry: &Entry) -> [Option<DateTime<Utc>>; 2] {
        let by_action =
            self.question.options.axis == Axis::Modified && entry.kind() != EntryKind::Sent;
        if by_action {
            return [entry.modified_at(), None];
        }
        let keys = entry.keys();
        let timestamp = keys.timestamp.and_then(DateTime::from_timestamp_millis);
        [timestamp, keys.date_time]
    }
}

impl Source for Messages {
    type Request = MessagesRequest;
    type Item = Cleaned;
    const ITEMS_VANISH: bool = true;
    const KIND: Kind = Kind::Messages;

    fn name(&self) -> &Arc<str> {
        &self.question.session_id
    }

    fn at(&self, place: Place) -> MessagesRequest {
        self.asked.at(place)
    }

    fn begin(&mut self, manner: Manner) {
        self.manner = manner;
        if manner != Manner::Check {
            self.first_page = None;
        }
        if let Some(readings) = &mut self.readings {
            readings.under_way.clear();
            readings.from_its_start = manner != Manner::Resumed;
        }
    }

    fn is_whole(&mut self) {
        let Some(readings) = &mut self.readings else {
            return;
        };
        if readings.from_its_start {
            let whole = std::mem::take(&mut readings.under_way);
            readings.whole.push_front(whole);
            readings.whole.truncate(2);
        }
    }

    fn take(&mut self, page: ChatMessagesPage) -> Taken<Cleaned> {
        self.is_first_page = match self.manner {
            Manner::Check => true,
            Manner::Resumed => false,
            Manner::First | Manner::Again => self.first_page.is_none(),
        };
        self.on_page.clear();
        self.new_on_page = 0;
        let mut taken = Taken {
            items: Vec::new(),
            gained: false,
            digest: 0,
            stable_digest: 0,
            lacking: 0,
            deletions: Vec::new(),
        };
        for (kind, item) in items(page) {
            self.entry(kind, item, &mut taken);
        }
        if self.manner == Manner::Check {
            taken.lacking = self.lacking();
        } else if self.is_first_page {
            self.first_page = Some(std::mem::take(&mut self.on_page));
        }
        taken
    }

    fn agrees(&self, settled: DateTime<Utc>) -> bool {
        let whole = self.readings.iter().flat_map(|readings| &readings.whole);
        let [this, before] = whole.collect::<Vec<_>>()[..] else {
            return false;
        };
        let still_there = before
            .iter()
            .all(|(key, (message, _))| this.contains_key(key) || self.deleted.contains(message));
        let nothing_old_is_new = this
            .iter()
            .filter(|(key, _)| !before.contains_key(*key))
            .all(|(_, (_, sent))| sent.is_some_and(|sent| sent >= settled));
        still_there && nothing_old_is_new
    }
}

/// How an entry relates to those seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Novelty {
    /// Its key is new.
    New,
    /// Its key is known, but its content is new: the message changed meanwhile.
    Changed,
    /// Both are known.
    Duplicate,
}

/// The entries seen before, as hashes.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    contents: HashMap<u128, u64>,
    /// Other contents of keys that changed.
    changed: HashSet<(u128, u64)>,
}

impl Seen {
    pub(crate) fn note(&mut self, fingerprint: Fingerprint) -> Novelty {
        let Fingerprint { key, content, .. } = fingerprint;
        match self.contents.entry(key) {
            Slot::Vacant(slot) => {
                slot.insert(content);
                Novelty::New
            }
            Slot::Occupied(known) if *known.get() == content => Novelty::Duplicate,
            Slot::Occupied(_) if self.changed.insert((key, content)) => Novelty::Changed,
            Slot::Occupied(_) => Novelty::Duplicate,
        }
    }
}

#[cfg(test)]
#[path = "clean_tests.rs"]
mod tests;
