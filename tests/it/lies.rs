//! An account that lies: about the time, about what a page is, about which messages there are.
//!
//! After every lie one thing holds: what came equals the truth, each entry once, or the end names
//! what is missing. Nothing is ever called complete with less.

mod attacks;
mod clocks;
mod columns;
mod confirm;
mod edges;
mod ids;
mod listing;
mod pages;
mod resuming;
mod times;

use std::sync::Arc;

use zoom_chat_reports::{ChatReports, DateRange, clock::SkippingClock};
use zoom_chat_reports_sandbox::Sandbox;

use crate::support::{self, Harvested, assert_equals_truth, builder, truth};

/// An account of a few hundred entries.
const ACCOUNT: &str = "sessions=6,messages=1500";

/// A client whose clock can be moved.
fn timed(sandbox: &Sandbox) -> (ChatReports, Arc<SkippingClock>) {
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let zoom = builder(sandbox).clock(clock.clone()).build().unwrap();
    (zoom, clock)
}

/// Reads six months; fails if that is called complete with less than the truth, or if anything
/// came twice or is invented. Whether it was called complete.
async fn is_honest(context: &str, sandbox: &Sandbox, zoom: &ChatReports) -> bool {
    let range = match zoom.today().await {
        Ok(today) => DateRange::last_six_months(today),
        Err(error) => panic!("{context}: {error}"),
    };
    let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
    judge(context, sandbox, &harvested)
}

/// As [`is_honest`], of a harvest of all that there is.
fn judge(context: &str, sandbox: &Sandbox, harvested: &Harvested) -> bool {
    let everything = DateRange::parse("2020-01-01..2099-12-31").unwrap();
    let (all, _) = truth(sandbox, &everything);
    let (_, due) = truth(sandbox, &DateRange::last_six_months(sandbox.today()));
    assert!(due.len() > 100, "{context}: {} entries", due.len());
    let complete = harvested.failed.is_empty() && harvested.summary.is_complete();
    if complete {
        assert_equals_truth(context, &harvested.keys, &due, &all);
    } else {
        let few = support::Keys::new();
        assert_equals_truth(context, &harvested.keys, &few, &all);
    }
    complete
}
