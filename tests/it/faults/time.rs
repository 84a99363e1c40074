//! 21, 22: clocks that are wrong, and dates at every edge.
//!
//! Row 22 is shown in full by `unknowns.rs`, every pair of undocumented values over HTTP, and by the
//! tests of the window rules in the SDK, every combination without it. Here stand the calendar's edges.

use std::{sync::Mutex, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use std::sync::Arc;
use zoom_chat_reports::{
    DateRange, GapReason,
    clock::{Clock, SkippingClock},
};

use crate::support::{self, assert_equals_truth, builder, truth};

use super::{ACCOUNT, harvest, timed};

/// A machine whose calendar jumps about while its monotonic time goes on.
#[derive(Debug)]
struct JumpingClock {
    inner: SkippingClock,
    jumps: Mutex<Vec<i64>>,
}

impl Clock for JumpingClock {
    fn now(&self) -> Duration {
        self.inner.now()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        self.inner.sleep_until(at)
    }

    fn utc(&self) -> DateTime<Utc> {
        let mut jumps = self.jumps.lock().unwrap();
        jumps.rotate_left(1);
        self.inner.utc() + TimeDelta::hours(jumps[0])
    }
}

#[tokio::test]
async fn fault_21_a_wrong_clock_changes_nothing_that_is_read_and_claims_go_by_the_earlier_one() {
    let mut right = None;
    for hours in [0, -24, 24, -26, 26, -24 * 400, 24 * 400] {
        // A life so short that tokens are renewed all the time.
        let sandbox = support::sandbox(&format!("{ACCOUNT},token_ttl=120")).await;
        let now = sandbox.now() + TimeDelta::hours(hours);
        let zoom = builder(&sandbox)
            .clock(Arc::new(SkippingClock::new(now)))
            .build()
            .unwrap();
        let today = zoom.today().await.unwrap();
        assert_eq!(today, sandbox.today(), "{hours}");
        let range = DateRange::last_six_months(today);
        let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
        let (all, due) = truth(&sandbox, &range);
        assert_equals_truth(&format!("{hours} h"), &harvested.keys, &due, &all);
        let summary = harvested.summary;
        // Which clock is right nobody knows; what is claimed is past by both.
        let (from, through) = (summary.complete_from, summary.complete_through);
        let (right_from, right_through) = *right.get_or_insert((from, through));
        let behind = TimeDelta::hours(hours.min(0));
        assert_eq!(from, right_from, "{hours}");
        assert!(
            through <= (right_through + behind + TimeDelta::hours(1)).max(from),
            "{hours}"
        );
        // Clocks that are a year apart are a gap, always.
        let reasons: Vec<GapReason> = summary.gaps.iter().map(|gap| gap.reason).collect();
        if hours.abs() > 24 * 100 {
            assert_eq!(reasons, [GapReason::ClocksDisagree], "{hours}");
        } else {
            assert!(reasons.is_empty(), "{hours}: {:?}", summary.gaps);
        }
    }
}

#[tokio::test]
async fn fault_21_a_clock_that_jumps_loses_nothing() {
    let sandbox = support::sandbox(&format!("{ACCOUNT},token_ttl=120")).await;
    sandbox.add_fault(
        "messages:probability=0.05:times=0:status=429:header=Retry-After=Fri%2C 20 Nov 2026 12%3A00%3A05 GMT"
            .parse()
            .unwrap(),
    );
    let clock = Arc::new(JumpingClock {
        inner: SkippingClock::new(sandbox.now()),
        jumps: Mutex::new(vec![0, 26, -26, 24 * 65, -1, -24 * 65]),
    });
    let zoom = builder(&sandbox).clock(clock.clone()).build().unwrap();
    let harvested = support::run(harvest(&zoom), || {}).await;
    super::assert_whole("jumps", &sandbox, &harvested);
    assert!(zoom.stats().rate_limited > 0);
    assert!(clock.now() < Duration::from_secs(600), "{:?}", clock.now());
}

#[tokio::test]
async fn fault_21_tokens_expire_by_the_monotonic_clock() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let (zoom, clock) = timed(&sandbox);
    for _ in 0..3 {
        support::run(harvest(&zoom), || {}).await;
        clock.advance(Duration::from_secs(3600));
        sandbox.advance(TimeDelta::hours(1));
    }
    assert_eq!(sandbox.stats().tokens_issued, 3);
    // Renewed before its end, and never because it was refused.
    assert_eq!(sandbox.stats().count("messages", 401), 0);
}

/// What the account does with a pair of dates, at its most different.
const EDGES: [&str; 6] = [
    "zone=UTC,to=inclusive",
    "zone=+14:00,to=exclusive,future_to=refused",
    "zone=-12:00,to=midnight,future_to=clamped",
    "zone=+05:45,to=seconds,span=dates28,span_excess=refused",
    "zone=-09:30,to=exclusive,floor=days180,beyond_floor=refused,floor_edge=exclusive",
    "zone=+12:45,to=inclusive,order=none,page_tokens=offset,beyond_floor=clamped",
];

/// Reads ranges of an account whose clock shows `now`, in every edge case of dates.
async fn exact(now: &str, ranges: &[&str]) {
    for edge in EDGES {
        let settings = format!("sessions=6,messages=1500,anchor={now},now={now},{edge}");
        let sandbox = support::sandbox(&settings).await;
        let mut ranges: Vec<DateRange> = ranges.iter().map(|text| text.parse().unwrap()).collect();
        ranges.push(DateRange::last_six_months(sandbox.today()));
        for range in ranges {
            let (zoom, _) = timed(&sandbox);
            let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
            let context = format!("{settings}: {range}");
            assert!(
                harvested.failed.is_empty(),
                "{context}: {:?}",
                harvested.failed
            );
            let (all, due) = truth(&sandbox, &range);
            assert!(!due.is_empty(), "{context}");
            assert_equals_truth(&context, &harvested.keys, &due, &all);
            let summary = harvested.summary;
            assert!(summary.is_complete(), "{context}: {:?}", summary.gaps);
        }
    }
}

#[tokio::test]
async fn fault_22_a_leap_day_is_a_day_like_any_other() {
    for year in [2024, 2028] {
        exact(
            &format!("{year}-03-10T12:00:00Z"),
            &[
                &format!("{year}-02-29"),
                &format!("{year}-02-01..{year}-02-29"),
                &format!("{year}-02-28..{year}-03-01"),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn fault_22_a_year_ends_like_any_month() {
    exact(
        "2027-01-10T00:00:01Z",
        &[
            "2026-12-31",
            "2027-01-01",
            "2026-12-15..2027-01-05",
            "2026-12-31..2027-01-01",
        ],
    )
    .await;
}

#[tokio::test]
async fn fault_22_months_of_every_length_end_exactly() {
    // March has 31 days, February 28: six months back from its end lies beyond any such day.
    exact(
        "2026-08-31T23:59:59Z",
        &[
            "2026-03-31",
            "2026-04-30..2026-05-01",
            "2026-06-01..2026-07-31",
        ],
    )
    .await;
    exact("2027-03-31T00:00:00Z", &["2027-02-28..2027-03-01"]).await;
}

#[tokio::test]
async fn fault_22_the_change_to_summer_time_is_nothing_to_a_day_of_utc() {
    // The nights in which clocks are set forward or back, in Europe and America.
    exact(
        "2026-11-20T12:00:00Z",
        &["2026-10-24..2026-10-26", "2026-10-31..2026-11-02"],
    )
    .await;
}
