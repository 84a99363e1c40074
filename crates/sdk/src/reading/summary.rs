//! The summary of a harvest: what it holds, and its gaps.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Again, DateRange, Error, ErrorKind, dates::Interval};

/// The result of a harvest: complete up to an instant, except for the gaps that it names.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HarvestSummary {
    /// Sessions read.
    pub sessions: usize,
    /// Windows read completely.
    pub windows_done: u64,
    /// Windows that failed, including those of the list of sessions.
    pub windows_failed: u64,
    /// Sessions with windows that were not read because the run ended first.
    pub sessions_unread: u64,
    /// Windows that were not read because the run ended first. Windows of sessions that the list had not
    /// named yet are not counted.
    pub windows_unread: u64,
    /// Windows of several pages that were read only once. A message that vanishes between two pages without
    /// being listed as deleted can move another one to a page that was already read; one reading cannot show
    /// that. [`Harvest::confirm`](crate::harvest::Harvest::confirm) reads such windows until two readings
    /// agree.
    pub windows_unconfirmed: u64,
    /// Entries of `messages`.
    pub sent: u64,
    /// Entries of `edited_messages`.
    pub edited: u64,
    /// Entries of `deleted_messages`.
    pub deleted: u64,
    /// Entries that came again with other content.
    pub changed: u64,
    /// Entries that came again unchanged, and were dropped.
    pub duplicates: u64,
    /// Entries sent or changed outside the range, from padding days, which were dropped.
    pub outside: u64,
    /// Entries without a plausible time, or with two times that contradict each other, which were kept.
    pub unplaceable: u64,
    /// Entries that do not fit their type, which were kept.
    pub undecodable: u64,
    /// The first instant that is provably complete.
    pub complete_from: DateTime<Utc>,
    /// Up to this instant everything is complete, except for the gaps. Newer messages came too, but more may follow.
    pub complete_through: DateTime<Utc>,
    /// How many seconds this machine's clock is ahead of Zoom's, if they differ by more than a day.
    pub machine_clock_ahead_s: Option<i64>,
    /// Whether three sessions in a row were answered in a form that Zoom does not document.
    pub api_may_have_changed: bool,
    /// What was asked for and is not proven, except what is too recent.
    pub gaps: Vec<Gap>,
}

impl HarvestSummary {
    /// Whether everything that was asked for is here, as far as it can be proven now.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

impl HarvestSummary {
    /// The summary of a run that was stopped before it knew the time.
    pub(crate) fn not_begun(range: DateRange) -> Self {
        let interval = range.interval();
        let gap = Gap::new(None, interval, GapReason::Unread.into());
        Self {
            gaps: vec![gap],
            ..Self::empty(interval.start, interval.start)
        }
    }

    /// The summary of a harvest without entries and without gaps between two instants, for tests. Its
    /// fields are public: set those that the test needs.
    #[cfg(feature = "test-util")]
    #[must_use]
    pub fn of_nothing(complete_from: DateTime<Utc>, complete_through: DateTime<Utc>) -> Self {
        Self::empty(complete_from, complete_through)
    }

    pub(crate) fn empty(complete_from: DateTime<Utc>, complete_through: DateTime<Utc>) -> Self {
        Self {
            sessions: 0,
            windows_done: 0,
            windows_failed: 0,
            sessions_unread: 0,
            windows_unread: 0,
            windows_unconfirmed: 0,
            sent: 0,
            edited: 0,
            deleted: 0,
            changed: 0,
            duplicates: 0,
            outside: 0,
            unplaceable: 0,
            undecodable: 0,
            complete_from,
            complete_through,
            machine_clock_ahead_s: None,
            api_may_have_changed: false,
            gaps: Vec::new(),
        }
    }
}

/// A stretch of time that was asked for and is not proven.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Gap {
    /// The session; `None` if the gap is in all sessions, or in their list.
    pub session_id: Option<Arc<str>>,
    /// The first instant of the gap.
    pub start: DateTime<Utc>,
    /// The first instant after the gap.
    pub end: DateTime<Utc>,
    /// Why it is missing.
    pub reason: GapReason,
    /// Whether a later run may heal it.
    pub healable: bool,
}

impl Gap {
    /// A gap in a session; if none is named, in all sessions or in their list.
    pub(crate) fn new(session_id: Option<&Arc<str>>, interval: Interval, why: Why) -> Self {
        Self {
            session_id: session_id.cloned(),
            start: interval.start,
            end: interval.end,
            reason: why.reason,
            healable: why.healable,
        }
    }
}

/// Why something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapReason {
    /// It is beyond what Zoom provably answers; no later run can heal it.
    BeyondReach,
    /// The list of sessions could not be read completely: sessions may be missing.
    ListIncomplete,
    /// The list names a session without a readable id.
    NamelessSession,
    /// The session does not exist, or not for these credentials.
    Refused,
    /// Zoom's answer could not be used.
    BadAnswer,
    /// Messages kept vanishing while it was read; a later run may heal it.
    Unsettled,
    /// Zoom, or the connection to it, failed; a later run may heal it.
    Transient,
    /// The run ended before it was read; a later run may heal it.
    Unread,
    /// Zoom's clock and this machine's differ by more than a day, and nothing that was read shows
    /// which clock is right.
    ClocksDisagree,
}

/// Why something is missing, and whether a later run may heal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    pub(crate) reason: GapReason,
    pub(crate) healable: bool,
}

impl Why {
    /// The reason of a gap that an error caused.
    pub(crate) fn of(error: &Error) -> Self {
        let healable = error.again() != Again::Never;
        let reason = match error.kind() {
            ErrorKind::OutOfReach => GapReason::BeyondReach,
            ErrorKind::UnreadableBody
            | ErrorKind::BodyTooLarge
            | ErrorKind::EchoMismatch
            | ErrorKind::PageTokenLoop
            | ErrorKind::NoProgress => GapReason::BadAnswer,
            _ if healable => GapReason::Transient,
            _ => GapReason::Refused,
        };
        Self { reason, healable }
    }
}

impl From<GapReason> for Why {
    /// The reason of a gap that no error caused.
    fn from(reason: GapReason) -> Self {
        let healable = reason != GapReason::BeyondReach;
        Self { reason, healable }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeyondReach => "beyond what Zoom provably answers",
            Self::ListIncomplete => "the list of sessions is incomplete",
            Self::NamelessSession => "a session without a readable id",
            Self::Refused => "refused by Zoom",
            Self::BadAnswer => "Zoom's answer could not be used",
            Self::Unsettled => "messages kept vanishing while it was read",
            Self::Transient => "not answered; a later run may heal it",
            Self::Unread => "not read: the run ended first",
            Self::ClocksDisagree => {
                "Zoom's clock and this machine's differ, and nothing shows which is right"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_healable_if_and_only_if_trying_again_helps() {
        for kind in ErrorKind::ALL {
            let error = Error::from(*kind);
            let why = Why::of(&error);
            assert_eq!(why.healable, error.is_transient(), "{kind}");
            assert_eq!(why.healable, error.again() != Again::Never, "{kind}");
            let is_consistent = match why.reason {
                GapReason::Transient => why.healable,
                GapReason::BeyondReach | GapReason::Refused => !why.healable,
                reason => reason == GapReason::BadAnswer,
            };
            assert!(is_consistent, "{kind}: {why:?}");
        }
        let permanent = Error::from(ErrorKind::Transport).permanent();
        assert!(!Why::of(&permanent).healable);
    }
}
