//! What happens in a harvest.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    Entry, Error, HarvestSummary, Options, Session,
    dates::{AnsweredWindow, Window, coverage::RunId},
    reading::{plan::Unit, source::Reading, tally::Counts},
};

/// What happens in a harvest, in the order in which it does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HarvestEvent {
    /// The list of sessions named this one; each comes once.
    SessionFound(Session),
    /// So many sessions are known, to be read in so many windows. It comes again when the list names more.
    #[non_exhaustive]
    Planned {
        /// Sessions to be read.
        sessions: usize,
        /// Windows to be read, of all sessions.
        windows: usize,
    },
    /// Entries of a window, which is not done yet.
    #[non_exhaustive]
    Entries {
        /// The window they belong to.
        window: WindowId,
        /// Those of one page, each new.
        entries: Vec<Entry>,
    },
    /// A window was read to its end; all its entries have come.
    WindowDone(Box<WindowFacts>),
    /// A window could not be read; its entries may be incomplete.
    WindowFailed(FailedWindow),
    /// All is read that could be; the last event.
    Finished(HarvestSummary),
    /// The run ended before all was read; the last event in place of [`Finished`](Self::Finished). Its gaps
    /// name what was not read. Either the run was stopped, or the error that ended it follows.
    Stopped(HarvestSummary),
}

/// Names a unit of a harvest: a session, and the dates asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WindowId {
    /// The session.
    pub session_id: Arc<str>,
    /// The dates asked for.
    pub window: Window,
}

/// The facts of an answered window: what a ledger keeps of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WindowFacts {
    /// The run that read it; [`Coverage`](crate::Coverage) joins windows of one run only.
    pub run: RunId,
    /// The session.
    pub session_id: Arc<str>,
    /// The dates that were to be asked for.
    pub asked: Window,
    /// The dates that Zoom answered, and when.
    pub answered: AnsweredWindow,
    /// What was asked for beside the messages.
    pub options: Options,
    /// Pages read, repeated ones included.
    pub pages: u32,
    /// How often the window was read from its start again, because a page token had expired.
    pub restarts: u32,
    /// How often it was read again, because messages vanished while it was read.
    pub rereads: u32,
    /// Whether nothing vanished in the last reading; if not, it proves nothing.
    pub settled: bool,
    /// Whether all was read on one page, or twice with two readings that agree. Otherwise a message
    /// that vanished unlisted while it was read may have hidden another one.
    pub confirmed: bool,
    /// New entries of `messages`.
    pub sent: u64,
    /// New entries of `edited_messages`.
    pub edited: u64,
    /// New entries of `deleted_messages`.
    pub deleted: u64,
    /// Entries that came again with other content.
    pub changed: u64,
    /// Entries that came again as they were, and were dropped.
    pub duplicates: u64,
    /// Entries outside the range that padding days brought, and that were dropped.
    pub outside: u64,
    /// Entries without a time that can be, or with two that contradict each other, which were kept.
    pub unplaceable: u64,
    /// Entries that do not fit their type, which were kept.
    pub undecodable: u64,
    /// When the oldest message among them was sent.
    pub first_sent_at: Option<DateTime<Utc>>,
    /// When the youngest message among them was sent.
    pub last_sent_at: Option<DateTime<Utc>>,
    /// Zoom's name for the first request, for its support.
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

    /// The facts of a window that brought nothing.
    #[cfg(test)]
    pub(crate) fn for_test(
        run: RunId,
        session_id: &str,
        answered: &AnsweredWindow,
        options: &Options,
    ) -> Self {
        let asked = Window {
            from: answered.from,
            to: answered.to,
        };
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

/// A window that could not be read, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailedWindow {
    /// The session; `None` where the list of sessions could not be read.
    pub session_id: Option<Arc<str>>,
    /// The dates asked for.
    pub window: Window,
    /// Why.
    pub error: Error,
}
