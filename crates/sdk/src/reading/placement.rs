//! The placement of an entry in time: which of its times counts, and whether it belongs to a window.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dates::{
    Interval, Window,
    horizon::{Today, widest_floor},
    padding::{earliest_midnight, latest_midnight},
};

/// How far beyond Zoom's reach the date of a message may be.
const MARGIN: TimeDelta = TimeDelta::days(2);
/// `timestamp` and `date_time` that differ by less than two time zones can mean the same instant.
const SAME_INSTANT: TimeDelta = TimeDelta::hours(26);
/// `timestamp` and `date_time` that agree differ by fractions of a second, far less than this.
const SAME_HOUR: TimeDelta = TimeDelta::hours(1);

/// The placement of an entry in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// At an instant that is kept.
    At(DateTime<Utc>),
    /// At a plausible instant that is not kept: another window gives it.
    Outside,
    /// Without a plausible time, or with two times that contradict each other: it is kept.
    Unplaceable,
}

/// Places an entry by the first of its times that fits.
///
/// `keep` is the interval that the window keeps, `near` what its dates may hold, `possible` what Zoom can have.
pub(crate) fn place(
    times: [Option<DateTime<Utc>>; 2],
    keep: Interval,
    near: Interval,
    possible: Interval,
) -> Placement {
    let readable = || times.into_iter().flatten();
    if let Some(at) = readable().find(|at| keep.contains(*at)) {
        return Placement::At(at);
    }
    // Near the window: a neighbour gives it, or it is in a padding day.
    if readable().any(|at| near.contains(at)) {
        return Placement::Outside;
    }
    let mut plausible = times.map(|at| at.filter(|at| possible.contains(*at)));
    if plausible[0].is_none() {
        plausible.swap(0, 1);
    }
    if plausible[0].is_none() || contradict(plausible) {
        Placement::Unplaceable
    } else {
        Placement::Outside
    }
}

/// Whether two times differ so much that windows may place an entry differently.
pub(crate) fn differ(times: [Option<DateTime<Utc>>; 2]) -> bool {
    matches!(times, [Some(one), Some(other)] if (one - other).abs() > SAME_HOUR)
}

/// Whether two times cannot be the same instant, in any time zone.
pub(crate) fn contradict(times: [Option<DateTime<Utc>>; 2]) -> bool {
    matches!(times, [Some(one), Some(other)] if (one - other).abs() > SAME_INSTANT)
}

/// The instants that may belong to a date of a window.
pub(crate) fn may_hold(window: Window) -> Interval {
    let end = window.to.succ_opt().unwrap_or(window.to);
    Interval::new(earliest_midnight(window.from), latest_midnight(end))
}

/// The interval that Zoom can have: six months, with a margin. No window gives earlier entries.
pub(crate) fn possible(today: Today) -> Interval {
    let first = earliest_midnight(widest_floor(today.earliest));
    let last = latest_midnight(today.latest);
    Interval::new(first - MARGIN, last + MARGIN)
}

#[cfg(test)]
#[path = "placement_tests.rs"]
mod tests;
