use chrono::DateTime;
use futures::future;

use super::*;
use crate::{ErrorKind, clock::SkippingClock};

const PATIENCE: Duration = Duration::from_secs(300);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn outage() -> Error {
    Error::new_for_test(ErrorKind::Server)
}

fn limiter(rate: f64) -> (Arc<Limiter>, Arc<SkippingClock>) {
    let clock = Arc::new(SkippingClock::new(DateTime::UNIX_EPOCH));
    let limiter = Limiter::new(rate, 1.0, clock.clone(), Arc::default());
    (limiter, clock)
}

/// The instants of so many slots, each taken `late` after its time.
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
    let mut spacings = vec![pace.spacing()];
    for _ in 0..6 {
        pace.widen();
        spacings.push(pace.spacing());
    }
    let us: Vec<_> = spacings.iter().map(Duration::as_micros).collect();
    assert_eq!(us, [51_000, 51_500, 52_000, 52_500, 53_000, 53_000, 53_000]);
}

#[test]
fn a_burst_of_429s_widens_the_slots_once() {
    let mut gate = Gate::new(20.0, 1.0);
    gate.widen(ms(100), ms(500));
    gate.widen(ms(150), ms(500));
    assert_eq!(gate.pace.margin_ms, 30);
    gate.widen(ms(600), ms(700));
    assert_eq!(gate.pace.margin_ms, 40);
}

#[test]
fn the_rate_is_lowered_and_never_raised_and_the_share_stays() {
    let mut gate = Gate::new(20.0, 0.5);
    gate.lower(10.0);
    assert_eq!(gate.pace.rate, 5.0);
    gate.lower(60.0);
    assert_eq!(gate.pace.rate, 5.0);
    gate.lower(0.0);
    assert_eq!(gate.pace.rate, 5.0);
    gate.lower(0.0001);
    assert_eq!(gate.pace.rate, 1.0, "a header does not stall the run");
}

#[tokio::test]
async fn slots_of_many_tasks_are_evenly_spaced() {
    let (limiter, clock) = limiter(20.0);
    let tasks = (0..40).map(|_| limiter.slot(PATIENCE));
    let slots = future::try_join_all(tasks).await.expect("ok");
    assert_eq!(slots.len(), 40);
    assert_eq!(clock.now(), ms(39 * 51));
}

#[tokio::test]
async fn a_pause_holds_everybody_back() {
    let (limiter, clock) = limiter(20.0);
    limiter.slot(PATIENCE).await.expect("ok").answered();
    limiter.pause_until(ms(10_000));
    assert_eq!(limiter.paused_for(), Some(ms(10_000)));
    limiter.slot(PATIENCE).await.expect("ok").answered();
    assert_eq!(clock.now(), ms(10_000));
    limiter.slot(PATIENCE).await.expect("ok").answered();
    assert_eq!(clock.now(), ms(10_051));
    assert_eq!(limiter.paused_for(), None);
    assert_eq!(limiter.counters.snapshot().waited, ms(10_000));
}

async fn fail(limiter: &Arc<Limiter>, times: usize) {
    for _ in 0..times {
        limiter.slot(PATIENCE).await.expect("ok").failed(&outage());
    }
}

#[tokio::test]
async fn after_five_failures_in_a_row_only_probes_go_out() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 4).await;
    limiter.slot(PATIENCE).await.expect("ok").answered();
    fail(&limiter, 5).await;
    let mut at = clock.now();
    for seconds in [1, 2, 4, 8, 16, 30, 30] {
        fail(&limiter, 1).await;
        assert_eq!(clock.now() - at, Duration::from_secs(seconds));
        at = clock.now();
    }
}

#[tokio::test]
async fn a_probe_that_is_answered_ends_the_outage() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 6).await;
    limiter.slot(PATIENCE).await.expect("ok").answered();
    let at = clock.now();
    limiter.slot(PATIENCE).await.expect("ok").answered();
    assert!(clock.now() - at < ms(2));
}

#[tokio::test]
async fn one_probe_is_on_its_way_at_a_time() {
    let (limiter, _) = limiter(1000.0);
    fail(&limiter, 5).await;
    let probe = limiter.slot(PATIENCE).await.expect("ok");
    let mut next = Box::pin(limiter.slot(PATIENCE));
    for _ in 0..10 {
        assert!(futures::poll!(&mut next).is_pending());
        tokio::task::yield_now().await;
    }
    probe.answered();
    next.await.expect("ok").answered();
}

#[tokio::test]
async fn a_probe_that_is_dropped_makes_room_for_another() {
    let (limiter, _) = limiter(1000.0);
    fail(&limiter, 5).await;
    drop(limiter.slot(PATIENCE).await.expect("ok"));
    limiter.slot(PATIENCE).await.expect("ok").answered();
}

#[tokio::test]
async fn who_waits_in_an_outage_longer_than_patience_is_told_so() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 5).await;
    let probe = limiter.slot(PATIENCE).await.expect("ok");
    let mut waiting = Box::pin(limiter.slot(PATIENCE));
    assert!(futures::poll!(&mut waiting).is_pending());
    clock.advance(PATIENCE);
    probe.failed(&outage());
    assert_eq!(
        waiting.await.expect_err("refused").kind(),
        ErrorKind::Server
    );
    // Who comes later may probe.
    limiter.slot(PATIENCE).await.expect("ok").answered();
}

#[tokio::test]
async fn a_limit_of_the_day_fails_what_waits_and_lets_one_look_later() {
    let (limiter, clock) = limiter(20.0);
    let error = Error::new_for_test(ErrorKind::DailyLimit);
    limiter.close(Duration::from_secs(12 * 3600), error);
    let error = limiter.slot(PATIENCE).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::DailyLimit);
    clock.advance(CLOSED_FOR);
    limiter.slot(PATIENCE).await.expect("ok").answered();
}
