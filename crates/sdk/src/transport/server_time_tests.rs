use reqwest::header::HeaderValue;

use super::*;
use crate::clock::SkippingClock;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn noon() -> DateTime<Utc> {
    instant("2026-11-20T12:00:00Z")
}

/// A machine whose calendar is `off`, and a server whose dates are scripted.
struct Scene {
    votes: Votes,
    monotonic: Duration,
    off: TimeDelta,
}

impl Scene {
    fn new(off: TimeDelta) -> Self {
        Self {
            votes: Votes::default(),
            monotonic: Duration::from_secs(1000),
            off,
        }
    }

    /// The true time.
    fn truth(&self) -> DateTime<Utc> {
        clock::add(noon(), self.monotonic)
    }

    /// Lets a second pass, and takes a response whose date is off by `wrong`.
    fn told(&mut self, wrong: TimeDelta) -> Belief {
        self.monotonic += Duration::from_secs(1);
        let machine = self.truth() + self.off;
        self.votes
            .observe(self.truth() + wrong, machine, self.monotonic);
        self.belief()
    }

    fn told_five_times(&mut self) {
        for _ in 0..5 {
            self.told(RIGHT);
        }
    }

    fn belief(&self) -> Belief {
        self.votes.believe(self.truth() + self.off, self.monotonic)
    }

    /// By how many days the believed time is off.
    fn error(&self) -> i64 {
        (self.belief().now - self.truth()).num_days()
    }
}

const RIGHT: TimeDelta = TimeDelta::zero();

#[test]
fn a_date_that_agrees_with_the_machine_is_believed_at_once() {
    let mut scene = Scene::new(TimeDelta::minutes(10));
    assert!(!scene.belief().settled, "nothing was told yet");
    let belief = scene.told(RIGHT);
    assert!(belief.settled);
    assert_eq!((belief.now, belief.machine_ahead()), (scene.truth(), None));
}

#[test]
fn where_the_machine_is_wrong_two_dates_that_agree_are_believed() {
    for days in [-400, -20, -2, 2, 20, 400] {
        let mut scene = Scene::new(TimeDelta::days(days));
        assert!(!scene.told(RIGHT).settled, "{days}");
        let belief = scene.told(RIGHT);
        assert!(belief.settled, "{days}");
        assert_eq!(
            (scene.error(), belief.machine_ahead()),
            (0, Some(TimeDelta::days(days)))
        );
    }
}

#[test]
fn one_wrong_date_among_right_ones_moves_nothing() {
    for wrong in [-80, -1, 1, 365].map(TimeDelta::days) {
        let mut scene = Scene::new(RIGHT);
        assert!(!scene.told(wrong).settled, "the first is wrong");
        assert!(scene.told(RIGHT).settled);
        assert_eq!(scene.error(), 0);
        scene.told(RIGHT);
        assert!(!scene.told(wrong).settled, "a later one is wrong");
        assert_eq!(scene.error(), 0);
        assert!(scene.told(RIGHT).settled);
    }
}

#[test]
fn a_server_in_1970_or_9999_has_no_vote() {
    for date in ["1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
        let mut scene = Scene::new(RIGHT);
        for _ in 0..10 {
            let wrong = instant(date) - scene.truth();
            assert!(!scene.told(wrong).settled);
            assert_eq!(scene.error(), 0);
        }
    }
}

#[test]
fn a_machine_that_lost_its_calendar_listens_to_the_server() {
    let mut scene = Scene::new(DateTime::UNIX_EPOCH - noon());
    scene.told(RIGHT);
    assert!(scene.told(RIGHT).settled);
    assert_eq!(scene.error(), 0);
}

#[test]
fn an_account_of_another_time_that_the_machine_shares_is_believed() {
    let mut votes = Votes::default();
    let now = instant("1999-06-01T00:00:00Z");
    votes.observe(now, now, Duration::ZERO);
    assert!(votes.believe(now, Duration::ZERO).settled);
}

#[test]
fn a_server_that_moves_for_good_is_believed_once_most_votes_agree() {
    let back = TimeDelta::days(-80);
    let mut scene = Scene::new(RIGHT);
    scene.told_five_times();
    let believed: Vec<i64> = (0..5)
        .map(|_| {
            scene.told(back);
            scene.error()
        })
        .collect();
    assert_eq!(believed, [0, 0, 0, -80, -80]);
}

#[test]
fn a_machine_that_slept_asks_again_before_it_believes_an_old_date() {
    let mut scene = Scene::new(RIGHT);
    scene.told_five_times();
    // Eight hours pass for the calendars, but not for the monotonic clock.
    let slept = TimeDelta::hours(8);
    let believe = |scene: &Scene| scene.votes.believe(scene.truth() + slept, scene.monotonic);
    assert!(!believe(&scene).settled);
    for told in 0..5 {
        scene.monotonic += Duration::from_secs(1);
        let now = scene.truth() + slept;
        scene.votes.observe(now, now, scene.monotonic);
        let off = (believe(&scene).now - now).num_hours();
        assert!(off == 0 || (off == -8 && told < 2), "{told}: {off}");
    }
    assert!(believe(&scene).settled);
}

#[test]
fn dates_come_from_headers_and_move_on() {
    let headers =
        |date: &'static str| HeaderMap::from_iter([(DATE, HeaderValue::from_static(date))]);
    let clock = Arc::new(SkippingClock::new(noon()));
    let time = ServerTime::new(clock.clone());
    assert!(!time.is_told());
    assert_eq!(time.learn(&headers("yesterday")), None);
    assert_eq!(time.learn(&HeaderMap::new()), None);
    assert!(!time.is_told());
    let date = time
        .learn(&headers("Fri, 20 Nov 2026 12:00:07 GMT"))
        .expect("a date");
    assert!(time.is_told());
    clock.advance(Duration::from_secs(90));
    assert_eq!((time.now() - date).num_seconds(), 90);
}
