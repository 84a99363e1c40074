//! Every fault that the software survives, a test each.
//!
//! After every case one thing holds: the keys that came out equal the truth, each once; or the run
//! ends with an error that names what is missing, and a rerun reaches equality.

mod bodies;
mod broken;
mod canaries;
mod canary;
mod dns;
mod error_messages;
mod figures;
mod file_host;
mod files;
mod forms;
mod links;
mod outage;
mod paging;
mod program;
mod random;
mod rate;
mod requests;
mod same;
mod sent_files;
mod sink;
mod terminal;

mod time;
pub mod tls;
mod tokens;

use std::sync::Arc;

use zoom_chat_reports::{ChatReports, DateRange, clock::SkippingClock, harvest::Harvest};
use zoom_chat_reports_sandbox::Sandbox;

use crate::{
    raw_server::RawServer,
    support::{self, Harvested, assert_equals_truth, builder, truth},
};

/// An account of a few hundred entries.
const ACCOUNT: &str = "sessions=6,messages=2500";

/// A month in mid-history: all of it can be had and proven.
fn month() -> DateRange {
    DateRange::month(2026, 8).unwrap()
}

/// All that a client can ask for in that month, on pages of 20.
fn harvest(zoom: &ChatReports) -> Harvest {
    zoom.harvest(month()).everything().page_size(20)
}

/// A client whose clock can be looked at.
fn timed(sandbox: &Sandbox) -> (ChatReports, Arc<SkippingClock>) {
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let zoom = builder(sandbox).clock(clock.clone()).build().unwrap();
    (zoom, clock)
}

/// A client that asks the account through a server of raw sockets.
fn through(sandbox: &Sandbox, server: &RawServer) -> (ChatReports, Arc<SkippingClock>) {
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let zoom = builder(sandbox)
        .base_url(server.url("/v2"))
        .auth_url(server.url("/oauth/token"))
        .clock(clock.clone())
        .build()
        .unwrap();
    (zoom, clock)
}

/// The account with these faults set.
async fn account(settings: &str, faults: &[&str]) -> Sandbox {
    let sandbox = support::sandbox(settings).await;
    for fault in faults {
        sandbox.add_fault(fault.parse().unwrap());
    }
    sandbox
}

/// Fails unless a harvest of the month read everything, each entry once.
fn assert_whole(context: &str, sandbox: &Sandbox, harvested: &Harvested) {
    assert!(
        harvested.failed.is_empty(),
        "{context}: {:?}",
        harvested.failed
    );
    let summary = &harvested.summary;
    assert!(summary.is_complete(), "{context}: {:?}", summary.gaps);
    let (all, due) = truth(sandbox, &month());
    assert!(due.len() > 200, "{context}: {} entries", due.len());
    assert_equals_truth(context, &harvested.keys, &due, &all);
}

/// Reads the month with these faults, and fails unless all of it came.
async fn survives(settings: &str, faults: &[&str]) -> (Sandbox, ChatReports, Arc<SkippingClock>) {
    let sandbox = account(settings, faults).await;
    let (zoom, clock) = timed(&sandbox);
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole(&faults.join(" "), &sandbox, &harvested);
    (sandbox, zoom, clock)
}

/// How many report requests the month takes without any fault.
async fn least(settings: &str) -> u64 {
    let (sandbox, ..) = survives(settings, &[]).await;
    sandbox.stats().report_requests
}
