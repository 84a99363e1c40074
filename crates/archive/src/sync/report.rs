//! The report of a sync.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::{dates::Window, stats::Stats};

use crate::{
    model::{GapClass, ModificationsFlag, Outcome, ZoomProblem},
    proof::{GapReport, Standing},
};

/// A window that failed in a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FailedUnit {
    /// The session; null for the list of sessions.
    pub session_id: Option<String>,
    /// The dates asked for.
    pub window: Window,
    /// Whether a later run can fetch it.
    pub class: GapClass,
    /// Why.
    pub error: ZoomProblem,
}

/// Attachments in a run.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AttachmentCounts {
    /// Stored by this run.
    pub stored: u64,
    /// Bytes fetched by this run.
    pub bytes: u64,
    /// Failed in this run.
    pub failed: u64,
    /// Stored before, and lost when the run checked: requested again.
    pub lost: u64,
}

/// The report of a sync: what it stored, and what is missing. It holds counts and ids, no names and no texts.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SyncReport {
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one.
    pub sandbox: bool,
    /// The run's number in the archive.
    pub run: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// The server's date when it began.
    pub server_date: Option<NaiveDate>,
    /// Whether the list of sessions was read to its end, except for failures.
    pub list_read: bool,
    /// The seconds by which this machine's clock is ahead of Zoom's, if they differ by more than a day.
    pub machine_clock_ahead_s: Option<i64>,
    /// Whether three sessions in a row were answered in an undocumented form.
    pub api_may_have_changed: bool,
    /// Sessions that Zoom listed.
    pub sessions: u64,
    /// Sessions that were not known before.
    pub new_sessions: u64,
    /// Windows read to their end.
    pub windows_done: u64,
    /// Windows that failed.
    pub windows_failed: u64,
    /// New messages.
    pub new: u64,
    /// New edits.
    pub edited: u64,
    /// New deletions.
    pub deleted: u64,
    /// Entries whose text, files or formatting changed since.
    pub content_versions: u64,
    /// Entries whose names or reactions changed since.
    pub metadata_versions: u64,
    /// Entries that came again unchanged.
    pub duplicates: u64,
    /// Messages that Zoom returned before and did not this time; they are kept and marked.
    pub not_returned: u64,
    /// Messages that an earlier reading should have held: they became visible later than 48 hours after they were sent, or
    /// were missed because another one vanished meanwhile.
    pub late: u64,
    /// Entries that do not fit their type; they are kept.
    pub undecodable: u64,
    /// Names of undocumented fields, seen in new entries.
    pub unknown_fields: Vec<String>,
    /// The attachments of this run.
    pub attachments: AttachmentCounts,
    /// The first thousand windows that failed.
    pub failures: Vec<FailedUnit>,
    /// The first thousand gaps, accepted ones included.
    pub gaps: Vec<GapReport>,
    /// Whether the whole archive holds what its settings require.
    pub standing: Standing,
    /// Whether edits of older messages are found.
    pub modifications: ModificationsFlag,
    /// The hash of the ledger's last row.
    pub head: String,
    /// The error that ended the run, if it ended early.
    pub error: Option<ZoomProblem>,
    /// Bytes of the log that could not be moved into the database, because another program reads it. They belong to the
    /// archive, and the next run moves them.
    pub log_bytes: u64,
    /// The processes that read it, as far as the system shows them.
    pub readers: Vec<String>,
    /// Statistics of the requests.
    pub stats: Stats,
    /// The client's error that ended the run, for its kind.
    #[serde(skip)]
    #[schemars(skip)]
    pub cause: Option<zoom_chat_reports::Error>,
}
