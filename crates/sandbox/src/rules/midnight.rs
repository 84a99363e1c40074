//! The instants at which days begin: zones, zones that change, daylight saving (U1).

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::choices::{Daylight, Zone, ZoneBy};
use super::range_rules::RangeRules;

const HOUR: TimeDelta = TimeDelta::hours(1);
/// No place on earth is further ahead of UTC, in summer either.
const FURTHEST: TimeDelta = TimeDelta::hours(14);

/// The zone's offset from UTC at `instant`, for an account that is asked at `now`.
pub(super) fn offset(rules: &RangeRules, now: DateTime<Utc>, instant: DateTime<Utc>) -> TimeDelta {
    let standard = standard(rules, now);
    let judged = match rules.zone_by {
        ZoneBy::Date => instant,
        ZoneBy::Asking => now,
    };
    if has_summer(rules, standard) && is_summer(rules.daylight, standard, judged) {
        standard + HOUR
    } else {
        standard
    }
}

fn has_summer(rules: &RangeRules, standard: TimeDelta) -> bool {
    rules.daylight != Daylight::None && standard + HOUR <= FURTHEST
}

/// The instant at which a date begins, for an account that is asked at `now`.
pub(super) fn day_start(rules: &RangeRules, now: DateTime<Utc>, date: NaiveDate) -> DateTime<Utc> {
    let standard = standard(rules, now);
    let midnight = date.and_time(NaiveTime::MIN).and_utc();
    // The earlier of the two midnights where clocks are set back over one; where
    // they are set forward over it, the day begins an hour late.
    let summer = midnight - standard - HOUR;
    if offset(rules, now, summer) == standard {
        midnight - standard
    } else {
        summer
    }
}

/// Every offset that the account's midnights may have, in ms.
pub(crate) fn shifts(rules: &RangeRules) -> Vec<i64> {
    let zones = [Some(rules.zone), rules.zone_later.map(|later| later.zone)];
    let mut shifts = Vec::new();
    for zone in zones.into_iter().flatten() {
        let standard = TimeDelta::minutes(i64::from(zone.minutes()));
        shifts.push(standard.num_milliseconds());
        if has_summer(rules, standard) {
            shifts.push((standard + HOUR).num_milliseconds());
        }
    }
    shifts
}

fn standard(rules: &RangeRules, now: DateTime<Utc>) -> TimeDelta {
    let zone: Zone = match rules.zone_later {
        Some(later) if now >= later.from => later.zone,
        _ => rules.zone,
    };
    TimeDelta::minutes(i64::from(zone.minutes()))
}

/// Whether clocks are an hour ahead of `standard` at `instant`.
fn is_summer(daylight: Daylight, standard: TimeDelta, instant: DateTime<Utc>) -> bool {
    let year = (instant + standard).year();
    let at =
        |date: NaiveDate, hour: i64| date.and_time(NaiveTime::MIN).and_utc() + HOUR * hour as i32;
    match daylight {
        Daylight::None => false,
        Daylight::Europe => {
            let (begins, ends) = (last_sunday(year, 3), last_sunday(year, 10));
            (at(begins, 1)..at(ends, 1)).contains(&instant)
        }
        Daylight::Australia => {
            let (ends, begins) = (first_sunday(year, 4), first_sunday(year, 10));
            let winter = at(ends, 2) - standard..at(begins, 2) - standard;
            !winter.contains(&instant)
        }
    }
}

fn first_sunday(year: i32, month: u32) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    first + Days::new(u64::from((7 - first.weekday().num_days_from_sunday()) % 7))
}

/// In a month of 31 days.
fn last_sunday(year: i32, month: u32) -> NaiveDate {
    let last = NaiveDate::from_ymd_opt(year, month, 31).unwrap_or_default();
    last - Days::new(u64::from(last.weekday().num_days_from_sunday()))
}
