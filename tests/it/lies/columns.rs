//! Lies upon the undocumented: the covering array of unknowns, with a lie in each row.

use chrono::TimeDelta;
use zoom_chat_reports::{Coverage, DateRange};

use super::{
    edges::{sent, sync},
    judge, timed,
};
use crate::{
    support::{self, Keys, sandbox, truth},
    unknowns::{covering_array, settings},
};

/// Settings and faults, one of each for a row in its turn.
const LIES: [(&str, &str); 12] = [
    ("odd_times=zero", ""),
    (
        "odd_times=seconds",
        "any:probability=0.01:times=0:date=-80d",
    ),
    (
        "odd_times=contradict",
        "messages:probability=0.01:times=0:error_page=300",
    ),
    ("odd_times=date_time_only", "sessions:nth=2:error_page=5000"),
    ("date_offset=-80d", ""),
    ("date_offset=+365d", ""),
    ("date_offset=1970-01-01T00:00:00Z", ""),
    ("", "token:date=+365d"),
    ("", "any:nth=4:date=1970-01-01T00%3A00%3A00Z"),
    ("", "messages:times=0:wide=2"),
    ("odd_times=zero", "messages:times=0:wide=30"),
    (
        "odd_times=contradict,date_offset=-20d",
        "messages:probability=0.01:times=0:error_page=1001",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lie_under_every_pair_of_unknowns_is_survived_or_named() {
    let mut complete = 0;
    let rows = covering_array();
    for (number, row) in rows.iter().enumerate() {
        let (setting, fault) = LIES[number % LIES.len()];
        let text = format!("sessions=5,messages=700,{},{setting}", settings(row));
        let account = sandbox(text.trim_end_matches(',')).await;
        if !fault.is_empty() {
            account.add_fault(fault.parse().unwrap());
        }
        let (zoom, _) = timed(&account);
        let range = DateRange::last_six_months(zoom.today().await.unwrap());
        let harvest = zoom.harvest(range).everything().page_size(40);
        // What no list shows, nobody can read.
        let harvested = support::run_or_error(harvest).await;
        if let Some(harvested) = harvested {
            complete += usize::from(judge(&format!("{text} {fault}"), &account, &harvested));
        }
    }
    assert!(
        complete > rows.len() / 2,
        "{complete} of {} were complete",
        rows.len()
    );
}

/// Zones that an account moves to between two runs.
const MOVES: [&str; 4] = ["-12:00", "+14:00", "+00:00", "-03:30"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_moves_between_two_runs_equals_the_truth_under_every_pair_of_unknowns() {
    for (number, row) in covering_array().iter().enumerate() {
        let zone = MOVES[number % MOVES.len()];
        let text = format!(
            "sessions=4,messages=500,{},zone_later=2026-11-21T00:00:00Z/{zone}",
            settings(row)
        );
        let account = sandbox(&text).await;
        let (zoom, clock) = timed(&account);
        let (mut coverage, mut keys) = (Coverage::default(), Keys::new());
        for hours in [0, 40, 60] {
            let passed = TimeDelta::hours(hours);
            account.advance(passed);
            clock.advance(passed.to_std().unwrap());
            assert!(sync(&zoom, &mut coverage, &mut keys).await, "{text}");
        }
        let range = DateRange::last_six_months(account.today());
        let (_, due) = truth(&account, &range);
        let (keys, due) = (sent(keys), sent(due));
        let missing: Vec<_> = due.keys().filter(|key| !keys.contains_key(*key)).collect();
        assert!(
            missing.is_empty(),
            "{text}: {} missing, {:?}",
            missing.len(),
            missing.first()
        );
    }
}
