//! The report of an export, and its progress.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{proof::Standing, verify::VerifyStep};

/// What an export wrote, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportCounts {
    /// Conversations.
    pub conversations: u64,
    /// Attachments, with those that are missing.
    pub attachments: u64,
    /// Attachments that are missing: a text in their place says why.
    pub placeholders: u64,
    /// Attachments that the archive held and no longer holds as they were.
    pub lost_files: u64,
    /// Messages as they were sent.
    pub sent: u64,
    /// Edits.
    pub edited: u64,
    /// Deletions.
    pub deleted: u64,
}

impl ExportCounts {
    /// Entries of all kinds.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.sent + self.edited + self.deleted
    }
}

/// The report of an export.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ExportReport {
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one.
    pub sandbox: bool,
    /// Whether everything that was asked for is there, except accepted gaps and files that are gone at Zoom.
    pub complete: bool,
    /// The verdict in one sentence.
    pub verdict: String,
    /// Whether something was written. A supplement is not, if nothing is new or changed.
    pub written: bool,
    /// The folder of the supplement; null for an export that is none.
    pub supplement: Option<String>,
    /// What was written, counted.
    pub counts: ExportCounts,
    /// The first control number; null if nothing got one.
    pub first_control_number: Option<String>,
    /// The last control number; null if nothing got one.
    pub last_control_number: Option<String>,
    /// Bytes of all files.
    pub bytes: u64,
    /// Stretches of time that were asked for and are not proven.
    pub open_gaps: u64,
    /// Gaps that were asked for and accepted.
    pub accepted_gaps: u64,
    /// Files that were asked for, and are missing without being accepted or gone at Zoom.
    pub missing_files: u64,
    /// Files that were asked for and are gone at Zoom. They change no verdict.
    pub gone_files: u64,
    /// The hash of the ledger's last row, from which everything was read.
    pub head: String,
    /// Rows of the ledger.
    pub ledger_rows: u64,
    /// The SHA-256 of the lines of `SHA256SUMS`, without those of files that tell when and by whom the export was made.
    pub contents_sha256: Option<String>,
    /// Whether the archive holds what its settings require.
    pub standing: Standing,
}

/// Progress of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportStep {
    /// The archive is verified first.
    Verify(VerifyStep),
    /// Entries are compared with what the export before held.
    Compared {
        /// Compared.
        done: u64,
    },
    /// Entries are written.
    Entries {
        /// Written.
        done: u64,
        /// In all.
        of: u64,
    },
}
