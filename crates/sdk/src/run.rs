//! One window of a session: its pages, cleaned.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use zoom_chat_reports_api::{Captured, types::ChatMessage, types::ChatMessagesPage};

use crate::{
    Entry, EntryKind, Result,
    chain::{Chain, EndedPiece, Page, Question},
    client::Inner,
    include::{Axis, IncludeField, Options},
    requests::{MessagesRequest, Place, date},
    sieve::{Seen, Sieve},
    window::{Interval, Window},
};

/// How often a window is read again because entries vanished while it was read.
const REREADS: u32 = 3;
/// How much earlier than the reading a deletion may claim to be and still have disturbed it.
const DISTURBANCE: TimeDelta = TimeDelta::hours(1);

/// The messages of a session, as a question.
#[derive(Clone)]
pub(crate) struct MessagesOf {
    pub(crate) session_id: Arc<str>,
    pub(crate) options: Arc<Options>,
}

impl Question for MessagesOf {
    type Request = MessagesRequest;

    fn at(&self, place: Place) -> MessagesRequest {
        MessagesRequest {
            session_id: self.session_id.clone(),
            options: self.options.clone(),
            place,
        }
    }
}

impl Page for ChatMessagesPage {
    fn next_page_token(&self) -> Option<&str> {
        self.next_page_token
            .as_deref()
            .filter(|token| !token.is_empty())
    }

    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (date(self.from), date(self.to))
    }
}

/// Counts of what a window brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) changed: u64,
    pub(crate) duplicates: u64,
    pub(crate) outside: u64,
    pub(crate) without_time: u64,
    pub(crate) undecodable: u64,
    pub(crate) first_sent_at: Option<DateTime<Utc>>,
    pub(crate) last_sent_at: Option<DateTime<Utc>>,
}

/// One window of a session as it is read.
pub(crate) struct WindowRun {
    pub(crate) chain: Chain<MessagesOf>,
    pub(crate) counts: Counts,
    question: MessagesOf,
    keep: Option<Interval>,
    sieve: Sieve,
    inner: Arc<Inner>,
    new_deletions: Vec<Deletion>,
    phase: Phase,
    rereads: u32,
    settled: bool,
}

/// A deletion that was not known before.
#[derive(Clone, Copy, Debug)]
struct Deletion {
    at: Option<DateTime<Utc>>,
    /// Whether it came on the first page of a reading, and so before the others were read.
    first_page: bool,
}

/// What the next page is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Reading,
    /// The first page once more, to see whether anything was deleted since.
    Checking,
}

impl WindowRun {
    /// Reads a window; `keep` cuts what lies outside, `None` takes it as Zoom gives it.
    pub(crate) fn new(
        inner: Arc<Inner>,
        question: MessagesOf,
        window: Window,
        page_size: u32,
        keep: Option<Interval>,
        sieve: Sieve,
    ) -> Self {
        Self {
            chain: Chain::new(
                inner.clone(),
                question.clone(),
                window,
                page_size,
                keep.is_some(),
            ),
            counts: Counts::default(),
            question,
            keep,
            sieve,
            inner,
            new_deletions: Vec::new(),
            phase: Phase::Reading,
            rereads: 0,
            settled: true,
        }
    }

