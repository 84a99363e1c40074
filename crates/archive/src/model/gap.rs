//! Gaps: on which axis something is missing, and whether a later run can fetch it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::Again;

/// Whether a later run can fetch what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapClass {
    /// A later run may fetch it.
    Transient,
    /// Zoom refuses it, or its answer cannot be used: a later run with the same settings does not fetch it.
    Refused,
    /// Zoom no longer keeps it.
    Gone,
}

impl GapClass {
    pub(crate) fn of(error: &zoom_chat_reports::Error) -> Self {
        match error.again() {
            Again::Now | Again::Later => Self::Transient,
            // One answer does not prove that it stays missing.
            Again::Never => Self::Refused,
        }
    }
}

/// The time by which something is missing.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapAxis {
    /// Messages by the time they were sent.
    Sent,
    /// Edits and deletions by the time they were made.
    Modified,
    /// The whole account: times that no list of sessions covered.
    List,
    /// A file of a message, by the time the message was sent.
    Attachment,
}
