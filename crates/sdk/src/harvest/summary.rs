//! What a harvest holds in the end, and what it does not.

use std::{collections::HashMap, fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    Coverage, DateRange, ErrorKind, Options,
    coverage::{AnsweredWindow, SETTLED_AFTER, proven},
    range::midnight,
    reach::{Reach, sure_day},
    window::{EARLIEST_MIDNIGHT, Interval, LATEST_MIDNIGHT, Window},
};

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
    /// Entries that do not fit their type, which were kept.
    pub undecodable: u64,
    /// The first instant that is provably complete.
    pub complete_from: DateTime<Utc>,
    /// Up to here all is complete, but for the gaps. Younger messages came too, but others may follow.
    pub complete_through: DateTime<Utc>,
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
}

impl GapReason {
    pub(crate) fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::OutOfReach => Self::BeyondReach,
            ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::Scopes => Self::Refused,
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
        })
    }
}

/// What a harvest has brought so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    answered: HashMap<usize, Vec<AnsweredWindow>>,
    failed: HashMap<usize, Vec<GapReason>>,
    list_gaps: Vec<Gap>,
    oldest_as_of: Option<DateTime<Utc>>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    done: u64,
    failed: u64,
    sent: u64,
    edited: u64,
    deleted: u64,
    changed: u64,
    duplicates: u64,
    undecodable: u64,
}

impl Tally {
    pub(crate) fn done(&mut self, session: usize, facts: &super::WindowFacts) {
        if facts.settled {
            self.answered(session, facts.answered.clone());
        } else {
            self.failed
                .entry(session)
                .or_default()
                .push(GapReason::Unsettled);
        }
        let counts = &mut self.counts;
        counts.done += 1;
        counts.sent += facts.sent;
        counts.edited += facts.edited;
        counts.deleted += facts.deleted;
        counts.changed += facts.changed;
        counts.duplicates += facts.duplicates;
        counts.undecodable += facts.undecodable;
    }

    pub(crate) fn answered(&mut self, session: usize, window: AnsweredWindow) {
        let as_of = window.as_of;
        self.oldest_as_of = Some(self.oldest_as_of.map_or(as_of, |oldest| oldest.min(as_of)));
        self.answered.entry(session).or_default().push(window);
    }

    pub(crate) fn failed(&mut self, session: usize, kind: ErrorKind) {
        self.counts.failed += 1;
        self.failed
            .entry(session)
            .or_default()
            .push(GapReason::of(kind));
    }

    pub(crate) fn list_failed(&mut self, window: Window) {
        self.counts.failed += 1;
        self.list_gap(window, GapReason::ListIncomplete);
    }

    pub(crate) fn nameless_session(&mut self, window: Window) {
        self.list_gap(window, GapReason::NamelessSession);
    }

    fn list_gap(&mut self, window: Window, reason: GapReason) {
        let gap = Gap {
            session_id: None,
            start: midnight(window.from),
            end: midnight(window.to),
            reason,
        };
        // Both passes may meet the same one.
        if !self.list_gaps.contains(&gap) {
            self.list_gaps.push(gap);
        }
    }

    /// What all that proves.
    pub(crate) fn summary(
        self,
        sessions: &[Arc<str>],
        range: &DateRange,
        options: &Options,
        except: &Coverage,
        reach: &Reach,
        now: DateTime<Utc>,
    ) -> HarvestSummary {
        let today = now.date_naive();
        let mut provable_from = midnight(reach.floor(today)) + LATEST_MIDNIGHT;
        if !reach.shows_floor() {
            provable_from = provable_from.max(midnight(sure_day(today)) + LATEST_MIDNIGHT);
        }
        let complete_from = range.start().max(provable_from).min(range.end());
        let mut complete_through = self.oldest_as_of.unwrap_or(now) - SETTLED_AFTER;
        if let Some(ceiling) = reach.learned_ceiling() {
            complete_through = complete_through.min(midnight(ceiling) - EARLIEST_MIDNIGHT);
        }
        let complete_through = complete_through.min(range.end()).max(complete_from);

        let mut gaps = self.list_gaps;
        if !range.is_whole_reach() && complete_from > range.start() {
            gaps.push(Gap {
                session_id: None,
                start: range.start(),
                end: complete_from,
                reason: GapReason::BeyondReach,
            });
        }
        let required = Interval::new(complete_from, complete_through);
        for (index, id) in sessions.iter().enumerate() {
            let mut windows = except.windows(id, options);
            windows.extend(self.answered.get(&index).into_iter().flatten().cloned());
            let reasons = self.failed.get(&index);
            let open = required.without(&proven(&windows));
            // A window that failed is named even if nothing else is open, for instance one
            // too young to be proven.
            let none_open = open.is_empty();
            let reason = reasons.and_then(|reasons| reasons.first().copied());
            gaps.extend(open.into_iter().map(|open| Gap {
                session_id: Some(id.clone()),
                start: open.start,
                end: open.end,
                reason: reason.unwrap_or(GapReason::Transient),
            }));
            if let (true, Some(reason)) = (none_open, reason) {
                gaps.push(Gap {
                    session_id: Some(id.clone()),
                    start: complete_through,
                    end: range.end().max(complete_through),
                    reason,
                });
            }
        }
        let counts = self.counts;
        HarvestSummary {
            sessions: sessions.len(),
            windows_done: counts.done,
            windows_failed: counts.failed,
            sent: counts.sent,
            edited: counts.edited,
            deleted: counts.deleted,
            changed: counts.changed,
            duplicates: counts.duplicates,
            undecodable: counts.undecodable,
            complete_from,
            complete_through,
            gaps,
        }
    }
}