    /// The entries of the next page, without what was seen before and what lies outside; `None` at the end.
    ///
    /// Pages read again that bring nothing new are passed over.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        loop {
            let Some(page) = self.chain.next().await? else {
                return Ok(None);
            };
            let again = self.chain.restarts() > 0 || self.rereads > 0 || self.is_checking();
            let entries = self.clean(page);
            self.chain.gained(!entries.is_empty());
            self.settle();
            if !(again && entries.is_empty()) {
                return Ok(Some(entries));
            }
        }
    }

    /// Whether nothing vanished while it was read, so that its answer is whole.
    pub(crate) fn settled(&self) -> bool {
        self.settled
    }

    /// Whether the account shows its floor, as far as is known by now.
    pub(crate) fn floor_shown(&self) -> bool {
        self.inner.reach().shows_floor()
    }

    pub(crate) fn rereads(&self) -> u32 {
        self.rereads
    }

    pub(crate) fn question(&self) -> &MessagesOf {
        &self.question
    }

    fn clean(&mut self, page: ChatMessagesPage) -> Vec<Entry> {
        let arrays = [
            (EntryKind::Sent, page.messages),
            (EntryKind::Edited, page.edited_messages),
            (EntryKind::Deleted, page.deleted_messages),
        ];
        let mut entries = Vec::new();
        for (kind, items) in arrays {
            for item in items.unwrap_or_default() {
                entries.extend(self.keep(kind, item));
            }
        }
        entries
    }

    fn keep(&mut self, kind: EntryKind, item: Captured<ChatMessage>) -> Option<Entry> {
        let entry = Entry::new(kind, self.question.session_id.clone(), item);
        let seen = self.sieve.note(&entry);
        if seen == Seen::Duplicate {
            self.counts.duplicates += 1;
            self.inner.caller.counters().duplicate(1);
            return None;
        }
        // Those of the padding days count here too: they move pages as well.
        if kind == EntryKind::Deleted && seen == Seen::New {
            self.new_deletions.push(Deletion {
                at: entry.modified_at(),
                first_page: self.chain.is_first_page(),
            });
        }
        let place = self.place_in_time(&entry);
        if let (Some(keep), Some(at)) = (self.keep, place)
            && !keep.contains(at)
        {
            self.counts.outside += 1;
            return None;
        }
        self.count(&entry, seen, place.is_none());
        Some(entry)
    }

    /// The instant that decides whether an entry lies in the range; one without is kept.
    fn place_in_time(&self, entry: &Entry) -> Option<DateTime<Utc>> {
        let by_action =
            self.question.options.axis == Axis::Modified && entry.kind() != EntryKind::Sent;
        if by_action {
            entry.modified_at()
        } else {
            entry.sent_at()
        }
    }

    fn count(&mut self, entry: &Entry, seen: Seen, without_time: bool) {
        let counts = &mut self.counts;
        match entry.kind() {
            _ if seen == Seen::Changed => counts.changed += 1,
            EntryKind::Sent => counts.sent += 1,
            EntryKind::Edited => counts.edited += 1,
            EntryKind::Deleted => counts.deleted += 1,
        }
        counts.without_time += u64::from(without_time);
        counts.undecodable += u64::from(entry.message().is_err());
        if entry.kind() == EntryKind::Sent
            && let Some(at) = entry.sent_at()
        {
            counts.first_sent_at = Some(counts.first_sent_at.map_or(at, |first| first.min(at)));
            counts.last_sent_at = Some(counts.last_sent_at.map_or(at, |last| last.max(at)));
        }
    }

    fn is_checking(&self) -> bool {
        self.phase == Phase::Checking
    }

    /// Reads a piece again if a deletion may have moved entries from one page to another meanwhile.
    ///
    /// Paging by offset skips an entry when an earlier one vanishes between two
    /// pages. Deletions may all stand on the first page, so after several pages
    /// that one is read once more: it shows those made in between.
    fn settle(&mut self) {
        let knows_deletions = self
            .question
            .options
            .include
            .contains(&IncludeField::DeletedMessages);
        if self.is_checking() {
            self.phase = Phase::Reading;
            if self.new_deletions.is_empty() {
                self.chain.leave_piece();
            } else {
                self.reread();
            }
            return;
        }
        let Some(ended) = self.chain.ended() else {
            return;
        };
        let new = std::mem::take(&mut self.new_deletions);
        if ended.pages == 1 || !knows_deletions {
            return;
        }
        if new.iter().any(|deletion| deletion.disturbs(ended)) {
            self.reread();
        } else {
            self.phase = Phase::Checking;
            self.chain.read_again();
        }
    }

    /// Reads the piece once more, unless that has been done too often.
    fn reread(&mut self) {
        if self.rereads == REREADS {
            self.settled = false;
            self.chain.leave_piece();
            return;
        }
        self.rereads += 1;
        self.chain.read_again();
    }
}

impl Deletion {
    /// Whether it may have moved entries while a piece was read.
    fn disturbs(self, ended: EndedPiece) -> bool {
        match self.at {
            Some(at) => at >= ended.began - DISTURBANCE,
            None => !self.first_page,
        }
    }
}
