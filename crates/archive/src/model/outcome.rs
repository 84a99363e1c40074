//! The outcome of a run, and a failure of Zoom, as the ledger and the reports name them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of all reports. It grows when a field is removed or changes its meaning, not when one is added.
pub const REPORT_VERSION: u32 = 3;

/// The end of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Everything that could be asked for is here, or each gap was accepted.
    Complete,
    /// Something is missing, and named; a later run may fetch it.
    Incomplete,
    /// The account's daily limit is reached; what was read is kept.
    DailyLimit,
    /// Zoom stopped answering for the time being; what was read is kept, and a later run continues.
    Outage,
    /// The caller stopped it; what was read is kept.
    Stopped,
    /// Zoom cannot be asked at all; `error` says why.
    Failed,
}

impl Outcome {
    pub(crate) const ALL: [Self; 6] = [
        Self::Complete,
        Self::Incomplete,
        Self::DailyLimit,
        Self::Outage,
        Self::Failed,
        Self::Stopped,
    ];
}

/// Whether the account finds edits of older messages when asked for all modifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModificationsFlag {
    /// No answer has shown yet that edits of older messages are found.
    #[default]
    Unproven,
    /// An answer held a change that only this question can find.
    Proven,
    /// An answer held a change from outside the days asked for: Zoom ignores the question.
    Ignored,
}

/// An error of Zoom or of the way to it, without any content of chats.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ZoomProblem {
    /// The error, in one line.
    pub text: String,
    /// The hint: what to do about it.
    pub hint: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The code in Zoom's answer.
    pub zoom_code: Option<i64>,
    /// The request's id in Zoom's logs.
    pub tracking_id: Option<String>,
    /// When to try again.
    pub retry_after: Option<DateTime<Utc>>,
    /// The number of requests that were made.
    pub attempts: u32,
}

impl ZoomProblem {
    pub(crate) fn of(error: &zoom_chat_reports::Error) -> Self {
        Self {
            text: error.to_string(),
            hint: error.hint().map(str::to_owned),
            status: error.status(),
            zoom_code: error.zoom_code(),
            tracking_id: error.tracking_id().map(str::to_owned),
            retry_after: error.retry_after(),
            attempts: error.attempts(),
        }
    }
}
