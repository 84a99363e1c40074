use chrono::DateTime;
use futures::future;

use super::*;
use crate::{ErrorKind, clock::SkippingClock};

#[path = "limiter_tests/pace.rs"]
mod pace;

const KIND: Operation = Operation::Messages;
const LIMIT: Duration = Duration::from_secs(300);
/// The patience of a call that began at the clock's start.
const PATIENCE: Patience = Patience {
    since: Duration::ZERO,
    limit: LIMIT,
    outage: Duration::from_secs(900),
};
/// The patience of a run that began at the clock's start.
const OF_RUN: Patience = Patience {
    since: Duration::ZERO,
    limit: Duration::from_secs(900),
    outage: Duration::from_secs(900),
};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn outage() -> Error {
    Error::from(ErrorKind::Server).with_status(503)
}

fn limiter(rate: f64) -> (Arc<Limiter>, Arc<SkippingClock>) {
    let clock = Arc::new(SkippingClock::new(DateTime::UNIX_EPOCH));
    let limiter = Limiter::new(rate, 1.0, clock.clone(), Arc::default());
    (limiter, clock)
}

#[test]
fn the_rate_is_lowered_and_never_raised_and_the_share_stays() {
    let mut gate = Gate::new(20.0, 0.5);
    let mut rate = |told| {
        gate.lower(told, ms(0));
        1.02 / gate.pace.spacing(ms(0)).as_secs_f64()
    };
    for (told, expected) in [(10.0, 5.0), (60.0, 5.0), (0.0, 1.0), (0.0001, 1.0)] {
        let rate = rate(told);
        assert!((rate - expected).abs() < 0.001, "{told}: {rate}");
    }
}

#[tokio::test]
async fn slots_of_many_tasks_are_evenly_spaced() {
    let (limiter, clock) = limiter(20.0);
    let tasks = (0..40).map(|_| limiter.slot(KIND, PATIENCE, false));
    let slots = future::try_join_all(tasks).await.expect("ok");
    assert_eq!(slots.len(), 40);
    assert_eq!(clock.now(), ms(39 * 51));
}

#[tokio::test]
async fn a_pause_holds_everybody_back() {
    let (limiter, clock) = limiter(20.0);
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    let slot = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    assert_eq!(clock.now(), ms(51));
    slot.limited(ms(9_949), false, &too_fast());
    assert_eq!(limiter.pause(), Some((ms(9_949), Some(429))));
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    assert_eq!(clock.now(), ms(10_000));
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    assert_eq!(clock.now(), ms(10_051));
    assert_eq!(limiter.pause(), None);
    assert_eq!(limiter.counters.snapshot().waited, ms(9_949));
}

fn too_fast() -> Error {
    Error::from(ErrorKind::RateLimited)
}

async fn fail(limiter: &Arc<Limiter>, times: usize) {
    for _ in 0..times {
        limiter
            .slot(KIND, PATIENCE, false)
            .await
            .expect("ok")
            .failed(&outage(), None);
    }
}

#[tokio::test]
async fn after_five_failures_in_a_row_only_probes_go_out() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 4).await;
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    fail(&limiter, 5).await;
    let pause = limiter.pause().expect("the first probe waits");
    assert_eq!(pause, (Duration::from_secs(1), Some(503)));
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
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    let at = clock.now();
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    assert!(clock.now() - at < ms(2));
}

#[tokio::test]
async fn one_probe_is_on_its_way_at_a_time() {
    let (limiter, _) = limiter(1000.0);
    fail(&limiter, 5).await;
    let probe = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    let mut next = Box::pin(limiter.slot(KIND, PATIENCE, false));
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
    drop(limiter.slot(KIND, PATIENCE, false).await.expect("ok"));
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
}

#[tokio::test]
async fn who_waits_in_an_outage_longer_than_patience_is_told_so() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 5).await;
    let probe = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    let mut waiting = Box::pin(limiter.slot(KIND, PATIENCE, false));
    assert!(futures::poll!(&mut waiting).is_pending());
    clock.advance(LIMIT);
    probe.failed(&outage(), None);
    assert_eq!(
        waiting.await.expect_err("refused").kind(),
        ErrorKind::Server
    );
    // A later call may probe.
    let later = Patience {
        since: clock.now(),
        ..PATIENCE
    };
    limiter
        .slot(KIND, later, false)
        .await
        .expect("ok")
        .answered();
}

#[tokio::test]
async fn a_limit_of_the_day_fails_what_waits_and_lets_one_look_later() {
    let (limiter, clock) = limiter(20.0);
    let error = Error::from(ErrorKind::DailyLimit);
    limiter.close(Duration::from_secs(12 * 3600), error);
    let error = limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::DailyLimit);
    clock.advance(CLOSED_FOR);
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
}

#[tokio::test]
async fn a_429_holds_everybody_back_whoever_gives_up() {
    let (limiter, clock) = limiter(20.0);
    let slot = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    slot.limited(Duration::from_secs(300), true, &too_fast());
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    assert_eq!(clock.now(), Duration::from_secs(300));
}

