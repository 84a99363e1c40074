//! How far a range was read.

use chrono::{DateTime, Utc};

use crate::{Error, Gap, GapReason, HarvestSummary};

/// How far a range was read, and what of it is missing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The first instant that is provably complete.
    pub complete_from: DateTime<Utc>,
    /// Up to here all is complete; equal to `complete_from` where nothing can be claimed. Younger messages may have come
    /// too, but others may follow: Zoom's report may be two days late.
    pub complete_through: DateTime<Utc>,
    /// What was asked for and is not proven, other than what is too young.
    pub gaps: Vec<Gap>,
    pub(crate) error: Option<Error>,
    /// Whether anything is claimed.
    pub(crate) claims: bool,
}

impl Report {
    pub(crate) fn new(summary: HarvestSummary, error: Option<Error>) -> Self {
        let from = summary.complete_from;
        let starts = summary.gaps.iter().map(|gap| gap.start);
        let first = starts.filter(|start| *start >= from).min();
        Self {
            complete_from: from,
            complete_through: first.map_or(summary.complete_through, |first| {
                first.min(summary.complete_through)
            }),
            gaps: summary.gaps,
            error,
            claims: true,
        }
    }

    /// Of answers of which nothing can be claimed.
    pub(crate) fn of_nothing_proven(start: DateTime<Utc>, error: Option<Error>) -> Self {
        Self {
            complete_from: start,
            complete_through: start,
            gaps: Vec::new(),
            error,
            claims: false,
        }
    }

    /// Names a gap in all sessions.
    pub(crate) fn missing(&mut self, start: DateTime<Utc>, end: DateTime<Utc>, reason: GapReason) {
        self.gaps.push(Gap::in_all(start, end, reason));
    }

    /// Whether all that was asked for is here, as far as it can be proven by now. Never where the dates were asked for
    /// [as reported](crate::Edges::AsReported): what belongs to them is Zoom's choice then.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.claims && self.gaps.is_empty() && self.error.is_none()
    }

    /// The error that the stream ended with; [`Incomplete`](crate::ErrorKind::Incomplete) where all was read that
    /// can be had and something is missing.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}
