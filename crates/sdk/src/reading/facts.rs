//! The facts of an answered window, and the counts of its entries.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{clean::Cleaned, plan::Unit, source::Reading};
use crate::{
    Coverage, EntryKind, HarvestSummary, Options,
    dates::{AnsweredWindow, RunId, Window},
};

/// The facts of an answered window: a ledger stores them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WindowFacts {
    /// The run that read it; [`Coverage`](crate::Coverage) joins windows of one run only.
    pub run: RunId,
    /// The session.
    pub session_id: Arc<str>,
    /// The dates that the plan asked for.
    pub asked: Window,
    /// The dates that Zoom answered, and when.
    pub answered: AnsweredWindow,
    /// What was asked for in addition to the messages.
    pub options: Options,
    /// Pages read, repeated ones included.
    pub pages: u32,
    /// How often the window was read from its start again, because a page token had expired.
    pub restarts: u32,
    /// How often it was read again, because messages vanished while it was read.
    pub rereads: u32,
    /// Whether nothing vanished in the last reading; otherwise the window proves nothing.
    pub settled: bool,
    /// Whether one page held everything, or two readings agree. Otherwise a message that vanished
    /// during the reading, without being listed as deleted, may have hidden another one.
    pub confirmed: bool,
    /// New entries of `messages`.
    pub sent: u64,
    /// New entries of `edited_messages`.
    pub edited: u64,
    /// New entries of `deleted_messages`.
    pub deleted: u64,
    /// Entries that came again with other content.
    pub changed: u64,
    /// Entries that came again unchanged, and were dropped.
    pub duplicates: u64,
    /// Entries outside the range, from padding days, which were dropped.
    pub outside: u64,
    /// Entries without a plausible time, or with two times that contradict each other, which were kept.
    pub unplaceable: u64,
    /// Entries that do not fit their type, which were kept.
    pub undecodable: u64,
    /// When the oldest message among them was sent.
    pub first_sent_at: Option<DateTime<Utc>>,
    /// When the newest message among them was sent.
    pub last_sent_at: Option<DateTime<Utc>>,
    /// Zoom's tracking id of the first request, for its support.
    pub tracking_id: Option<String>,
}

impl WindowFacts {
    pub(crate) fn new(
        run: RunId,
        session_id: Arc<str>,
        options: &Options,
        unit: &Unit,
        reading: Reading,
        counts: Counts,
    ) -> Self {
        Self {
            run,
            session_id,
            asked: unit.window,
            answered: reading.answered(unit),
            options: options.clone(),
            pages: reading.pages,
            restarts: reading.restarts,
            rereads: reading.rereads,
            settled: reading.settled,
            confirmed: reading.confirmed,
            sent: counts.sent,
            edited: counts.edited,
            deleted: counts.deleted,
            changed: counts.changed,
            duplicates: counts.duplicates,
            outside: counts.outside,
            unplaceable: counts.unplaceable,
            undecodable: counts.undecodable,
            first_sent_at: counts.first_sent_at,
            last_sent_at: counts.last_sent_at,
            tracking_id: reading.tracking_id,
        }
    }

    /// The facts of a window without entries.
    #[cfg(test)]
    pub(crate) fn for_test(
        run: RunId,
        session_id: &str,
        answered: &AnsweredWindow,
        options: &Options,
    ) -> Self {
        let asked = Window::new(answered.from, answered.to);
        let unit = Unit {
            session: 0,
            stretch: 0,
            window: asked,
            keep: answered.kept,
            before: false,
            after: false,
        };
        let reading = Reading {
            accepted: asked,
            as_of: answered.as_of,
            tracking_id: None,
            floor_shown: answered.floor_shown,
            sure_day: answered.from,
            pages: 1,
            restarts: 0,
            rereads: 0,
            settled: true,
            confirmed: true,
        };
        let counts = Counts::default();
        Self::new(run, session_id.into(), options, &unit, reading, counts)
    }
}

/// Counts of the entries of a window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) changed: u64,
    pub(crate) duplicates: u64,
    pub(crate) outside: u64,
    pub(crate) unplaceable: u64,
    pub(crate) undecodable: u64,
    pub(crate) first_sent_at: Option<DateTime<Utc>>,
    pub(crate) last_sent_at: Option<DateTime<Utc>>,
}

impl Counts {
    pub(crate) fn given(&mut self, cleaned: &Cleaned, is_changed: bool) {
        let entry = &cleaned.entry;
        match entry.kind() {
            _ if is_changed => self.changed += 1,
            EntryKind::Sent => self.sent += 1,
            EntryKind::Edited => self.edited += 1,
            EntryKind::Deleted => self.deleted += 1,
        }
        self.unplaceable += u64::from(cleaned.at.is_none());
        self.undecodable += u64::from(entry.message().is_err());
        if let (EntryKind::Sent, Some(at)) = (entry.kind(), cleaned.at) {
            self.first_sent_at = Some(self.first_sent_at.map_or(at, |first| first.min(at)));
            self.last_sent_at = self.last_sent_at.max(Some(at));
        }
    }
}

impl HarvestSummary {
    /// Adds a window that was read.
    pub(crate) fn add(&mut self, facts: &WindowFacts) {
        self.windows_done += 1;
        self.windows_unconfirmed += u64::from(!facts.confirmed);
        self.sent += facts.sent;
        self.edited += facts.edited;
        self.deleted += facts.deleted;
        self.changed += facts.changed;
        self.duplicates += facts.duplicates;
        self.outside += facts.outside;
        self.unplaceable += facts.unplaceable;
        self.undecodable += facts.undecodable;
    }
}

impl Coverage {
    /// Adds an answered window. A window that kept changing while it was read proves nothing, and is ignored.
    pub fn record(&mut self, facts: &WindowFacts) {
        if facts.settled {
            self.add(
                &facts.session_id,
                &facts.options,
                facts.run,
                facts.answered.clone(),
            );
        }
    }
}
