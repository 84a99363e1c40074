//! 01 to 04: 429 in every form.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use zoom_chat_reports::{
    ChatReports, ErrorKind,
    auth::AccessToken,
    clock::{Clock, SkippingClock},
};
use zoom_chat_reports_sandbox::{Fault, FaultAction, Operation};

use crate::{
    raw_server::{Act, End, RawServer},
    support::{self, assert_equals_truth, builder, truth},
};

use super::{ACCOUNT, account, assert_whole, harvest, month, sink::Sink, survives, timed};

/// The 10th page is refused with these headers, once.
fn refusal(headers: &[(&str, &str)]) -> Fault {
    Fault {
        operation: Operation::Messages,
        nth: Some(10),
        action: FaultAction {
            status: Some(429),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Some(r#"{"code":429,"message":"Too many requests."}"#.to_owned()),
            ..FaultAction::default()
        },
        ..Fault::default()
    }
}

/// How long a harvest takes, on the client's clock, beyond the same without the refusal.
async fn delay(headers: &[(&str, &str)], clock: SkippingClock) -> Duration {
    let mut times = Vec::new();
    let clock = Arc::new(clock);
    for faults in [vec![], vec![refusal(headers)]] {
        let sandbox = support::sandbox(ACCOUNT).await;
        for fault in faults {
            sandbox.add_fault(fault);
        }
        let zoom = builder(&sandbox).clock(clock.clone()).build().unwrap();
        let before = clock.now();
        let harvested = support::run(harvest(&zoom), || {}).await;
        assert_whole(&format!("{headers:?}"), &sandbox, &harvested);
        times.push(clock.now() - before);
    }
    times[1].saturating_sub(times[0])
}

fn clock() -> SkippingClock {
    SkippingClock::new("2026-11-20T12:00:00Z".parse().unwrap())
}

#[tokio::test]
async fn fault_01_retry_after_in_seconds_pauses_all_tasks_and_not_one() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let clock = Arc::new(clock());
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let (log, time) = (arrivals.clone(), clock.clone());
    let server = RawServer::start(Some(sandbox.address()), move |seen| {
        if !seen.is_messages() {
            return Act::Pass;
        }
        let mut log = log.lock().unwrap();
        log.push(time.now());
        if log.len() == 10 {
            let body = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\n\
                        x-ratelimit-type: QPS\r\ncontent-length: 0\r\n\r\n";
            return Act::Bytes(body.into(), End::Stay);
        }
        Act::Pass
    });
    let zoom = builder(&sandbox)
        .base_url(server.url("/v2"))
        .clock(clock)
        .build()
        .unwrap();
    let harvested = support::run(harvest(&zoom).page_size(3), || {}).await;
    assert_whole("429", &sandbox, &harvested);
    assert_eq!(zoom.stats().rate_limited, 1);

    let arrivals = arrivals.lock().unwrap();
    let refused = arrivals[9];
    let pause = Duration::from_secs(7);
    let during = arrivals[10..]
        .iter()
        .filter(|at| **at < refused + pause)
        .count();
    // Those that were on their way; without the pause all that follow would have come.
    let in_flight = 32;
    assert!(during <= in_flight, "{during} requests during the pause");
    assert!(arrivals.len() > 2 * in_flight, "too few to show anything");
}

#[tokio::test]
async fn fault_01_waits_at_least_as_long_as_asked_and_with_jitter() {
    let headers = [("Retry-After", "7")];
    let short = delay(&headers, clock().with_random(0.0)).await;
    let long = delay(&headers, clock().with_random(0.9)).await;
    let seven = Duration::from_secs(7);
    assert!(short >= seven - Duration::from_secs(1), "{short:?}");
    assert!(short < seven + Duration::from_secs(1), "{short:?}");
    assert!(long > short + Duration::from_millis(300), "{long:?}");
}

#[tokio::test]
async fn fault_02_an_http_date_counts_by_the_servers_clock() {
    let headers = [("Retry-After", "Fri, 20 Nov 2026 12:00:30 GMT")];
    // The machine's clock is a day behind: by it the wait would be a day and beyond `max_wait`.
    let behind = SkippingClock::new("2026-11-19T12:00:00Z".parse().unwrap());
    for clock in [clock(), behind] {
        let waited = delay(&headers, clock).await;
        // A few seconds of the half minute had passed before the request.
        assert!(
            (20..=31).contains(&waited.as_secs()),
            "waited for {waited:?}"
        );
    }
}

#[tokio::test]
async fn fault_02_a_date_in_the_past_waits_the_least() {
    for past in ["Thu, 19 Nov 2026 12:00:00 GMT", "1999-01-01T00:00:00Z"] {
        let waited = delay(&[("Retry-After", past)], clock()).await;
        assert!(waited < Duration::from_secs(1), "{past}: {waited:?}");
    }
}