#[tokio::test]
async fn a_429_pauses_for_half_a_second_at_least() {
    let (limiter, clock) = limiter(1000.0);
    let slot = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    slot.limited(Duration::ZERO, true, &too_fast());
    limiter
        .slot(KIND, PATIENCE, false)
        .await
        .expect("ok")
        .answered();
    assert_eq!(clock.now(), ms(500));
}

#[tokio::test]
async fn after_five_429s_in_a_row_only_probes_go_out() {
    let (limiter, clock) = limiter(1000.0);
    let mut at = Vec::new();
    for _ in 0..12 {
        let slot = limiter.slot(KIND, OF_RUN, false).await.expect("ok");
        at.push(clock.now().as_secs_f64());
        slot.limited(Duration::ZERO, true, &too_fast());
    }
    let waits: Vec<_> = at.windows(2).map(|at| at[1] - at[0]).collect();
    assert_eq!(
        waits,
        [0.5, 0.5, 0.5, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    );
}

#[tokio::test]
async fn requests_that_were_sent_together_count_as_one_429() {
    let (limiter, clock) = limiter(1000.0);
    let mut together = Vec::new();
    for _ in 0..9 {
        together.push(limiter.slot(KIND, OF_RUN, false).await.expect("ok"));
    }
    for slot in together {
        slot.limited(ms(500), true, &too_fast());
    }
    let before = clock.now();
    limiter
        .slot(KIND, OF_RUN, false)
        .await
        .expect("ok")
        .answered();
    assert_eq!(clock.now() - before, ms(500), "no probes yet");
}

#[tokio::test]
async fn a_run_ends_after_fifteen_minutes_without_an_answer() {
    let (limiter, clock) = limiter(1000.0);
    let error = loop {
        match limiter.slot(KIND, OF_RUN, false).await {
            Ok(slot) => slot.failed(&outage().with_status(503), None),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Outage);
    assert_eq!(error.status(), Some(503));
    assert_eq!(clock.now(), Duration::from_secs(900));
}

#[tokio::test]
async fn a_run_ends_in_the_middle_of_a_long_pause() {
    let (limiter, clock) = limiter(1000.0);
    let error = loop {
        match limiter.slot(KIND, OF_RUN, false).await {
            Ok(slot) => slot.limited(Duration::from_secs(299), true, &too_fast()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Outage);
    assert_eq!(clock.now(), Duration::from_secs(900));
}

#[tokio::test]
async fn a_kind_of_request_that_is_dead_neither_hides_nor_holds_up_another() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 5).await;
    let mut dead = Box::pin(limiter.slot(KIND, OF_RUN, false));
    assert!(futures::poll!(&mut dead).is_pending());
    let before = clock.now();
    let other = limiter.slot(Operation::Sessions, OF_RUN, false);
    other.await.expect("ok").answered();
    assert!(clock.now() - before < ms(10), "it waits for nobody");
    // The answer of the other kind does not end the outage.
    let error = outage();
    dead.await.expect("ok").failed(&error, None);
    let before = clock.now();
    limiter
        .slot(KIND, OF_RUN, false)
        .await
        .expect("ok")
        .answered();
    assert_eq!(clock.now() - before, ms(2000), "still probing");
}

#[tokio::test]
async fn an_outage_of_long_ago_is_looked_at_again() {
    let (limiter, clock) = limiter(1000.0);
    fail(&limiter, 8).await;
    clock.advance(Duration::from_secs(3600));
    let later = Patience {
        since: clock.now(),
        ..OF_RUN
    };
    // The failure of an hour ago ends no run, and another one is the first of a new outage.
    limiter
        .slot(KIND, later, false)
        .await
        .expect("ok")
        .failed(&outage(), None);
    limiter
        .slot(KIND, later, false)
        .await
        .expect("ok")
        .answered();
}

#[tokio::test]
async fn one_session_that_fails_holds_up_no_other_for_a_while() {
    let (limiter, clock) = limiter(1000.0);
    for _ in 0..14 {
        let slot = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
        slot.failed(&outage(), Some("one"));
    }
    let before = clock.now();
    let slot = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    assert!(clock.now() - before < ms(5));
    // The failure of another session shows that this one is not alone.
    slot.failed(&outage(), Some("another"));
    let before = clock.now();
    let slot = limiter.slot(KIND, PATIENCE, false).await.expect("ok");
    assert_eq!(clock.now() - before, ms(1000));
    assert!(slot.is_probe());
}

#[tokio::test]
async fn in_an_outage_those_go_first_that_have_not_failed() {
    let (limiter, _) = limiter(1000.0);
    fail(&limiter, 5).await;
    let mut failed = Box::pin(limiter.slot(KIND, OF_RUN, true));
    assert!(futures::poll!(&mut failed).is_pending());
    // It sleeps until the probe; another request comes meanwhile.
    let mut fresh = Box::pin(limiter.slot(KIND, OF_RUN, false));
    let slot = loop {
        if let std::task::Poll::Ready(slot) = futures::poll!(&mut fresh) {
            break slot.expect("ok");
        }
        assert!(futures::poll!(&mut failed).is_pending());
    };
    slot.answered();
    failed.await.expect("ok").answered();
}
