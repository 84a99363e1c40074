//! The promises of the date rules.

use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::{
    Answer, Beyond, Daylight, Echo, FloorEdge, FloorRule, RangeRules, Refusal, SpanExcess,
    SpanRule, ToRule, Zone, ZoneBy, ZoneLater, answer, first_date, last_allowed, reach, today,
};

const NOW: &str = "2026-11-20T12:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a constant")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a constant")
}

fn served(rules: &RangeRules, from: &str, to: &str) -> (String, String) {
    match answer(rules, now(), day(from), day(to)) {
        Answer::Served { start, end, .. } => (
            start.format("%FT%T%.3f").to_string(),
            end.format("%FT%T%.3f").to_string(),
        ),
        refused => panic!("{refused:?}"),
    }
}

fn reason(rules: &RangeRules, from: &str, to: &str) -> Option<Refusal> {
    match answer(rules, now(), day(from), day(to)) {
        Answer::Served { .. } => None,
        Answer::Refused { reason, code, .. } => {
            assert_eq!(code, 300);
            Some(reason)
        }
    }
}

#[test]
fn each_meaning_of_to_ends_at_its_own_instant() {
    for (to, end) in [
        (ToRule::Inclusive, "2026-11-06T00:00:00.000"),
        (ToRule::Exclusive, "2026-11-05T00:00:00.000"),
        (ToRule::Midnight, "2026-11-05T00:00:00.001"),
        (ToRule::Seconds, "2026-11-05T23:59:59.001"),
    ] {
        let rules = RangeRules {
            to,
            ..RangeRules::default()
        };
        let (start, found) = served(&rules, "2026-11-01", "2026-11-05");
        assert_eq!(start, "2026-11-01T00:00:00.000");
        assert_eq!(found, end, "{to}");
    }
}

#[test]
fn days_begin_at_midnight_of_the_zone() {
    let rules = RangeRules {
        zone: Zone::from_minutes(330).expect("a zone"),
        ..RangeRules::default()
    };
    let (start, end) = served(&rules, "2026-11-01", "2026-11-01");
    assert_eq!(start, "2026-10-31T18:30:00.000");
    assert_eq!(end, "2026-11-01T18:30:00.000");
}

#[test]
fn an_exclusive_single_day_is_empty() {
    let rules = RangeRules {
        to: ToRule::Exclusive,
        ..RangeRules::default()
    };
    let (start, end) = served(&rules, "2026-11-01", "2026-11-01");
    assert_eq!(start, end);
}

#[test]
fn each_span_rule_has_its_own_longest_range() {
    for (span, last) in [
        (SpanRule::Dates28, "2026-10-28"),
        (SpanRule::Dates31, "2026-10-31"),
        (SpanRule::Days28, "2026-10-29"),
        (SpanRule::Days31, "2026-11-01"),
        (SpanRule::Month, "2026-11-01"),
    ] {
        let rules = RangeRules {
            span,
            ..RangeRules::default()
        };
        assert_eq!(reason(&rules, "2026-10-01", last), None, "{span}");
        let late = day(last).succ_opt().expect("a date").to_string();
        assert_eq!(reason(&rules, "2026-10-01", &late), Some(Refusal::TooLong));
    }
    assert_eq!(
        last_allowed(SpanRule::Month, day("2024-01-31")),
        day("2024-02-29")
    );
}

#[test]
fn a_long_range_is_clamped_at_the_end_that_is_set() {
    for (span_excess, echo) in [
        (SpanExcess::ClampEnd, ("2026-09-01", "2026-09-28")),
        (SpanExcess::ClampStart, ("2026-09-13", "2026-10-10")),
    ] {
        let rules = RangeRules {
            span: SpanRule::Dates28,
            span_excess,
            ..RangeRules::default()
        };
        let Answer::Served { echo: found, .. } =
            answer(&rules, now(), day("2026-09-01"), day("2026-10-10"))
        else {
            panic!("clamped, not refused")
        };
        assert_eq!(found, Some((day(echo.0), day(echo.1))));
    }
}

#[test]
fn the_floor_moves_with_its_rule_and_edge() {
    for (floor, floor_edge, first) in [
        (FloorRule::Months, FloorEdge::Inclusive, "2026-05-20"),
        (FloorRule::Months, FloorEdge::Exclusive, "2026-05-21"),
        (FloorRule::Days180, FloorEdge::Inclusive, "2026-05-24"),
        (FloorRule::Days180, FloorEdge::Exclusive, "2026-05-25"),
    ] {
        let rules = RangeRules {
            floor,
            floor_edge,
            ..RangeRules::default()
        };
        assert_eq!(first_date(&rules, now()), day(first));
        assert_eq!(reason(&rules, first, first), None);
        let early = day(first).pred_opt().expect("a date").to_string();
        assert_eq!(reason(&rules, &early, first), Some(Refusal::BeyondFloor));
    }
}

