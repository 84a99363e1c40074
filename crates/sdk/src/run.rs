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

impl MessagesOf {
    /// The same question, for deleted messages too: without them, nobody could tell whether others
    /// moved from one page to another while they were read.
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
    /// As it was asked of us; the chain may ask Zoom for more.
    question: MessagesOf,
    keep: Option<Interval>,
    sieve: Sieve,
    inner: Arc<Inner>,
    /// Entries that the window before may bring as well, with what they are in this one.
    waiting: Vec<(Entry, Seen)>,
    new_deletions: Vec<Deletion>,
    /// Whether the piece was begun by an earlier run, whose pages this one does not know.
    resumed: bool,
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
                match keep {
                    Some(_) => question.with_deletions(),
                    None => question.clone(),
                },
                window,
                page_size,
                keep.is_some(),
            ),
            counts: Counts::default(),
            question,
            keep,
            sieve,
            inner,
            waiting: Vec::new(),
            new_deletions: Vec::new(),
            resumed: false,
            phase: Phase::Reading,
            rereads: 0,
            settled: true,
        }
    }

    /// Goes on with a page token of an earlier run.
    pub(crate) fn resume(&mut self, token: Option<String>) {
        self.resumed = token.is_some();
        self.chain.resume(token);
    }

    /// The entries of the next page, without what was seen before and what lies outside; `None` at the end.
    ///
    /// Pages read again that bring nothing new are passed over.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        loop {
            let Some(page) = self.chain.next().await? else {
                return Ok(None);
            };
            let again = self.reads_again();
            let waiting = self.waiting.len();
            let entries = self.clean(page);
            self.chain
                .gained(!entries.is_empty() || self.waiting.len() > waiting);
            self.settle();
            if !(again && entries.is_empty()) {
                return Ok(Some(entries));
            }
        }
    }

    /// Whether [`give_waiting`](Self::give_waiting) can tell which entries belong to this window.
    pub(crate) fn knows_its_own(&self) -> bool {
        self.sieve.is_settled()
    }

    /// After the last page: the entries that the window before did not bring.
    pub(crate) fn give_waiting(&mut self) -> Vec<Entry> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting
            .into_iter()
            .filter_map(|(entry, own)| self.give(entry, own))
            .collect()
    }

    /// All its entries have been given: the window after it need not bring them.
    pub(crate) fn end(&mut self) {
        self.sieve.end();
    }

    /// Whether nothing vanished while it was read, so that its answer is whole.
    pub(crate) fn settled(&self) -> bool {
        self.settled
    }

    /// The instants that entries are kept for, if any are cut.
    pub(crate) fn kept(&self) -> Option<Interval> {
        self.keep
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
        // Those of the padding days count here too, and those not asked of us: they move pages as well.
        if kind == EntryKind::Deleted && seen == Seen::New {
            self.new_deletions.push(Deletion {
                at: entry.modified_at(),
                first_page: self.chain.is_first_page(),
            });
        }
        if self.keep.is_some() && !self.question.wants(kind) {
            return None;
        }
        if seen == Seen::Duplicate {
            self.count_duplicate();
            return None;
        }
        if let (Some(keep), Some(at)) = (self.keep, self.place_in_time(&entry))
            && !keep.contains(at)
        {
            self.counts.outside += 1;
            return None;
        }
        self.sieve.bring(&entry);
        if self.sieve.must_wait(&entry) {
            self.waiting.push((entry, seen));
            return None;
        }
        self.give(entry, seen)
    }

    /// Gives an entry unless the window before has brought it.
    fn give(&mut self, entry: Entry, own: Seen) -> Option<Entry> {
        let seen = self.sieve.judge(&entry, own);
        if seen == Seen::Duplicate {
            self.count_duplicate();
            return None;
        }
        let without_time = self.place_in_time(&entry).is_none();
        self.count(&entry, seen, without_time);
        Some(entry)
    }

    /// Whether pages come that were read before.
    fn reads_again(&self) -> bool {
        self.chain.restarts() > 0 || self.rereads > 0 || self.is_checking()
    }

    fn count_duplicate(&mut self) {
        if self.reads_again() {
            return;
        }
        self.counts.duplicates += 1;
        self.inner.caller.counters().duplicate(1);
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
        let resumed = std::mem::take(&mut self.resumed);
        if ended.pages == 1 || resumed || self.keep.is_none() {
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
