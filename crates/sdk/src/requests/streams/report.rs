//! The report of a stream: how far a range was read.

use chrono::{DateTime, Utc};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::{Error, Gap, GapReason, HarvestSummary, dates::Interval};

/// How far a range was read, and what is missing.
///
/// Claims come from whole windows of dates: the pages of a window that was not read completely are given, but prove
/// nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The first instant that is provably complete.
    pub complete_from: DateTime<Utc>,
    /// Up to this instant everything is complete; equal to `complete_from` if nothing can be claimed. Newer messages may
    /// have come too, but more may follow: Zoom's report may be two days late.
    pub complete_through: DateTime<Utc>,
    /// What was asked for and is not proven, except what is too recent.
    pub gaps: Vec<Gap>,
    pub(crate) error: Option<Error>,
    /// Whether anything is claimed.
    pub(crate) claims: bool,
}

impl Report {
    pub(crate) fn new(summary: HarvestSummary, error: Option<Error>) -> Self {
        let from = summary.complete_from;
        let open = summary.gaps.iter().filter(|gap| gap.end > from);
        let starts = open.map(|gap| gap.start.max(from));
        Self {
            complete_from: from,
            complete_through: starts.fold(summary.complete_through, DateTime::min),
            gaps: summary.gaps,
            error,
            claims: true,
        }
    }

    /// The report of answers from which nothing can be claimed.
    pub(crate) fn of_nothing_proven(start: DateTime<Utc>, error: Option<Error>) -> Self {
        Self {
            complete_from: start,
            complete_through: start,
            gaps: Vec::new(),
            error,
            claims: false,
        }
    }

    /// Adds a gap in all sessions.
    pub(crate) fn missing(&mut self, start: DateTime<Utc>, end: DateTime<Utc>, reason: GapReason) {
        let interval = Interval::new(start, end);
        self.gaps.push(Gap::new(None, interval, reason.into()));
    }

    /// Whether everything that was asked for is here, as far as it can be proven now. Messages newer than
    /// [`complete_through`](Self::complete_through) may still be missing, so report both. Always false if the dates were
    /// asked for [as reported](crate::Edges::AsReported), since Zoom then decides what belongs to them.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.claims && self.gaps.is_empty() && self.error.is_none()
    }

    /// The error that the stream ended with; [`Incomplete`](crate::ErrorKind::Incomplete) if everything available was
    /// read and something is missing.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Takes that error out.
    #[must_use]
    pub fn into_error(self) -> Option<Error> {
        self.error
    }
}

impl Serialize for Report {
    /// Writes the fields, the error, and as `complete` whether the report [is complete](Self::is_complete).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Report", 5)?;
        fields.serialize_field("complete", &self.is_complete())?;
        fields.serialize_field("complete_from", &self.complete_from)?;
        fields.serialize_field("complete_through", &self.complete_through)?;
        fields.serialize_field("gaps", &self.gaps)?;
        fields.serialize_field("error", &self.error)?;
        fields.end()
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn nothing_is_claimed_that_lies_in_a_gap() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let hour = |hours| start + TimeDelta::hours(hours);
        let claims = |gaps: &[(i64, i64)]| {
            let mut summary = HarvestSummary::of_nothing(hour(10), hour(20));
            let gap = |(from, to)| {
                let interval = Interval::new(hour(from), hour(to));
                Gap::new(None, interval, GapReason::ClocksDisagree.into())
            };
            summary.gaps = gaps.iter().copied().map(gap).collect();
            Report::new(summary, None).complete_through
        };
        assert_eq!(claims(&[]), hour(20));
        assert_eq!(
            claims(&[(0, 10)]),
            hour(20),
            "it ends where the claim begins"
        );
        assert_eq!(claims(&[(0, 10), (17, 30), (14, 15)]), hour(14));
        assert_eq!(claims(&[(0, 30)]), hour(10), "it holds all that is claimed");
        assert_eq!(claims(&[(20, 30)]), hour(20));
    }
}
