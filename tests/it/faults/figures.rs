//! What faults cost: requests, against the least that the same export takes.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use zoom_chat_reports::{
    ChatReports, DateRange,
    clock::{Clock, SkippingClock, SystemClock},
};
use zoom_chat_reports_sandbox::Sandbox;

use crate::{
    raw_server::{Act, End, RawServer},
    support::{self, assert_equals_truth, builder, truth},
};

use super::{through, timed};

const LARGE: &str = "sessions=50,messages=20000";

/// Reads the whole six months, and fails unless all of it came.
async fn export(context: &str, sandbox: &Sandbox, zoom: &ChatReports) {
    let range = DateRange::last_six_months(sandbox.today());
    let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
    assert!(
        harvested.failed.is_empty(),
        "{context}: {:?}",
        harvested.failed
    );
    assert!(harvested.summary.is_complete(), "{context}");
    let (all, due) = truth(sandbox, &range);
    assert_equals_truth(context, &harvested.keys, &due, &all);
}

async fn least() -> u64 {
    let sandbox = support::sandbox(LARGE).await;
    let (zoom, _) = timed(&sandbox);
    export("no fault", &sandbox, &zoom).await;
    sandbox.stats().report_requests
}

#[tokio::test]
async fn fault_05_one_request_in_a_hundred_that_fails_costs_three_in_a_hundred_at_most() {
    let least = least().await;
    for seed in 1..=2 {
        let sandbox = support::sandbox(LARGE).await;
        let kinds = [
            (0.0025, "status=503"),
            (0.0025, "cut_after=300"),
            (0.0025, "truncate_body=500"),
            (0.0015, "status=429:header=Retry-After=1"),
            (0.001, "status=401"),
        ];
        for (number, (part, effect)) in kinds.iter().enumerate() {
            // Each has chances of its own.
            let seed = seed * 10 + number;
            let fault = format!("any:probability={part}:times=0:seed={seed}:{effect}");
            sandbox.add_fault(fault.parse().unwrap());
        }
        let (zoom, _) = timed(&sandbox);
        export(&format!("seed {seed}"), &sandbox, &zoom).await;
        let asked = sandbox.stats().report_requests;
        assert!(zoom.stats().retries > 0);
        assert!(
            asked * 100 <= least * 103,
            "seed {seed}: {asked} requests, {least} needed"
        );
    }
}

#[tokio::test]
async fn fault_42_half_a_minute_without_service_costs_a_fifth_at_most() {
    let least = least().await;
    let sandbox = support::sandbox(LARGE).await;
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let (time, met) = (clock.clone(), Arc::<AtomicU64>::default());
    let (began, count) = (Mutex::new(None), met.clone());
    let server = RawServer::start(Some(sandbox.address()), move |seen| {
        if seen.number < 400 {
            return Act::Pass;
        }
        let now = time.now();
        let began = *began.lock().unwrap().get_or_insert(now);
        if now.saturating_sub(began).as_secs() >= 30 {
            return Act::Pass;
        }
        count.fetch_add(1, Relaxed);
        let busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        Act::Bytes(busy.into(), End::Stay)
    });
    let zoom = builder(&sandbox)
        .base_url(server.url("/v2"))
        .clock(clock)
        .build()
        .unwrap();
    export("outage", &sandbox, &zoom).await;
    let asked = sandbox.stats().report_requests + met.load(Relaxed);
    assert!(met.load(Relaxed) >= 5);
    assert!(asked * 10 <= least * 12, "{asked} requests, {least} needed");
}

/// In real time, since on a clock that jumps one task's wait is the wait of all.
#[tokio::test]
async fn fault_42_in_an_outage_all_wait_for_single_probes() {
    let sandbox = support::sandbox(&format!("{},latency_ms=150", super::ACCOUNT)).await;
    let met = Arc::<AtomicU64>::default();
    let (began, count) = (Mutex::new(None), met.clone());
    let server = RawServer::start(Some(sandbox.address()), move |seen| {
        if seen.number < 40 {
            return Act::Pass;
        }
        let began = *began.lock().unwrap().get_or_insert_with(Instant::now);
        if began.elapsed() >= Duration::from_secs(4) {
            return Act::Pass;
        }
        count.fetch_add(1, Relaxed);
        let busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        Act::Bytes(busy.into(), End::Stay)
    });
    let zoom = builder(&sandbox)
        .base_url(server.url("/v2"))
        .clock(Arc::new(SystemClock::new()))
        .build()
        .unwrap();
    let harvested = support::run(super::harvest(&zoom).page_size(7), || {}).await;
    super::assert_whole("outage", &sandbox, &harvested);
    // Those that were on their way, and probes after 1 and 3 seconds; each task by itself would
    // have asked four or five times.
    let met = met.load(Relaxed);
    assert!((5..=25).contains(&met), "{met} requests in the outage");
}

#[tokio::test]
async fn fault_39_connections_are_kept_and_used_again() {
    let sandbox = support::sandbox(super::ACCOUNT).await;
    let server = RawServer::start(Some(sandbox.address()), |_| Act::Pass);
    let (zoom, _) = through(&sandbox, &server);
    support::run(super::harvest(&zoom), || {}).await;
    assert!(server.connections() * 2 < server.requests().len());
}
