//! A sync under way: what it knows, what it has seen, how a phase ended.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use zoom_chat_reports::{ChatReports, ErrorKind as ZoomKind, HarvestSummary, dates::Interval};

use super::{
    options::SyncOptions,
    query_plan::QueryPlan,
    report::{AttachmentCounts, FailedUnit},
    scrub::Scrub,
    writer::Writer,
};
use crate::{
    disk::Folder,
    error::Result,
    facts::LedgerRow,
    model::{ArchiveSettings, GapAxis, Outcome},
    proof::State,
};

/// A sync under way.
pub(crate) struct Run<'a> {
    pub(crate) writer: Writer<'a>,
    pub(crate) folder: &'a Folder,
    pub(crate) zoom: &'a ChatReports,
    pub(crate) settings: ArchiveSettings,
    pub(crate) options: SyncOptions,
    pub(crate) server_date: NaiveDate,
    pub(crate) sandbox: bool,
    /// The state that the ledger proves, updated with each row that the run appends.
    pub(crate) state: State,
    /// The windows that were read once, and are to be read again.
    pub(super) scrub: Scrub,
    /// While these windows are read: the sessions that were not answered yet.
    pub(super) scrubbing: Option<BTreeSet<Arc<str>>>,
    pub(crate) tally: Tally,
}

/// The observations of a run.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) sessions: u64,
    pub(crate) windows_done: u64,
    pub(crate) windows_failed: u64,
    /// The sessions whose windows failed.
    pub(crate) failed: HashSet<(Option<String>, GapAxis)>,
    pub(crate) failures: Vec<FailedUnit>,
    /// Whether a part of the list failed.
    pub(crate) list_failed: bool,
    /// Whether the list was read to its end, except for failures.
    pub(crate) list_read: bool,
    /// Whether a part of the whole account cannot be proven, whatever was read.
    pub(crate) in_doubt: bool,
    pub(crate) machine_clock_ahead_s: Option<i64>,
    pub(crate) api_may_have_changed: bool,
    pub(crate) attachments: AttachmentCounts,
    /// The instants that this run has read by the time sent, by session.
    pub(crate) read: HashMap<Arc<str>, Vec<(Interval, DateTime<Utc>)>>,
}

/// The end of a phase.
pub(crate) enum Ended {
    /// The phase did everything it could.
    Finished(Option<HarvestSummary>),
    /// Zoom stopped answering.
    Zoom(zoom_chat_reports::Error),
    /// The caller stopped it.
    Stopped,
}

impl Ended {
    pub(crate) fn outcome(&self, complete: bool) -> Outcome {
        match self {
            Self::Finished(_) if complete => Outcome::Complete,
            Self::Finished(_) => Outcome::Incomplete,
            Self::Zoom(error) if error.kind() == ZoomKind::DailyLimit => Outcome::DailyLimit,
            Self::Zoom(error) if error.is_transient() => Outcome::Outage,
            Self::Zoom(_) => Outcome::Failed,
            Self::Stopped => Outcome::Stopped,
        }
    }
}

impl Run<'_> {
    /// The queries of the run.
    pub(crate) fn queries(&self) -> QueryPlan<'_> {
        QueryPlan::new(self.zoom, &self.settings, self.server_date)
    }

    /// Appends a row to the ledger, and updates the state.
    pub(super) fn append(&mut self, row: &LedgerRow) -> Result<()> {
        self.append_quiet()?;
        self.writer.append(row)?;
        self.apply(row)
    }

    /// Updates the state with a row that the ledger holds already.
    pub(super) fn apply(&mut self, row: &LedgerRow) -> Result<()> {
        self.state
            .apply(self.writer.db, row, &self.settings.options)
    }

    /// Appends the rows of the windows without anything new.
    pub(super) fn append_quiet(&mut self) -> Result<()> {
        for row in self.writer.quiet.take(self.writer.db)? {
            self.writer.append(&row)?;
            self.apply(&row)?;
        }
        Ok(())
    }
}