#[test]
fn past_a_limit_each_behaviour_differs() {
    let with = |beyond| RangeRules {
        beyond_floor: beyond,
        future_to: beyond,
        ..RangeRules::default()
    };
    assert_eq!(
        reason(&with(Beyond::Refused), "2026-11-20", "2026-11-21"),
        Some(Refusal::Future)
    );
    let (_, end) = served(&with(Beyond::Clamped), "2026-11-20", "2026-11-22");
    assert_eq!(end, "2026-11-21T00:00:00.000");
    let (_, end) = served(&with(Beyond::Accepted), "2026-11-20", "2026-11-22");
    assert_eq!(end, "2026-11-23T00:00:00.000");
    let (start, _) = served(&with(Beyond::Clamped), "2026-05-10", "2026-05-25");
    assert_eq!(start, "2026-05-20T00:00:00.000");
    let (start, _) = served(&with(Beyond::Accepted), "2026-05-10", "2026-05-25");
    assert_eq!(start, "2026-05-10T00:00:00.000");
    let (start, end) = served(&with(Beyond::Clamped), "2026-05-01", "2026-05-05");
    assert_eq!(start, end, "wholly beyond the floor selects nothing");
}

#[test]
fn the_echo_is_what_is_set() {
    let echo = |echo| {
        let rules = RangeRules {
            future_to: Beyond::Clamped,
            echo,
            ..RangeRules::default()
        };
        match answer(&rules, now(), day("2026-11-18"), day("2026-11-25")) {
            Answer::Served { echo, .. } => echo.map(|(_, to)| to.to_string()),
            refused => panic!("{refused:?}"),
        }
    };
    assert_eq!(echo(Echo::Clamped).as_deref(), Some("2026-11-20"));
    assert_eq!(echo(Echo::Asked).as_deref(), Some("2026-11-25"));
    assert_eq!(echo(Echo::Absent), None);
}

#[test]
fn a_reversed_range_is_refused() {
    let rules = RangeRules::default();
    assert_eq!(
        reason(&rules, "2026-11-02", "2026-11-01"),
        Some(Refusal::Reversed)
    );
}

#[test]
fn today_is_the_zone_s_date() {
    let rules = RangeRules {
        zone: Zone::from_minutes(840).expect("a zone"),
        ..RangeRules::default()
    };
    assert_eq!(today(&rules, now()), day("2026-11-21"));
}

fn zone(minutes: i32) -> Zone {
    Zone::from_minutes(minutes).expect("a zone")
}

/// The start and the end of one date, for an account that is asked at `now`.
fn whole_day(rules: &RangeRules, now: &str, date: &str) -> (String, String) {
    let accepting = RangeRules {
        beyond_floor: Beyond::Accepted,
        ..*rules
    };
    let now = now.parse().expect("a constant");
    match answer(&accepting, now, day(date), day(date)) {
        Answer::Served { start, end, .. } => (
            start.format("%m-%d %H:%M").to_string(),
            end.format("%m-%d %H:%M").to_string(),
        ),
        refused => panic!("{refused:?}"),
    }
}

#[test]
fn an_account_that_moved_is_asked_in_its_new_zone_about_every_date() {
    let rules = RangeRules {
        zone: zone(-480),
        zone_later: Some(ZoneLater {
            from: "2026-11-20T12:00:00Z".parse().expect("a constant"),
            zone: zone(540),
        }),
        ..RangeRules::default()
    };
    let ask = |now| whole_day(&rules, now, "2026-11-01");
    let pair = |start: &str, end: &str| (start.to_owned(), end.to_owned());
    assert_eq!(
        ask("2026-11-20T11:59:59.999Z"),
        pair("11-01 08:00", "11-02 08:00")
    );
    assert_eq!(
        ask("2026-11-20T12:00:00Z"),
        pair("10-31 15:00", "11-01 15:00")
    );
    let now = |text: &str| text.parse().expect("a constant");
    assert_eq!(
        today(&rules, now("2026-11-20T07:00:00Z")),
        day("2026-11-19")
    );
    assert_eq!(
        today(&rules, now("2026-11-20T15:00:00Z")),
        day("2026-11-21")
    );
    let (start, _) = reach(&rules, now("2026-11-20T15:00:00Z"));
    assert_eq!(start.to_rfc3339(), "2026-05-20T15:00:00+00:00");
}

