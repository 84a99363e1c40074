//! Tests of calls after a 429.

use super::*;

#[tokio::test]
async fn a_429_of_the_second_holds_everybody_back_as_long_as_it_says() {
    let server = server(|before| match before {
        0 => response("429 Too Many Requests", "retry-after: 7\r\n", ""),
        _ => ok(PAGE),
    });
    let (caller, clock) = caller(&server);
    caller.call(&list()).await.expect("ok");
    let waited = clock.now().as_secs_f64();
    assert!((7.0..8.0).contains(&waited), "{waited}");
    assert_eq!(caller.stats().rate_limited, 1);
    assert!(caller.stats().waited >= Duration::from_secs(7));
}

#[tokio::test]
async fn a_429_with_garbage_waits_about_a_second() {
    for headers in [
        "",
        "retry-after: soon\r\n",
        "retry-after: -5\r\n",
        "retry-after: 99999999999\r\n",
    ] {
        let server = server(move |before| match before {
            0 => response("429 Too Many Requests", headers, "<html>"),
            _ => ok(PAGE),
        });
        let (caller, clock) = caller(&server);
        caller.call(&list()).await.expect("ok");
        let waited = clock.now().as_secs_f64();
        assert!((1.0..2.0).contains(&waited), "{headers}: {waited}");
    }
}

#[tokio::test]
async fn a_limit_of_the_day_is_an_error_with_the_instant_and_ends_what_waits() {
    let says_so = r#"{"code":429,"message":"You have reached the daily limit."}"#;
    assert!(ZoomError::parse(says_so.as_bytes()).says_daily);
    let rows = [
        "x-ratelimit-type: Daily-limit\r\nretry-after: 2026-11-21T00:00:00Z\r\n",
        "x-ratelimit-type: Daily-limit\r\n",
        "x-ratelimit-type: Daily-limit\r\nretry-after: 43200\r\n",
    ];
    for headers in rows {
        let server = server(move |_| {
            response(
                "429 Too Many Requests",
                &format!("{DATE}{headers}"),
                r#"{"code":429}"#,
            )
        });
        let (caller, _) = caller(&server);
        for _ in 0..2 {
            let error = caller.call(&list()).await.map(|_| ()).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::DailyLimit);
            let instant = error.retry_after().expect("ok").to_string();
            assert_eq!(instant, "2026-11-21 00:00:00 UTC", "{headers}");
            assert_eq!(error.zoom_code(), Some(429));
        }
        assert_eq!(server.asked.count("GET"), 1);
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_and_not_taken_for_a_limit_of_the_day() {
    let server = server(|_| {
        response(
            "429 Too Many Requests",
            &format!("{DATE}retry-after: 400\r\n"),
            "",
        )
    });
    let (caller, _) = caller(&server);
    for _ in 0..2 {
        let error = caller.call(&list()).await.map(|_| ()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.again(), Again::Later);
        assert_eq!(error.retry_in(), Some(Duration::from_secs(400)));
        assert!(error.ends_run());
    }
    assert_eq!(server.asked.count("GET"), 1);
}

#[tokio::test]
async fn our_own_backoff_is_never_too_long() {
    let server = server(|_| response("429 Too Many Requests", DATE, ""));
    let seconds = Duration::from_secs;
    let policy = RetryPolicy::default()
        .max_elapsed(seconds(120))
        .max_wait(seconds(1));
    let (builder, clock) = builder(&server);
    let caller = builder
        .retry(policy)
        .build()
        .expect("ok")
        .inner
        .caller
        .clone();
    let error = caller.call(&list()).await.map(|_| ()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(!error.ends_run());
    assert!(clock.now() > seconds(60), "{:?}", clock.now());
}
