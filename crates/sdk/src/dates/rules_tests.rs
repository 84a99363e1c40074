//! The window rules under every interpretation of Zoom's dates, without HTTP.
//!
//! The full product of time zones, meanings of `to`, lengths of a month, floors,
//! futures and echoes: nothing in reach is missed, nothing is falsely claimed.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use zoom_chat_reports_sandbox::rules::{
    self, Beyond, FloorEdge, FloorRule, RangeRules, SpanExcess, SpanRule, ToRule, Zone,
};

use super::{
    horizon::{DatesAnswer, Horizon, Today},
    interval::Interval,
    proof::AnsweredWindow,
    window::{WINDOW_DAYS, Window},
};
use crate::{
    DateRange, HarvestSummary, Options,
    reading::{
        plan::Planner,
        tally::{Scope, Tally, Wanted},
    },
};

/// The result of a run of the rules.
struct Outcome {
    served: Vec<Interval>,
    summary: HarvestSummary,
}

/// The dates that a window is answered for, and the instants that it serves; none beyond an edge.
fn ask_window(
    rules: &RangeRules,
    window: Window,
    now: DateTime<Utc>,
    horizon: &mut Horizon,
) -> Option<(Window, Interval)> {
    let today = Today::of(now, now);
    loop {
        let asked = horizon.clip(window, today)?;
        let (answer, served) = match rules::answer(rules, now, asked.from, asked.to) {
            rules::Answer::Refused { .. } => (DatesAnswer::Refusal, None),
            rules::Answer::Served { start, end, echo } => {
                let (from, to) = echo.unzip();
                (DatesAnswer::Echo(from, to), Some(Interval::new(start, end)))
            }
        };
        let seen = horizon.observe(asked, answer, today);
        let (narrower, accepted) = seen.unwrap_or_else(|| panic!("{rules:?} {asked}: {answer:?}"));
        *horizon = narrower;
        if let Some(served) = served {
            return Some((accepted, served));
        }
    }
}

/// Reads a range as a run does, from pure rules instead of a server.
fn ask(rules: &RangeRules, range: &DateRange, now: DateTime<Utc>) -> Outcome {
    let mut horizon = Horizon::default();
    let mut tally = Tally::new(Wanted {
        range: *range,
        options: Options::default(),
        except: Arc::default(),
        whole_windows: false,
        counters: Arc::default(),
    });
    let today = Today::of(now, now);
    let units = Planner::new(horizon, today, WINDOW_DAYS, false).units(0, range.interval());
    assert!(!units.is_empty(), "within reach");
    tally.expect([Arc::from("s")], &units);
    let mut served = Vec::new();
    for unit in units {
        let Some((accepted, instants)) = ask_window(rules, unit.window, now, &mut horizon) else {
            continue;
        };
        served.push(instants);
        tally.answered(
            0,
            AnsweredWindow {
                from: accepted.from,
                to: accepted.to,
                as_of: now,
                floor_shown: horizon.shows_floor(),
                kept: unit.keep,
            },
        );
    }
    let summary = tally.summary(
        &Scope {
            interval: range.interval(),
            horizon,
            today,
            now,
            machine_ahead: None,
        },
        None,
    );
    Outcome {
        served: Interval::union(served),
        summary,
    }
}

/// All combinations of the rules for one zone.
fn combinations(zone: Zone) -> impl Iterator<Item = RangeRules> {
    let base = RangeRules {
        zone,
        ..RangeRules::default()
    };
    let to = move |rules| each(ToRule::ALL, rules, |rules, to| rules.to = to);
    let span = |rules| each(SpanRule::ALL, rules, |rules, span| rules.span = span);
    let excess = |rules| {
        each(SpanExcess::ALL, rules, |rules, excess| {
            rules.span_excess = excess;
        })
    };
    let floor = |rules| each(FloorRule::ALL, rules, |rules, floor| rules.floor = floor);
    let edge = |rules| each(FloorEdge::ALL, rules, |rules, edge| rules.floor_edge = edge);
    let beyond = |rules| {
        each(Beyond::ALL, rules, |rules, beyond| {
            rules.beyond_floor = beyond;
        })
    };
    let future = |rules| each(Beyond::ALL, rules, |rules, future| rules.future_to = future);
    let echo = |rules| each(rules::Echo::ALL, rules, |rules, echo| rules.echo = echo);
    to(base)
        .flat_map(span)
        .flat_map(excess)
        .flat_map(floor)
        .flat_map(edge)
        .flat_map(beyond)
        .flat_map(future)
        .flat_map(echo)
}