#[test]
fn a_day_on_which_clocks_change_has_23_or_25_hours() {
    let europe = RangeRules {
        zone: zone(60),
        daylight: Daylight::Europe,
        ..RangeRules::default()
    };
    let australia = RangeRules {
        zone: zone(600),
        daylight: Daylight::Australia,
        ..RangeRules::default()
    };
    // At one hour behind UTC clocks change at midnight.
    let azores = RangeRules {
        zone: zone(-60),
        ..europe
    };
    for (rules, date, start, end) in [
        (&europe, "2026-10-24", "10-23 22:00", "10-24 22:00"),
        (&europe, "2026-10-25", "10-24 22:00", "10-25 23:00"),
        (&europe, "2026-10-26", "10-25 23:00", "10-26 23:00"),
        (&europe, "2026-03-29", "03-28 23:00", "03-29 22:00"),
        (&australia, "2026-10-04", "10-03 14:00", "10-04 13:00"),
        (&australia, "2026-04-05", "04-04 13:00", "04-05 14:00"),
        (&azores, "2026-03-29", "03-29 01:00", "03-30 00:00"),
        (&azores, "2026-10-25", "10-25 00:00", "10-26 01:00"),
    ] {
        let found = whole_day(rules, NOW, date);
        assert_eq!(found, (start.to_owned(), end.to_owned()), "{date}");
    }
}

#[test]
fn midnights_can_have_the_offset_of_the_day_of_asking() {
    let rules = RangeRules {
        zone: zone(60),
        daylight: Daylight::Europe,
        zone_by: ZoneBy::Asking,
        ..RangeRules::default()
    };
    let pair = |start: &str, end: &str| (start.to_owned(), end.to_owned());
    let summer = "2026-08-01T00:00:00Z";
    for date in ["2026-07-01", "2026-10-25", "2026-11-01"] {
        let ask = |now| whole_day(&rules, now, date);
        assert!(ask(summer).0.ends_with("22:00"), "{date}");
        assert!(ask(NOW).0.ends_with("23:00"), "{date}");
    }
    assert_eq!(
        whole_day(&rules, NOW, "2026-10-25"),
        pair("10-24 23:00", "10-25 23:00")
    );
}

proptest! {
    #[test]
    fn every_instant_lies_in_the_day_that_the_account_calls_today(
        minutes in -720..=840_i32,
        seconds in 1_700_000_000..1_900_000_000_i64,
        daylight in 0..Daylight::ALL.len(),
        by in 0..ZoneBy::ALL.len(),
    ) {
        let rules = RangeRules {
            zone: zone(minutes),
            daylight: Daylight::ALL[daylight],
            zone_by: ZoneBy::ALL[by],
            ..RangeRules::default()
        };
        let now = DateTime::from_timestamp(seconds, 0).expect("an instant");
        let date = today(&rules, now);
        let Answer::Served { start, end, .. } = answer(&rules, now, date, date) else {
            panic!("refused")
        };
        prop_assert!((start..end).contains(&now), "{start} {now} {end}");
        prop_assert!((23..=25).contains(&(end - start).num_hours()));
        let ahead = date.and_time(chrono::NaiveTime::MIN).and_utc() - start;
        prop_assert!((-12 * 60..=14 * 60).contains(&ahead.num_minutes()), "{ahead}");
        // The next day begins where this one ends.
        let next = date.succ_opt().expect("a date");
        let Answer::Served { start: next, .. } = answer(&rules, now, next, next) else {
            panic!("refused")
        };
        prop_assert_eq!(end, next);
    }
}

proptest! {
    #[test]
    fn twenty_eight_dates_are_served_whatever_the_rules(
        zone in -720..=840_i32,
        to in 0..ToRule::ALL.len(),
        span in 0..SpanRule::ALL.len(),
        back in 28..150_u64,
        days180 in any::<bool>(),
        daylight in 0..Daylight::ALL.len(),
        by in 0..ZoneBy::ALL.len(),
    ) {
        let rules = RangeRules {
            zone: Zone::from_minutes(zone).expect("in the range"),
            to: ToRule::ALL[to],
            span: SpanRule::ALL[span],
            floor: if days180 { FloorRule::Days180 } else { FloorRule::Months },
            daylight: Daylight::ALL[daylight],
            zone_by: ZoneBy::ALL[by],
            ..RangeRules::default()
        };
        let from = today(&rules, now()) - chrono::Days::new(back);
        let to = from + chrono::Days::new(27);
        let Answer::Served { start, end, echo } = answer(&rules, now(), from, to) else {
            panic!("refused")
        };
        prop_assert_eq!(echo, Some((from, to)));
        let hours = (end - start).num_hours();
        prop_assert!((27 * 24 - 1..=28 * 24 + 1).contains(&hours));
        let (first, last) = reach(&rules, now());
        prop_assert!(first <= start && end <= last);
    }
}
