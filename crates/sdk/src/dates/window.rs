//! Windows: the two dates of one question, and how a long window is split.

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::range::DateRange;

/// The most days between the first and the last date of a window: 28 dates, the
/// least that Zoom's "one month" can mean.
pub(crate) const WINDOW_DAYS: u32 = 27;

/// The two dates of one question to Zoom, as they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Window {
    /// The first date.
    pub from: NaiveDate,
    /// The last date; how much of it belongs to the window is unknown.
    pub to: NaiveDate,
}

impl Window {
    /// The days of a range, unchanged.
    pub(crate) fn of(range: &DateRange) -> Self {
        Self::new(range.first(), range.last())
    }

    /// These two dates.
    #[must_use]
    pub fn new(from: NaiveDate, to: NaiveDate) -> Self {
        Self { from, to }
    }

    /// Days between the two dates.
    pub(crate) fn days(self) -> i64 {
        (self.to - self.from).num_days()
    }

    /// Windows of at most `days` days between their dates, each starting on the last date of the one before.
    pub(crate) fn split(self, days: u32) -> Vec<Self> {
        let step = Days::new(days.max(1).into());
        let mut windows = Vec::new();
        let mut from = self.from;
        loop {
            let to = (from + step).min(self.to);
            windows.push(Self { from, to });
            if to >= self.to {
                return windows;
            }
            from = to;
        }
    }

    /// The two halves, which share a date; `None` if the window is too short.
    pub(crate) fn halves(self) -> Option<[Self; 2]> {
        let half = u64::try_from(self.days() / 2)
            .ok()
            .filter(|half| *half > 0)?;
        let middle = self.from + Days::new(half);
        Some([Self::new(self.from, middle), Self::new(middle, self.to)])
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use crate::{DateRange, dates::Interval};

    fn around(range: &str) -> Window {
        let range = DateRange::parse(range).expect("a range");
        Window::around(Interval::new(range.start(), range.end()))
    }

    fn text(window: Window) -> String {
        window.to_string()
    }

    #[test]
    fn windows_share_a_date_and_span_at_most_27_days() {
        let windows = around("2026-01-01..2026-03-31").split(27);
        assert_eq!(text(windows[0]), "2025-12-31..2026-01-27");
        for pair in windows.windows(2) {
            assert_eq!(pair[0].to, pair[1].from);
        }
        assert!(windows.iter().all(|window| window.days() <= 27));
        assert_eq!(
            windows.last().map(|window| window.to.to_string()),
            Some("2026-04-02".into())
        );
    }

    #[test]
    fn a_window_is_halved_down_to_one_day_apart() {
        let mut window = around("2026-06-01..2026-06-03");
        while let Some([first, second]) = window.halves() {
            assert_eq!(first.to, second.from);
            assert!(first.days() >= 1 && second.days() >= 1);
            window = second;
        }
        assert_eq!(window.days(), 1);
    }

    #[test]
    fn an_interval_without_others_leaves_the_parts_between() {
        let at = |hour: i64| chrono::DateTime::from_timestamp(hour * 3600, 0).expect("an instant");
        let rest = Interval::new(at(0), at(10))
            .without(&[Interval::new(at(-5), at(1)), Interval::new(at(3), at(4))]);
        assert_eq!(
            rest,
            [Interval::new(at(1), at(3)), Interval::new(at(4), at(10))]
        );
        assert!(
            Interval::new(at(3), at(4))
                .without(&[Interval::new(at(3), at(4))])
                .is_empty()
        );
    }
}
