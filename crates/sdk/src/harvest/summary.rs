//! What a harvest holds in the end, and what it does not.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::ErrorKind;

/// What a harvest holds: complete up to an instant, but for the gaps it names.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HarvestSummary {
    /// Sessions read.
    pub sessions: usize,
    /// Windows read to their end.
    pub windows_done: u64,
    /// Windows that failed, those of the list of sessions included.
    pub windows_failed: u64,
    /// Windows of several pages that were read once. A message that vanishes in between without being
    /// listed as deleted can move another one to a page that was read already; nobody can see that in
    /// one reading. [`Harvest::confirm`](crate::Harvest::confirm) reads such windows until two readings
    /// agree.
    pub windows_unconfirmed: u64,
    /// Entries that came, by array.
    pub sent: u64,
    /// Entries of `edited_messages`.
    pub edited: u64,
    /// Entries of `deleted_messages`.
    pub deleted: u64,
    /// Entries that came again with other content.
    pub changed: u64,
    /// Entries that came again as they were, and were dropped.
    pub duplicates: u64,
    /// Entries that were sent or changed outside the range, which padding days brought, and that were dropped.
    pub outside: u64,
    /// Entries without a time that can be, or with two that contradict each other, which were kept.
    pub unplaceable: u64,
    /// Entries that do not fit their type, which were kept.
    pub undecodable: u64,
    /// The first instant that is provably complete.
    pub complete_from: DateTime<Utc>,
    /// Up to here all is complete, but for the gaps. Younger messages came too, but others may follow.
    pub complete_through: DateTime<Utc>,
    /// How many seconds this machine's clock is ahead of Zoom's, where that is more than a day either way.
    pub machine_clock_ahead_s: Option<i64>,
    /// Whether three sessions in a row were answered in a form that Zoom does not document.
    pub api_may_have_changed: bool,
    /// What was asked for and is not proven, other than what is too young.
    pub gaps: Vec<Gap>,
}

impl HarvestSummary {
    /// Whether all that was asked for is here, as far as it can be proven by now.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// A stretch of time that was asked for and is not proven.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Gap {
    /// The session; `None` where the gap is in all of them, or in their list.
    pub session_id: Option<Arc<str>>,
    /// The first instant of the gap.
    pub start: DateTime<Utc>,
    /// The first instant after the gap.
    pub end: DateTime<Utc>,
    /// Why.
    pub reason: GapReason,
}

/// Why something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapReason {
    /// It lies beyond what Zoom provably answers; no later run can heal it.
    BeyondReach,
    /// The list of sessions could not be read whole: sessions may be missing.
    ListIncomplete,
    /// The list names a session without an id that can be read.
    NamelessSession,
    /// The session is not there, or not for these credentials.
    Refused,
    /// Zoom's answer could not be used.
    BadAnswer,
    /// Messages kept vanishing while it was read; a later run may heal it.
    Unsettled,
    /// Zoom or the way to it failed; a later run may heal it.
    Transient,
    /// Zoom's clock and this machine's differ by more than a day, and nothing that was read shows
    /// which of them is right.
    ClocksDisagree,
}

impl GapReason {
    pub(crate) fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::OutOfReach => Self::BeyondReach,
            ErrorKind::NotFound
            | ErrorKind::Refused
            | ErrorKind::Scopes
            | ErrorKind::InvalidInput => Self::Refused,
            ErrorKind::UnreadableBody
            | ErrorKind::BodyTooLarge
            | ErrorKind::EchoMismatch
            | ErrorKind::PageTokenLoop
            | ErrorKind::NoProgress => Self::BadAnswer,
            _ => Self::Transient,
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeyondReach => "beyond what Zoom provably answers",
            Self::ListIncomplete => "the list of sessions is incomplete",
            Self::NamelessSession => "a session without an id that can be read",
            Self::Refused => "refused by Zoom",
            Self::BadAnswer => "Zoom's answer could not be used",
            Self::Unsettled => "messages kept vanishing while it was read",
            Self::Transient => "not answered, a later run may heal it",
            Self::ClocksDisagree => {
                "Zoom's clock and this machine's differ, and nothing shows which is right"
            }
        })
    }
}
