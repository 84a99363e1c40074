//! `manifest.json`: what was asked for, by whom and when, what was written, and what is not proven.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{report::ExportCounts, request::ExportAsked};
use crate::proof::{GapReport, Standing};

/// The name of the file.
pub(super) const MANIFEST: &str = "manifest.json";
/// What tells that a manifest is one of an export.
pub(super) const KIND: &str = "zoom-chat export";

/// `manifest.json`, which every export holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportManifest {
    /// What this document is: `zoom-chat export`.
    pub kind: &'static str,
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one: then nothing of this is evidence of anything.
    pub sandbox: bool,
    /// Whether everything that was asked for is there, except accepted gaps and files that are gone at Zoom.
    pub complete: bool,
    /// The verdict in one sentence.
    pub verdict: String,
    /// When the export was made, by this machine's clock.
    pub created_at: DateTime<Utc>,
    /// The name of who made it; it is not checked.
    pub operator: String,
    /// The version of the program.
    pub program_version: &'static str,
    /// Zoom's id of the account.
    pub account_id: String,
    /// The hash of the ledger's last row, from which everything was read.
    pub head: String,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// Whether the archive was verified right before: its ledger, what Zoom sent, and every table.
    pub verified: bool,
    /// Stored attachments of the archive, selected or not, whose file the verification found missing or of another length.
    pub damaged_files: u64,
    /// What was asked for.
    pub request: ExportAsked,
    /// The folder of this supplement; null for an export that is none.
    pub supplement: Option<String>,
    /// What was written, counted.
    pub counts: ExportCounts,
    /// Files that were asked for, and are missing without being accepted or gone at Zoom.
    pub missing_files: u64,
    /// Files that were asked for, and are accepted as missing.
    pub accepted_files: u64,
    /// Files that were asked for and are gone at Zoom. They change no verdict.
    pub gone_files: u64,
    /// What was written of each conversation.
    pub conversations: Vec<ConversationCount>,
    /// The SHA-256 of the lines of `SHA256SUMS`, without those of files that tell when and by whom the export was made.
    pub contents_sha256: String,
    /// The SHA-256 of `documents.csv`.
    pub documents_sha256: String,
    /// Stretches of time that were asked for and are not proven.
    pub gaps: Vec<GapReport>,
    /// Gaps that were asked for and accepted.
    pub accepted_gaps: Vec<GapReport>,
    /// Whether the whole archive holds what its settings require.
    pub standing: Standing,
    /// What no export can show.
    pub cannot_know: Vec<String>,
}

/// What was written of a conversation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ConversationCount {
    /// Its control number.
    pub control_number: String,
    /// Zoom's id of the session.
    pub session_id: String,
    /// Its name.
    pub conversation: String,
    /// Messages as they were sent.
    pub sent: u64,
    /// Edits.
    pub edited: u64,
    /// Deletions.
    pub deleted: u64,
}