#[tokio::test]
async fn fault_02_without_a_date_of_the_server_the_machines_counts() {
    let server = RawServer::start(None, |seen| {
        let answer = if seen.number == 0 {
            "HTTP/1.1 429 No\r\nretry-after: Fri, 20 Nov 2026 12:00:30 GMT\r\ncontent-length: 0\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"messages\":[]}"
        };
        Act::Bytes(answer.into(), End::Stay)
    });
    let clock = Arc::new(clock());
    let zoom = ChatReports::builder()
        .access_token(AccessToken::new("token"))
        .base_url(server.url(""))
        .clock(clock.clone())
        .build()
        .unwrap();
    zoom.messages("s", "2026-10-05".parse().unwrap())
        .send()
        .await
        .unwrap();
    let waited = clock.now();
    assert!((29..=31).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test]
async fn fault_03_the_daily_limit_ends_the_run_with_the_instant_and_the_next_day_brings_the_rest() {
    for headers in ["all", "none"] {
        let settings = format!("{ACCOUNT},daily_limit=40,rate_headers={headers}");
        let sandbox = support::sandbox(&settings).await;
        let mut sink = Sink::default();
        let mut days = 0;
        loop {
            let (zoom, _) = timed(&sandbox);
            let run = sink.take(harvest(&zoom)).await;
            let Err(error) = run.end else { break };
            assert_eq!(error.kind(), ErrorKind::DailyLimit, "{headers}");
            let instant = error.retry_after().expect("the instant to go on");
            assert!(error.hint().unwrap().contains("try again after"), "{error}");
            assert!(instant > sandbox.now(), "{instant}");
            let now = sandbox.now();
            assert_eq!(
                instant.date_naive(),
                now.date_naive().succ_opt().unwrap(),
                "{headers}"
            );
            sandbox.set_now(instant);
            days += 1;
            assert!(days < 20, "no end in sight");
        }
        assert!(days > 1, "the limit was never met");
        let (all, due) = truth(&sandbox, &month());
        assert_equals_truth(headers, &sink.keys, &due, &all);
    }
}

#[tokio::test]
async fn fault_03_a_wait_that_is_too_long_ends_the_run_and_is_no_limit_of_the_day() {
    let fault = "messages:nth=5:times=0:status=429:header=Retry-After=7200";
    let sandbox = account(ACCOUNT, &[fault]).await;
    let (zoom, _) = timed(&sandbox);
    let mut sink = Sink::default();
    let error = sink.take(harvest(&zoom)).await.end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.ends_run());
    assert_eq!(error.retry_in(), Some(Duration::from_secs(7200)));
    assert!(error.hint().unwrap().contains("try again after"), "{error}");
    let asked = sandbox.stats().report_requests;
    assert!(asked < 60, "{asked} requests, most of them after the limit");
    sandbox.clear_faults();
    let (zoom, _) = timed(&sandbox);
    assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
    let (all, due) = truth(&sandbox, &month());
    assert_equals_truth("in the end", &sink.keys, &due, &all);
}

#[tokio::test]
async fn fault_03_a_limit_of_the_day_that_only_the_body_names() {
    let sandbox = account(
        ACCOUNT,
        &["messages:nth=5:times=0:status=429:body={\"code\"%3A429%2C\"message\"%3A\"You have reached the maximum daily rate limit\"}"],
    )
    .await;
    let (zoom, _) = timed(&sandbox);
    let mut sink = Sink::default();
    let error = sink.take(harvest(&zoom)).await.end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DailyLimit);
    assert_eq!(
        error.retry_after().unwrap().to_rfc3339(),
        "2026-11-21T00:00:00+00:00"
    );
    sandbox.clear_faults();
    let (zoom, _) = timed(&sandbox);
    assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
    let (all, due) = truth(&sandbox, &month());
    assert_equals_truth("the day after", &sink.keys, &due, &all);
}

#[tokio::test]
async fn fault_04_a_429_with_garbage_waits_a_little_and_goes_on() {
    for value in [
        "",
        "soon",
        "-5",
        "1e9",
        "NaN",
        "99999999999",
        "99999999999999999999999999",
        "-99999999999999999999999999",
        "9999-12-31T23:59:59Z",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "2026-11-20",
        "\u{e9}",
    ] {
        let headers = [
            ("Retry-After", value),
            ("X-RateLimit-Reset", value),
            ("X-RateLimit-Limit", value),
            ("X-RateLimit-Type", "QPS"),
        ];
        let waited = delay(&headers, clock()).await;
        assert!(
            (Duration::from_millis(200)..Duration::from_secs(5)).contains(&waited),
            "{value:?}: {waited:?}"
        );
    }
}

#[tokio::test]
async fn fault_04_many_429s_without_any_hint_lose_nothing() {
    let (_, zoom, _) = survives(
        ACCOUNT,
        &["messages:probability=0.2:times=0:seed=4:status=429"],
    )
    .await;
    assert!(zoom.stats().rate_limited > 5);
}
