//! The date rules of the account as pure functions: the instants that a pair of
//! dates selects, and the pairs that are refused.
//!
//! Nothing here knows HTTP, so property tests can call these functions directly;
//! the server calls the same ones.
//!
//! ```
//! use chrono::{DateTime, NaiveDate, Utc};
//! use zoom_chat_reports_sandbox::rules::{Answer, RangeRules, ToRule, answer};
//!
//! let rules = RangeRules { to: ToRule::Exclusive, ..RangeRules::default() };
//! let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse()?;
//! let day = |text: &str| text.parse::<NaiveDate>();
//! let Answer::Served { start, end, .. } = answer(&rules, now, day("2026-11-01")?, day("2026-11-05")?)
//! else { panic!("a range of four days is served") };
//! assert_eq!(start.to_rfc3339(), "2026-11-01T00:00:00+00:00");
//! assert_eq!(end.to_rfc3339(), "2026-11-05T00:00:00+00:00");
//! # Ok::<(), chrono::ParseError>(())
//! ```

mod choices;
mod midnight;
mod range_rules;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};

pub use choices::{
    Beyond, Daylight, Echo, FloorEdge, FloorRule, SpanExcess, SpanRule, ToRule, Zone, ZoneBy,
    ZoneLater,
};
pub(crate) use midnight::shifts;
use midnight::{day_start, offset};
pub use range_rules::RangeRules;

/// The account's answer to a range of dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The range is served: data of `start <= t < end`.
    Served {
        /// The first instant selected, UTC.
        start: DateTime<Utc>,
        /// The instant at which the selection ends, itself not selected, UTC.
        /// Not before `start`; equal to it when nothing is selected.
        end: DateTime<Utc>,
        /// The dates that the report gives back, when it gives any back.
        echo: Option<(NaiveDate, NaiveDate)>,
    },
    /// The range is refused with HTTP 400 and this body.
    Refused {
        /// The `code` of the error body.
        code: u32,
        /// The `message` of the error body.
        message: String,
        /// Which rule refused it.
        reason: Refusal,
    },
}

/// The rule that refused a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `from` is later than `to`.
    Reversed,
    /// The range is longer than [`RangeRules::span`] allows.
    TooLong,
    /// `from` is before the floor.
    BeyondFloor,
    /// `to` is later than today.
    Future,
}

/// The account's answer to the range `from..to` when its clock shows `now`.
///
/// The length is judged first, on the range as asked; then the floor, then the
/// future. A range that lies wholly past a clamped limit selects nothing, and
/// its echo is reversed: only the end that was past the limit moves.
#[must_use]
pub fn answer(rules: &RangeRules, now: DateTime<Utc>, from: NaiveDate, to: NaiveDate) -> Answer {
    if from > to {
        return refused(Refusal::Reversed, "`from` is later than `to`.".to_owned());
    }
    let (mut first, mut last) = (from, to);
    if last > last_allowed(rules.span, first) {
        match rules.span_excess {
            SpanExcess::Refused => {
                return refused(
                    Refusal::TooLong,
                    "The range between `from` and `to` is longer than one month.".to_owned(),
                );
            }
            SpanExcess::ClampEnd => last = last_allowed(rules.span, first),
            SpanExcess::ClampStart => first = first_allowed(rules.span, last),
        }
    }
    let floor = first_date(rules, now);
    if first < floor {
        match rules.beyond_floor {
            Beyond::Accepted => {}
            Beyond::Refused => {
                return refused(
                    Refusal::BeyondFloor,
                    format!("`from` exceeds 6 month limit: the earliest date is {floor}."),
                );
            }
            Beyond::Clamped => first = floor,
        }
    }
    let today = today(rules, now);
    if last > today {
        match rules.future_to {
            Beyond::Accepted => {}
            Beyond::Refused => {
                return refused(
                    Refusal::Future,
                    format!("`to` lies in the future: the latest date is {today}."),
                );
            }
            Beyond::Clamped => last = today,
        }
    }
    let start = day_start(rules, now, first);
    let end = if first > last {
        start
    } else {
        selection_end(rules, now, last).max(start)
    };
    let echo = match rules.echo {
        Echo::Clamped => Some((first, last)),
        Echo::Asked => Some((from, to)),
        Echo::Absent => None,
    };
    Answer::Served { start, end, echo }
}

/// The date in the account's zone when its clock shows `now`.
#[must_use]
pub fn today(rules: &RangeRules, now: DateTime<Utc>) -> NaiveDate {
    (now + offset(rules, now, now)).date_naive()
}

/// The earliest date that is not beyond the floor when the clock shows `now`.
#[must_use]
pub fn first_date(rules: &RangeRules, now: DateTime<Utc>) -> NaiveDate {
    let today = today(rules, now);
    let floor = match rules.floor {
        FloorRule::Months => today.checked_sub_months(Months::new(6)),
        FloorRule::Days180 => today.checked_sub_days(Days::new(180)),
    }
    .unwrap_or(NaiveDate::MIN);
    match rules.floor_edge {
        FloorEdge::Inclusive => floor,
        FloorEdge::Exclusive => plus_days(floor, 1),
    }
}

/// The instants that any range can reach when the clock shows `now`: the first
/// one, and the one at which they end (itself not included), UTC. Messages sent
/// after `now` are never in reach.
#[must_use]
pub fn reach(rules: &RangeRules, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let start = match rules.beyond_floor {
        Beyond::Accepted => DateTime::UNIX_EPOCH,
        Beyond::Refused | Beyond::Clamped => day_start(rules, now, first_date(rules, now)),
    };
    let after_now = now + TimeDelta::milliseconds(1);
    let end = match rules.future_to {
        Beyond::Accepted => after_now,
        Beyond::Refused | Beyond::Clamped => {
            selection_end(rules, now, today(rules, now)).min(after_now)
        }
    };
    (start, end.max(start))
}

/// The latest `to` that may go with `from` under a span rule.
#[must_use]
pub fn last_allowed(rule: SpanRule, from: NaiveDate) -> NaiveDate {
    // "Dates" counts both ends, "days" the nights between them.
    let nights = match rule {
        SpanRule::Dates28 => 27,
        SpanRule::Dates29 | SpanRule::Days28 => 28,
        SpanRule::Dates30 | SpanRule::Days29 => 29,
        SpanRule::Dates31 | SpanRule::Days30 => 30,
        SpanRule::Days31 => 31,
        SpanRule::Month => {
            return from
                .checked_add_months(Months::new(1))
                .unwrap_or(NaiveDate::MAX);
        }
    };
    plus_days(from, nights)
}

fn first_allowed(rule: SpanRule, to: NaiveDate) -> NaiveDate {
    let mut first = to.checked_sub_days(Days::new(32)).unwrap_or(NaiveDate::MIN);
    while last_allowed(rule, first) < to {
        first = plus_days(first, 1);
    }
    first
}

fn selection_end(rules: &RangeRules, now: DateTime<Utc>, last: NaiveDate) -> DateTime<Utc> {
    let begins = day_start(rules, now, last);
    // Not always a day later: clocks are set forward and back.
    let ends = day_start(rules, now, plus_days(last, 1));
    match rules.to {
        ToRule::Inclusive => ends,
        ToRule::Exclusive => begins,
        ToRule::Midnight => begins + TimeDelta::milliseconds(1),
        ToRule::Seconds => ends - TimeDelta::milliseconds(999),
    }
}

fn plus_days(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

fn refused(reason: Refusal, message: String) -> Answer {
    Answer::Refused {
        code: 300,
        message,
        reason,
    }
}