fn each<T: Copy>(
    values: &'static [T],
    rules: RangeRules,
    set: impl Fn(&mut RangeRules, T),
) -> impl Iterator<Item = RangeRules> {
    values.iter().map(move |value| {
        let mut rules = rules;
        set(&mut rules, *value);
        rules
    })
}

/// Checks a range under all rules, at several times of day.
fn check(range: impl Fn(DateTime<Utc>) -> DateRange, times: &[&str], more: impl Fn(&Outcome)) {
    for time in times {
        let now: DateTime<Utc> = time.parse().expect("an instant");
        let range = range(now);
        for zone in Zone::ALL {
            for rules in combinations(*zone) {
                let outcome = ask(&rules, &range, now);
                let context = || format!("{rules:?} at {now}, {range}");
                // Nothing that the server serves is missed.
                let (start, end) = rules::reach(&rules, now);
                let due = Interval::new(start.max(range.start()), end.min(range.end()));
                assert!(
                    due.without(&outcome.served).is_empty(),
                    "missed {:?}: {}",
                    due.without(&outcome.served),
                    context()
                );
                // Nothing that was not served is claimed.
                let summary = &outcome.summary;
                let gaps: Vec<Interval> = Interval::union(
                    summary
                        .gaps
                        .iter()
                        .map(|gap| Interval::new(gap.start, gap.end)),
                );
                let claimed = Interval::new(summary.complete_from, summary.complete_through);
                for claim in claimed.without(&gaps) {
                    assert!(
                        claim.without(&outcome.served).is_empty(),
                        "claimed {:?}: {}",
                        claim.without(&outcome.served),
                        context()
                    );
                }
                more(&outcome);
            }
        }
    }
}

#[test]
fn the_last_six_months_are_whole_and_honestly_claimed_under_all_rules() {
    let times = [
        "2026-11-20T12:00:00Z",
        "2026-08-31T23:30:00Z",
        "2028-03-01T00:10:00Z",
    ];
    check(
        |now| DateRange::last_six_months(now.date_naive()),
        &times,
        |outcome| {
            let summary = &outcome.summary;
            assert!(summary.is_complete(), "{:?}", summary.gaps);
            let days = (summary.complete_through - summary.complete_from).num_days();
            assert!(days >= 170, "only {days} days are claimed");
        },
    );
}

#[test]
fn a_month_in_mid_history_is_whole_and_claimed_in_full_under_all_rules() {
    let times = ["2026-11-20T12:00:00Z", "2026-11-20T23:59:59Z"];
    let range = DateRange::month(2026, 8).expect("a month");
    check(
        |_| range,
        &times,
        |outcome| {
            assert!(outcome.summary.is_complete());
            assert_eq!(outcome.summary.complete_from, range.start());
            assert_eq!(outcome.summary.complete_through, range.end());
        },
    );
}

#[test]
fn a_range_that_names_days_at_the_floor_claims_them_only_where_they_are_proven() {
    check(
        |now| {
            let today = now.date_naive();
            let first = today - TimeDelta::days(184);
            DateRange::new(first, first + TimeDelta::days(20)).expect("a range")
        },
        &["2026-11-20T12:00:00Z", "2026-09-01T00:10:00Z"],
        |outcome| assert!(!outcome.served.is_empty()),
    );
}

#[test]
fn today_alone_is_delivered_and_nothing_of_it_claimed_under_all_rules() {
    check(
        |now| DateRange::last_days(1, now.date_naive()).expect("a day"),
        &["2026-11-20T12:00:00Z", "2026-11-20T00:00:01Z"],
        |outcome| {
            assert!(outcome.summary.is_complete());
            let summary = &outcome.summary;
            assert_eq!(summary.complete_through, summary.complete_from);
        },
    );
}
