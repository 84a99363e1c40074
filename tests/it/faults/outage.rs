//! 05, 06, 39, 42: nobody there, for a moment or for longer.

use std::{
    fmt,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use zoom_chat_reports::{
    ErrorKind,
    clock::{Clock, SkippingClock},
};
use zoom_chat_reports_sandbox::Sandbox;

use crate::{
    raw_server::{Act, End, RawServer, Seen},
    support::{self, assert_equals_truth, builder, truth},
};

use super::{
    ACCOUNT, account, assert_whole, harvest, least, month, sink::Sink, survives, through, timed,
};

const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";

/// A clock that never waits, and on which something happens when it reaches an instant.
struct EventClock {
    inner: SkippingClock,
    at: Duration,
    event: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl EventClock {
    fn new(at: Duration, event: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            inner: SkippingClock::new("2026-11-20T12:00:00Z".parse().unwrap()),
            at,
            event: Mutex::new(Some(Box::new(event))),
        })
    }
}

impl fmt::Debug for EventClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Clock for EventClock {
    fn now(&self) -> Duration {
        self.inner.now()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        if at >= self.at
            && let Some(event) = self.event.lock().unwrap().take()
        {
            event();
        }
        self.inner.sleep_until(at)
    }

    fn utc(&self) -> DateTime<Utc> {
        self.inner.utc()
    }

    fn random(&self) -> f64 {
        self.inner.random()
    }
}

#[tokio::test]
async fn fault_05_every_status_that_may_pass_is_tried_again() {
    for status in [500, 502, 503, 504, 408] {
        for part in ["messages:probability=0.3:times=0", "sessions:nth=2:times=3"] {
            let fault = format!("{part}:seed={status}:status={status}");
            let (_, zoom, _) = survives(ACCOUNT, &[&fault]).await;
            assert!(zoom.stats().retries > 0, "{fault}");
        }
    }
}

#[tokio::test]
async fn fault_05_five_failures_in_a_row_leave_single_probes_and_cost_no_attempts() {
    // A minute without an answer: probes after 1, 2, 4, 8, 16 and 30 s.
    let (sandbox, zoom, failed) = outage(Duration::from_secs(60), UNAVAILABLE).await;
    assert!(failed <= 5 + 32 + 6, "{failed} requests in the outage");
    assert!(sandbox.stats().report_requests > 50);
    assert!(zoom.stats().waited >= Duration::from_secs(30));
}

#[tokio::test]
async fn fault_05_what_does_not_pass_is_named_and_a_rerun_brings_it() {
    let sandbox = account(ACCOUNT, &["messages:nth=20:times=0:status=503"]).await;
    let (zoom, clock) = timed(&sandbox);
    let mut sink = Sink::default();
    let run = sink.take(harvest(&zoom)).await;
    let error = run.end.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Outage, Some(503))
    );
    assert!(error.is_transient());
    // Bounded by time, and not for each window anew.
    let minutes = clock.now().as_secs() / 60;
    assert!((15..20).contains(&minutes), "{minutes} minutes");

    sandbox.clear_faults();
    let (zoom, _) = timed(&sandbox);
    assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
    let (all, due) = truth(&sandbox, &month());
    assert_equals_truth("rerun", &sink.keys, &due, &all);
}

#[tokio::test]
async fn fault_06_a_refused_connection_is_made_again() {
    let sandbox = support::sandbox(ACCOUNT).await;
    // A port that nobody listens on, until ten seconds have passed.
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = port.local_addr().unwrap();
    drop(port);
    let server: Arc<Mutex<Option<RawServer>>> = Arc::default();
    let (place, upstream) = (server.clone(), sandbox.address());
    let clock = EventClock::new(Duration::from_secs(10), move || {
        let listener = TcpListener::bind(address).unwrap();
        *place.lock().unwrap() = Some(RawServer::on(listener, Some(upstream), |_| Act::Pass));
    });
    let zoom = builder(&sandbox)
        .base_url(format!("http://{address}/v2"))
        .clock(clock)
        .build()
        .unwrap();
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole("refused", &sandbox, &harvested);
    assert!(zoom.stats().retries > 0);
}

#[tokio::test]
async fn fault_06_a_reset_or_an_end_before_the_headers_is_tried_on_a_new_connection() {
    for end in [End::Reset, End::Close] {
        let (server, ..) = survives_raw(move |seen| {
            if seen.number % 7 == 3 {
                Act::Bytes(Vec::new(), end)
            } else {
                Act::Pass
            }
        })
        .await;
        assert!(server.connections() > 3, "{end:?}");
    }
}

#[tokio::test]
async fn fault_06_a_head_that_breaks_off_is_tried_again() {
    for bytes in [
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "nonsense\r\n\r\n",
    ] {
        survives_raw(move |seen| {
            if seen.number % 9 == 4 {
                Act::Bytes(bytes.into(), End::Close)
            } else {
                Act::Pass
            }
        })
        .await;
    }
}

#[tokio::test]
async fn fault_39_a_stale_keep_alive_is_not_noticed() {
    // Closed just after an answer, in order; and when the next request comes, by a reset.
    survives_raw(|seen| match seen.on_connection {
        0 => Act::Pass,
        _ => Act::PassThenClose,
    })
    .await;
    let (server, _) = survives_raw(|seen| match seen.on_connection {
        0..3 => Act::Pass,
        _ => Act::Bytes(Vec::new(), End::Reset),
    })
    .await;
    assert!(server.connections() > 5);
}

#[tokio::test]
async fn fault_42_an_outage_of_half_a_minute_costs_few_requests_and_no_window() {
    let least = least(ACCOUNT).await;
    for body in [UNAVAILABLE, ""] {
        let (sandbox, zoom, failed) = outage(Duration::from_secs(30), body).await;
        let asked = sandbox.stats().report_requests + failed as u64;
        // With so few requests in all those that were on their way weigh most: at full size
        // the part is far smaller, see `figures.rs`.
        assert!(asked <= least + 5 + 32 + 6, "{asked} for {least}");
        assert!(zoom.stats().retries > 0);
    }
}

/// A harvest during which nothing but `answer` comes for a while; and how many requests met it.
async fn outage(
    lasts: Duration,
    answer: &'static str,
) -> (Sandbox, zoom_chat_reports::ChatReports, usize) {
    let sandbox = support::sandbox(ACCOUNT).await;
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let began = Arc::new(Mutex::new(None));
    let met = Arc::<AtomicUsize>::default();
    let (time, count) = (clock.clone(), met.clone());
    let server = RawServer::start(Some(sandbox.address()), move |seen| {
        if seen.number < 30 {
            return Act::Pass;
        }
        let now = time.now();
        let began = *began.lock().unwrap().get_or_insert(now);
        if now >= began + lasts {
            return Act::Pass;
        }
        count.fetch_add(1, Relaxed);
        Act::Bytes(answer.into(), End::Close)
    });
    let zoom = builder(&sandbox)
        .base_url(server.url("/v2"))
        .clock(clock.clone())
        .build()
        .unwrap();
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole("outage", &sandbox, &harvested);
    // Back within one probe of its end.
    assert!(clock.now() < 3 * lasts + Duration::from_secs(30));
    (sandbox, zoom, met.load(Relaxed))
}

/// Reads the month through a scripted server, and fails unless all of it came.
async fn survives_raw(
    script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
) -> (RawServer, zoom_chat_reports::ChatReports) {
    let sandbox = support::sandbox(ACCOUNT).await;
    let server = RawServer::start(Some(sandbox.address()), script);
    let (zoom, _) = through(&sandbox, &server);
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole("raw", &sandbox, &harvested);
    (server, zoom)
}
