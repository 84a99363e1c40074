//! Intervals of time, and sets of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The instants from `start`, inclusive, to `end`, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Interval {
    /// The first instant.
    pub start: DateTime<Utc>,
    /// The first instant after the interval.
    pub end: DateTime<Utc>,
}

impl Interval {
    pub(crate) const ALL: Self = Self {
        start: DateTime::<Utc>::MIN_UTC,
        end: DateTime::<Utc>::MAX_UTC,
    };

    /// The instants from `start`, inclusive, to `end`, exclusive; none if `end` is earlier.
    #[must_use]
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { start, end }
    }

    /// Whether it holds no instant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// Whether it holds an instant.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }

    /// The instants shared with another interval; empty if there are none.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
    }

    /// The parts outside all `others`, which must be in order and disjoint.
    #[must_use]
    pub fn without(self, others: &[Self]) -> Vec<Self> {
        let mut rest = Vec::new();
        let mut start = self.start;
        for other in others {
            let before = Self::new(start, other.start.min(self.end));
            if !before.is_empty() {
                rest.push(before);
            }
            start = start.max(other.end);
        }
        let after = Self::new(start, self.end);
        if !after.is_empty() {
            rest.push(after);
        }
        rest
    }

    /// The same instants as a set: in order, disjoint, without empty intervals.
    #[must_use]
    pub fn union(intervals: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut sorted: Vec<Self> = intervals
            .into_iter()
            .filter(|interval| !interval.is_empty())
            .collect();
        sorted.sort_by_key(|interval| interval.start);
        let mut union: Vec<Self> = Vec::with_capacity(sorted.len());
        for interval in sorted {
            match union.last_mut() {
                Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
                _ => union.push(interval),
            }
        }
        union
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;
    use chrono::{DateTime, TimeDelta};

    fn hours(start: i64, end: i64) -> Interval {
        let at = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        Interval::new(at(start), at(end))
    }

    #[test]
    fn a_union_is_in_order_and_apart() {
        let union = Interval::union([
            hours(5, 7),
            hours(1, 3),
            hours(2, 4),
            hours(9, 9),
            hours(7, 8),
        ]);
        assert_eq!(union, [hours(1, 4), hours(5, 8)]);
    }

    #[test]
    fn what_is_left_of_an_interval_lies_in_none_of_the_others() {
        let rest = hours(0, 10).without(&[hours(-2, 1), hours(3, 4), hours(8, 20)]);
        assert_eq!(rest, [hours(1, 3), hours(4, 8)]);
        assert!(hours(0, 1).without(&[hours(0, 1)]).is_empty());
    }
}
