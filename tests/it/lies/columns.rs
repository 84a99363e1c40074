//! Lies upon the undocumented: the covering array of unknowns, with a lie in each row.

use super::{judge, timed};
use crate::{
    support::{self, sandbox},
    unknowns::{covering_array, settings},
};
use zoom_chat_reports::DateRange;

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
