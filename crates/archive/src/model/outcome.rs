//! How a run ended, and how Zoom failed, as the ledger and the reports say it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of all reports; it grows when a field goes or changes its meaning, not when one is added.
pub const REPORT_VERSION: u32 = 3;

/// How a sync ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// All that could be asked for is here, or each gap was accepted.
    Complete,
    /// Something is missing, and named; a later run may bring it.
    Incomplete,
    /// The account's requests of the day are used up; what was read is kept.
    DailyLimit,
    /// Zoom could not be asked any more for the time being; what was read is kept, and a later run goes on.
    Outage,
    /// Somebody stopped it; what was read is kept.
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
    /// No answer has shown it yet: edits of older messages are not proven to be found.
    #[default]
    Unproven,
    /// An answer held a change that only this question can have found.
    Proven,
    /// An answer held a change from outside the days asked for: the question is not understood.
    Ignored,
}

/// An error of Zoom or of the way to it, without anything that a chat may hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ZoomProblem {
    /// What happened.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The code in Zoom's answer.
    pub zoom_code: Option<i64>,
    /// The request's id in Zoom's logs.
    pub tracking_id: Option<String>,
    /// When to go on.
    pub retry_after: Option<DateTime<Utc>>,
    /// How many requests were made.
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
