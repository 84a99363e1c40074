//! Every pair of values that the unknowns of Zoom's API may have, over HTTP.
//!
//! What Zoom does not document is a setting of the simulated account. A
//! covering array takes every pair of values in at least one account; each is
//! read for the whole six months and for a month in mid-history, while page
//! tokens expire in between.

use chrono::TimeDelta;
use zoom_chat_reports::DateRange;

use crate::support::{assert_equals_truth, client, run, sandbox, truth};

/// The unknowns U1 to U8, U10 and U11 with the values reality might have.
const UNKNOWNS: [(&str, &[&str]); 23] = [
    (
        "zone",
        &[
            "-12:00", "-09:30", "UTC", "+05:30", "+05:45", "+12:45", "+14:00",
        ],
    ),
    ("to", &["inclusive", "exclusive", "midnight", "seconds"]),
    (
        "span",
        &[
            "dates28", "dates29", "dates30", "dates31", "days28", "days29", "days30", "days31",
            "month",
        ],
    ),
    ("span_excess", &["refused", "clamp_end", "clamp_start"]),
    ("floor", &["months", "days180"]),
    ("floor_edge", &["inclusive", "exclusive"]),
    ("beyond_floor", &["accepted", "refused", "clamped"]),
    ("future_to", &["accepted", "refused", "clamped"]),
    ("echo", &["clamped", "asked", "absent"]),
    ("modifications_on", &["first_page", "every_page", "spread"]),
    ("order", &["ascending", "descending", "none"]),
    ("listing_order", &["activity", "fixed"]),
    ("duplicates", &["none", "some"]),
    ("page_tokens", &["offset", "key", "snapshot"]),
    ("page_fill", &["full", "short", "gaps"]),
    ("page_token_life", &["own", "first"]),
    ("expired_answer", &["400_300", "http_300", "422"]),
    ("listed_when", &["any", "last"]),
    ("last_sent", &["ever", "in_range"]),
    ("after_delete", &["stays", "falls_back"]),
    ("replies_count", &["yes", "no"]),
    ("bots_count", &["yes", "no"]),
    ("edits_count", &["yes", "no"]),
];

pub type Row = [usize; UNKNOWNS.len()];

/// Rows of value indexes in which every pair of values of two unknowns occurs.
///
/// Greedy: each row starts from a pair that is still open and takes, unknown by
/// unknown, the value that closes most open pairs.
pub fn covering_array() -> Vec<Row> {
    let mut open: Vec<((usize, usize), (usize, usize))> = Vec::new();
    for (one, (_, values)) in UNKNOWNS.iter().enumerate() {
        for (other, (_, others)) in UNKNOWNS.iter().enumerate().skip(one + 1) {
            for value in 0..values.len() {
                open.extend((0..others.len()).map(|second| ((one, value), (other, second))));
            }
        }
    }
    let mut rows = Vec::new();
    while let Some(&(first, second)) = open.first() {
        let mut chosen: Vec<Option<usize>> = vec![None; UNKNOWNS.len()];
        chosen[first.0] = Some(first.1);
        chosen[second.0] = Some(second.1);
        for unknown in 0..UNKNOWNS.len() {
            if chosen[unknown].is_some() {
                continue;
            }
            let closes = |value: usize| {
                open.iter()
                    .filter(|(a, b)| {
                        let other = match (*a == (unknown, value), *b == (unknown, value)) {
                            (true, false) => b,
                            (false, true) => a,
                            _ => return false,
                        };
                        chosen[other.0].is_none_or(|chosen| chosen == other.1)
                    })
                    .count()
            };
            chosen[unknown] = (0..UNKNOWNS[unknown].1.len()).max_by_key(|value| closes(*value));
        }
        let row: Row = std::array::from_fn(|unknown| chosen[unknown].expect("chosen"));
        open.retain(|(a, b)| row[a.0] != a.1 || row[b.0] != b.1);
        rows.push(row);
    }
    rows
}

pub fn settings(row: &Row) -> String {
    let settings: Vec<String> = UNKNOWNS
        .iter()
        .zip(row)
        .map(|((key, values), value)| format!("{key}={}", values[*value]))
        .collect();
    settings.join(",")
}

async fn whole_and_month(settings: &str, page_size: u32) {
    let sandbox = sandbox(&format!("{settings},page_token_ttl=60")).await;
    let today = sandbox.today();
    let ranges = [
        DateRange::last_six_months(today),
        DateRange::month(2026, 8).expect("a month"),
    ];
    for range in ranges {
        let zoom = client(&sandbox);
        let harvest = zoom.harvest(range).everything().page_size(page_size);
        let (_, due) = truth(&sandbox, &range);
        let mut pages = 0;
        let harvested = run(harvest, || {
            pages += 1;
            // Some page tokens expire: a minute passes every 40 pages.
            if pages % 10 == 0 {
                sandbox.advance(TimeDelta::seconds(15));
            }
        })
        .await;
        let (all, _) = truth(&sandbox, &range);
        let context = format!("{settings}: {range}");
        assert!(
            harvested.failed.is_empty(),
            "{context}: {:?}",
            harvested.failed
        );
        assert_equals_truth(&context, &harvested.keys, &due, &all);
        let summary = &harvested.summary;
        assert!(summary.is_complete(), "{context}: {:?}", summary.gaps);
        assert!(
            summary.complete_through > range.end() - TimeDelta::days(6),
            "{context}: complete through {} only",
            summary.complete_through
        );
    }
}

/// Runs every `step`th account from `first` on; several tests share the rows, so that they run at once.
async fn every(step: usize, first: usize) {
    for row in covering_array().iter().skip(first).step_by(step) {
        let settings = format!("sessions=12,messages=2000,{}", settings(row));
        whole_and_month(&settings, 40).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_pairs_of_unknowns_equal_the_truth_first_half() {
    every(2, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_pairs_of_unknowns_equal_the_truth_second_half() {
    every(2, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_accounts_equal_the_truth() {
    for extra in [
        "order=descending,page_tokens=offset,duplicates=some,modifications_on=every_page",
        "zone=+14:00,to=exclusive,future_to=refused,beyond_floor=clamped,echo=absent",
        "zone=-12:00,to=seconds,floor=days180,floor_edge=exclusive,beyond_floor=refused,listed_when=last",
    ] {
        whole_and_month(&format!("messages=20000,{extra}"), 100).await;
    }
}

#[test]
fn the_covering_array_holds_every_pair() {
    let rows = covering_array();
    for (one, (_, values)) in UNKNOWNS.iter().enumerate() {
        for (other, (_, others)) in UNKNOWNS.iter().enumerate().skip(one + 1) {
            for value in 0..values.len() {
                for second in 0..others.len() {
                    assert!(
                        rows.iter()
                            .any(|row| row[one] == value && row[other] == second)
                    );
                }
            }
        }
    }
}
