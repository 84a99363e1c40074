//! Tests of evenly spaced slots.

use super::*;
use crate::transport::limiter::pace::Pace;

/// The instants of `count` slots, each taken `late` after its time.
fn slots(pace: &mut Pace, count: usize, mut late: impl FnMut() -> Duration) -> Vec<Duration> {
    let mut now = Duration::ZERO;
    (0..count)
        .map(|_| {
            now = pace.next_slot(now).max(now) + late();
            pace.take(now);
            now
        })
        .collect()
}

fn most_in_a_second(slots: &[Duration]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (index, slot) in slots.iter().enumerate() {
        while *slot - slots[first] >= Duration::from_secs(1) {
            first += 1;
        }
        most = most.max(index - first + 1);
    }
    most
}

#[test]
fn no_second_of_ten_thousand_slots_holds_more_than_the_rate() {
    let random = fastrand::Rng::with_seed(7);
    for rate in [1.0, 2.0, 4.0, 10.0, 20.0, 30.0, 60.0, 80.0] {
        let mut random = random.clone();
        let late = || Duration::from_micros(random.u64(0..2000));
        let slots = slots(&mut Pace::new(rate), 10_000, late);
        assert!(most_in_a_second(&slots) <= rate as usize, "{rate}");
    }
}

#[test]
fn late_wake_ups_do_not_cost_the_rate() {
    for rate in [20.0, 60.0] {
        let mut random = fastrand::Rng::with_seed(7);
        let late = || Duration::from_micros(random.u64(0..2000));
        let slots = slots(&mut Pace::new(rate), 10_000, late);
        let reached = 9_999.0 / slots[9_999].as_secs_f64();
        assert!(reached > 0.98 * rate, "{reached} of {rate}");
    }
}

#[test]
fn a_rest_saves_nothing_up() {
    let mut pace = Pace::new(20.0);
    pace.take(ms(0));
    pace.take(ms(10_000));
    assert_eq!(pace.next_slot(ms(10_000)), ms(10_000 + 51 - 2));
}

#[test]
fn each_429_of_the_second_widens_the_slots_up_to_a_bound() {
    let mut pace = Pace::new(20.0);
    let mut spacings = vec![pace.spacing(ms(0))];
    for _ in 0..6 {
        pace.widen(ms(0));
        spacings.push(pace.spacing(ms(0)));
    }
    let us: Vec<_> = spacings.iter().map(Duration::as_micros).collect();
    assert_eq!(us, [51_000, 51_500, 52_000, 52_500, 53_000, 53_000, 53_000]);
}

#[test]
fn a_burst_of_429s_widens_the_slots_once() {
    let mut gate = Gate::new(20.0, 1.0);
    gate.widen(ms(100), ms(500));
    gate.widen(ms(150), ms(500));
    assert_eq!(gate.pace.spacing(ms(700)), ms(51) + ms(1) / 2);
    gate.widen(ms(600), ms(700));
    assert_eq!(gate.pace.spacing(ms(700)), ms(52));
}

#[test]
fn a_margin_is_forgotten_step_by_step() {
    let minutes = |minutes: u64| ms(minutes * 60_000);
    let mut pace = Pace::new(20.0);
    (0..3).for_each(|_| pace.widen(ms(0)));
    let mut at = |minute| pace.spacing(minutes(minute)).as_micros();
    assert_eq!(
        [at(9), at(10), at(20), at(30), at(99)],
        [52_500, 52_000, 51_500, 51_000, 51_000]
    );
}

#[test]
fn a_rate_that_no_header_repeats_is_forgotten() {
    let minutes = |minutes: u64| ms(minutes * 60_000);
    let mut gate = Gate::new(20.0, 1.0);
    gate.lower(10.0, minutes(0));
    gate.lower(10.0, minutes(9));
    assert_eq!(gate.pace.spacing(minutes(18)), ms(102));
    assert_eq!(gate.pace.spacing(minutes(19)), ms(51));
}
