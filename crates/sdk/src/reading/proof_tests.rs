//! Claims, compared with brute force over every midnight that an account may have.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::facts::WindowFacts;
use crate::{
    Coverage, Options,
    dates::{AnsweredWindow, Interval, RunId, SETTLED_AFTER, proven},
};

/// Hours of local midnight before 00:00Z, UTC−12 to UTC+14.
const OFFSETS: std::ops::RangeInclusive<i64> = -12..=14;
/// The hours that are checked, and the dates in them.
const HOURS: std::ops::Range<i64> = -96..24 * 44;

fn day(number: i64) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2026, 6, 1).expect("a day");
    first + TimeDelta::days(number)
}

fn hour(number: i64) -> DateTime<Utc> {
    day(0).and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(number)
}

/// A window in days and hours: dates, the hours kept, the hour asked.
type Asked = (i64, i64, (i64, i64), i64);

fn window(&(from, days, (start, end), as_of): &Asked) -> AnsweredWindow {
    AnsweredWindow {
        from: day(from),
        to: day(from + days),
        as_of: hour(as_of),
        floor_shown: true,
        kept: Interval::new(hour(start), hour(end)),
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let kept = prop_oneof![
        3 => Just((-1000, 10_000)),
        1 => (-50_i64..900, 1_i64..900).prop_map(|(start, hours)| (start, start + hours)),
    ];
    (
        0_i64..40,
        0_i64..12,
        kept,
        prop_oneof![3 => Just(5000_i64), 1 => 0_i64..1100],
    )
}

/// Whether a window answers a local date for an instant.
fn answers(window: &Asked, date: i64, instant: i64) -> bool {
    let (from, days, (start, end), as_of) = window;
    (*from..from + days).contains(&date)
        && *start <= instant
        && instant < *end
        && instant < as_of - SETTLED_AFTER.num_hours()
}

fn hours_of(intervals: &[Interval]) -> BTreeSet<i64> {
    HOURS
        .filter(|number| intervals.iter().any(|one| one.contains(hour(*number))))
        .collect()
}

/// The local date of an hour in an account whose clocks go forward or back by an hour on a date.
fn date_of(instant: i64, offset: i64, change: (i64, i64)) -> i64 {
    let (on, by) = change;
    let before = (instant + offset).div_euclid(24);
    if before >= on {
        (instant + (offset + by).clamp(-12, 14))
            .div_euclid(24)
            .max(on)
    } else {
        before
    }
}

fn facts(run: RunId, window: &AnsweredWindow) -> WindowFacts {
    WindowFacts::for_test(run, "s", window, &Options::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_run_claims_exactly_what_was_answered_wherever_midnight_is(
        windows in prop::collection::vec(asked(), 0..8)
    ) {
        let answered: Vec<AnsweredWindow> = windows.iter().map(window).collect();
        let claimed = hours_of(&proven(&answered));
        let provable = HOURS.filter(|instant| {
            OFFSETS.into_iter().all(|offset| {
                let date = (instant + offset).div_euclid(24);
                windows.iter().any(|window| answers(window, date, *instant))
            })
        });
        prop_assert_eq!(claimed, provable.collect::<BTreeSet<i64>>());
    }

    #[test]
    fn over_runs_nothing_false_is_claimed_though_the_account_moves(
        runs in prop::collection::vec(
            (prop::collection::vec(asked(), 0..6), OFFSETS, (0_i64..40, -1_i64..=1)),
            1..5,
        )
    ) {
        let mut coverage = Coverage::default();
        let mut truth = BTreeSet::new();
        for (windows, offset, change) in &runs {
            let run = RunId::new();
            for asked in windows {
                coverage.record(&facts(run, &window(asked)));
            }
            truth.extend(HOURS.filter(|instant| {
                let date = date_of(*instant, *offset, *change);
                windows.iter().any(|window| answers(window, date, *instant))
            }));
            // Coverage survives the disk at any time.
            let text = serde_json::to_string(&coverage).expect("serde");
            coverage = serde_json::from_str(&text).expect("serde");
        }
        let claimed = hours_of(&coverage.proven("s", &Options::default()));
        let false_claims: Vec<&i64> = claimed.difference(&truth).collect();
        prop_assert!(false_claims.is_empty(), "{:?}", false_claims);
    }

    #[test]
    fn what_a_harvest_would_ask_for_again_closes_every_hole(
        windows in prop::collection::vec(asked(), 0..6)
    ) {
        let range = crate::DateRange::new(day(5), day(30)).expect("a range");
        let mut coverage = Coverage::default();
        let first = RunId::new();
        for asked in &windows {
            coverage.record(&facts(first, &window(asked)));
        }
        let second = RunId::new();
        let options = Options::default();
        for stretch in coverage.missing("s", &options, range.interval()) {
            for window in crate::dates::Window::around(stretch).split(9) {
                coverage.record(&facts(
                second,
                &AnsweredWindow {
                    from: window.from,
                    to: window.to,
                    as_of: hour(5000),
                    floor_shown: true,
                    kept: stretch,
                }));
            }
        }
        prop_assert_eq!(coverage.missing("s", &options, range.interval()), vec![]);
    }
}

fn only(from: &str, to: &str, as_of: &str) -> AnsweredWindow {
    AnsweredWindow {
        from: from.parse().expect("a day"),
        to: to.parse().expect("a day"),
        as_of: as_of.parse().expect("an instant"),
        floor_shown: true,
        kept: Interval::ALL,
    }
}

fn text(windows: &[AnsweredWindow]) -> Vec<String> {
    let proven = proven(windows);
    let text = |one: &Interval| format!("{:?}..{:?}", one.start, one.end);
    proven.iter().map(text).collect()
}

#[test]
fn a_window_proves_less_than_it_asked_for() {
    assert_eq!(
        text(&[only("2026-06-01", "2026-06-28", "2026-08-01T00:00:00Z")]),
        ["2026-06-01T12:00:00Z..2026-06-27T10:00:00Z"]
    );
    assert!(text(&[only("2026-06-01", "2026-06-01", "2026-08-01T00:00:00Z")]).is_empty());
}

#[test]
fn nothing_sent_less_than_48_hours_before_is_proven() {
    assert_eq!(
        text(&[only("2026-06-01", "2026-06-28", "2026-06-20T06:00:00Z")]),
        ["2026-06-01T12:00:00Z..2026-06-18T06:00:00Z"]
    );
}

#[test]
fn windows_that_share_a_date_join_within_a_run_and_not_over_runs() {
    let [june, july] = [
        only("2026-06-01", "2026-06-28", "2026-09-01T00:00:00Z"),
        only("2026-06-28", "2026-07-25", "2026-09-01T00:00:00Z"),
    ];
    let joined = ["2026-06-01T12:00:00Z..2026-07-24T10:00:00Z"];
    assert_eq!(text(&[july.clone(), june.clone()]), joined);
    let mut coverage = Coverage::default();
    coverage.record(&facts(RunId::new(), &june));
    coverage.record(&facts(RunId::new(), &july));
    assert_eq!(coverage.proven("s", &Options::default()).len(), 2);
}

#[test]
fn an_account_that_hides_its_floor_proves_only_the_sure_days() {
    let mut old = only("2026-05-19", "2026-06-15", "2026-11-20T12:00:00Z");
    old.floor_shown = false;
    assert_eq!(text(&[old]), ["2026-05-27T12:00:00Z..2026-06-14T10:00:00Z"]);
}

#[test]
fn a_daily_run_leaves_no_seam() {
    let mut coverage = Coverage::default();
    let options = Options::default();
    let (floor, mut last) = (day(0), day(27));
    for number in 0..120_u64 {
        let now = hour(27 * 24 + 24 * i64::try_from(number).expect("small") + 9);
        let range = crate::DateRange::new(floor, last).expect("a range");
        let run = RunId::new();
        for stretch in coverage.missing("s", &options, range.interval()) {
            for window in crate::dates::Window::around(stretch).split(27) {
                coverage.record(&facts(
                    run,
                    &AnsweredWindow {
                        from: window.from,
                        to: window.to.min(now.date_naive() + Days::new(1)),
                        as_of: now,
                        floor_shown: true,
                        kept: stretch,
                    },
                ));
            }
        }
        let due = Interval::new(range.start(), now - SETTLED_AFTER);
        assert_eq!(coverage.missing("s", &options, due), [], "day {number}");
        last = last + Days::new(1);
    }
}

#[test]
fn coverage_of_another_version_is_refused() {
    let text = serde_json::to_string(&Coverage::default()).expect("serde");
    assert!(serde_json::from_str::<Coverage>(&text).is_ok());
    let error = serde_json::from_str::<Coverage>(&text.replace(":1,", ":2,"));
    assert!(error.is_err_and(|error| error.to_string().contains("version 2")));
    assert!(serde_json::from_str::<Coverage>(r#"{"sessions":{}}"#).is_err());
}

#[test]
fn dates_at_the_ends_of_the_calendar_are_no_panic() {
    let odd = AnsweredWindow {
        from: NaiveDate::MIN,
        to: NaiveDate::MAX,
        as_of: DateTime::<Utc>::MAX_UTC,
        floor_shown: true,
        kept: Interval::ALL,
    };
    assert_eq!(proven(std::slice::from_ref(&odd)).len(), 1);
    for floor_shown in [true, false] {
        let as_of = DateTime::<Utc>::MIN_UTC;
        let early = AnsweredWindow {
            as_of,
            floor_shown,
            ..odd.clone()
        };
        assert!(proven(&[early]).is_empty());
    }
}
