use super::{DatesAnswer, Horizon, Today};
use crate::dates::window::Window;
use chrono::{DateTime, Days, NaiveDate, Utc};

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day")
}

fn today() -> Today {
    Today::is(date())
}

fn back(days: u64) -> NaiveDate {
    date() - Days::new(days)
}

fn window(from: u64, to: u64) -> Window {
    Window {
        from: back(from),
        to: back(to),
    }
}

fn refused(horizon: Horizon, asked: Window, today: Today) -> Option<Horizon> {
    let seen = horizon.observe(asked, DatesAnswer::Refusal, today);
    seen.map(|(horizon, _)| horizon)
}

fn echoed(asked: Window, from: Option<u64>, to: Option<u64>) -> Option<(Horizon, Window)> {
    let answer = DatesAnswer::Echo(from.map(back), to.map(back));
    Horizon::default().observe(asked, answer, today())
}

#[test]
fn a_refusal_near_the_floor_raises_it_by_one_day() {
    let horizon = refused(Horizon::default(), window(185, 160), today()).expect("explained");
    assert_eq!(horizon.floor(today()), back(184));
    assert!(horizon.shows_floor());
    assert!(!Horizon::default().shows_floor());
}

#[test]
fn a_refusal_near_today_lowers_the_ceiling_down_to_two_days_back() {
    let mut horizon = Horizon::default();
    let asked = |horizon: Horizon| horizon.clip(window(20, 0), today()).expect("a window");
    let mut to = horizon.ceiling(today());
    for _ in 0..4 {
        let asked = Window {
            to,
            ..asked(horizon)
        };
        horizon = refused(horizon, asked, today()).expect("explained");
        to = horizon.ceiling(today());
    }
    assert_eq!(horizon.ceiling(today()), back(2));
    let past = asked(horizon);
    assert_eq!(
        refused(horizon, past, today()),
        None,
        "a range in the past is no future"
    );
}

#[test]
fn the_ceiling_goes_on_with_the_days_and_the_floor_is_a_date() {
    let low = refused(Horizon::default(), window(20, 0), today()).expect("explained");
    let horizon = refused(low, window(185, 160), today()).expect("explained");
    let later = Today::is(date() + Days::new(10));
    assert_eq!(horizon.ceiling(today()), back(1));
    assert_eq!(horizon.ceiling(later), date() + Days::new(9));
    assert_eq!(horizon.floor(today()), back(184));
    assert!(horizon.floor(later) > back(184), "six months go on as well");
}

#[test]
fn a_span_that_is_too_long_is_never_taken_for_an_edge() {
    assert_eq!(refused(Horizon::default(), window(177, 140), today()), None);
    assert_eq!(refused(Horizon::default(), window(40, 2), today()), None);
}

#[test]
fn an_echo_is_explained_only_at_the_edges() {
    let old = window(183, 160);
    assert_eq!(echoed(old, None, None), Some((Horizon::default(), old)));
    let (horizon, accepted) = echoed(old, Some(180), Some(160)).expect("explained");
    assert_eq!(
        (accepted, horizon.floor(today())),
        (window(180, 160), back(180))
    );
    assert_eq!(echoed(old, Some(170), None), None);
    assert_eq!(echoed(window(100, 80), Some(99), None), None);
    assert_eq!(echoed(window(100, 80), None, Some(81)), None);
    let (horizon, accepted) = echoed(window(10, 0), None, Some(1)).expect("explained");
    assert_eq!(
        (accepted, horizon.ceiling(today())),
        (window(10, 1), back(1))
    );
}

#[test]
fn edges_of_two_windows_only_ever_narrow() {
    let one = refused(Horizon::default(), window(183, 160), today()).expect("explained");
    let other = refused(Horizon::default(), window(10, 1), today()).expect("explained");
    let both = one.narrowed_by(other);
    assert_eq!(
        (both.floor(today()), both.ceiling(today())),
        (back(182), back(2))
    );
    assert_eq!(both.narrowed_by(Horizon::default()), both);
    let lower = refused(both, window(184, 160), today()).expect("explained");
    assert_eq!(lower.floor(today()), back(182));
}

/// Asks a server whose reach is `floor..=ceiling` for a window until it answers; counts its refusals.
fn settle(today: Today, wide: Window, floor: NaiveDate, ceiling: NaiveDate) -> (Window, u32) {
    let mut horizon = Horizon::default();
    for refusals in 0.. {
        let window = horizon.clip(wide, today).expect("within reach");
        if window.from >= floor && window.to <= ceiling {
            return (window, refusals);
        }
        horizon = refused(horizon, window, today).expect("explained");
    }
    unreachable!()
}

#[test]
fn where_clocks_disagree_the_answers_decide_which_is_right() {
    let server: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("an instant");
    for days in [-80_i64, -20, 20, 80] {
        let machine = server + chrono::TimeDelta::days(days);
        let today = Today::of(server, machine);
        for right in [server, machine] {
            let day = right.date_naive();
            let floor = crate::dates::range::six_months_back(day);
            let oldest = Window {
                from: NaiveDate::MIN,
                to: floor + Days::new(3),
            };
            let (answered, refusals) = settle(today, oldest, floor, day);
            assert_eq!(answered.from, floor, "{days}");
            let latest = Window {
                from: day - Days::new(3),
                to: NaiveDate::MAX,
            };
            let (answered, more) = settle(today, latest, floor, day);
            assert_eq!(answered.to, day, "{days}");
            assert!(refusals <= 12 && more <= 8, "{refusals} {more}");
        }
    }
}

#[test]
fn clocks_that_differ_by_hours_or_by_a_year_are_one_clock() {
    let server: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("an instant");
    for hours in [-20, 20, 400 * 24, -400 * 24] {
        let machine = server + chrono::TimeDelta::hours(hours);
        assert_eq!(Today::of(server, machine), today(), "{hours}");
    }
}
