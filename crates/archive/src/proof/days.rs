//! Days and instants, and options for one axis.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use zoom_chat_reports::{
    Axis, Options,
    dates::{Interval, earliest_midnight, latest_midnight},
};

/// The same options on an axis.
pub(crate) fn on_axis(options: &Options, axis: Axis) -> Options {
    let mut options = options.clone();
    options.axis = axis;
    options
}

pub(crate) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The instants that a window of local dates may ask for, in any zone.
pub(crate) fn instants(from: NaiveDate, to: NaiveDate) -> Interval {
    let end = to.checked_add_days(Days::new(1)).unwrap_or(to);
    Interval::new(earliest_midnight(from), latest_midnight(end))
}
