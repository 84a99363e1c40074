//! Padding: how much wider than an interval Zoom is asked, so that no instant of it is missed.
//!
//! Zoom does not document the time zone of its days, nor whether the last day belongs to a range. So the
//! dates of a question are wider than the interval, and entries are kept by their own UTC time.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{interval::Interval, range::midnight, window::Window};

/// How long after 00:00Z local midnight may be: UTC−12.
const LATEST_MIDNIGHT: TimeDelta = TimeDelta::hours(12);
/// How long before 00:00Z local midnight may be: UTC+14.
const EARLIEST_MIDNIGHT: TimeDelta = TimeDelta::hours(14);

/// The earliest instant at which a local date may begin: 00:00 in UTC+14, 14 hours before 00:00Z.
#[must_use]
pub fn earliest_midnight(date: NaiveDate) -> DateTime<Utc> {
    midnight(date) - EARLIEST_MIDNIGHT
}

/// The latest instant at which a local date may begin: 00:00 in UTC−12, 12 hours after 00:00Z.
#[must_use]
pub fn latest_midnight(date: NaiveDate) -> DateTime<Utc> {
    midnight(date) + LATEST_MIDNIGHT
}

impl Window {
    /// The dates that include all instants of an interval in every time zone and with every meaning of `to`.
    ///
    /// For whole days they go from one day before the first to two days after
    /// the last: one for the zone, one for a `to` that is not part of the range.
    pub(crate) fn around(interval: Interval) -> Self {
        let end = interval.end + EARLIEST_MIDNIGHT;
        let mut to = end.date_naive();
        if end.time() != NaiveTime::MIN {
            to = to + Days::new(1);
        }
        Self {
            from: (interval.start - LATEST_MIDNIGHT).date_naive(),
            to,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        DateRange,
        dates::{Interval, Window},
    };

    #[test]
    fn whole_days_are_asked_for_one_day_earlier_and_two_later() {
        let range = DateRange::parse("2026-06-01..2026-06-03").expect("a range");
        let window = Window::around(Interval::new(range.start(), range.end()));
        assert_eq!(window.to_string(), "2026-05-31..2026-06-05");
    }
}
