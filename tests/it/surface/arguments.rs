//! Whatever is given to the SDK, it answers with a value or an error.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt;
use proptest::prelude::*;
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, Coverage, DateRange, Edges, Error, ErrorKind, IncludeField,
    Options, Plan, RetryPolicy, ServerToServer,
    auth::AccessToken,
    clock::{Clock, SkippingClock},
    dates::Interval,
};

use crate::support;

fn with_token() -> ChatReportsBuilder {
    ChatReports::builder().access_token(AccessToken::new("t"))
}

fn refused(builder: ChatReportsBuilder) -> Error {
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.hint().is_some());
    error
}

#[test]
fn no_option_is_silently_made_void_by_another() {
    let own = || with_token().http_client(support::http());
    assert!(own().build().is_ok());
    let second = Duration::from_secs(1);
    for (option, builder) in [
        ("proxy", own().proxy("http://127.0.0.1:1")),
        ("connect_timeout", own().connect_timeout(second)),
        ("idle_timeout", own().idle_timeout(second)),
        ("user_agent", own().user_agent("mine")),
    ] {
        assert!(refused(builder).to_string().contains(option), "{option}");
    }
    let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    refused(own().add_root_certificate(pem.cert.pem()));
    refused(with_token().auth_url("https://zoom.us/oauth/token"));
}

#[tokio::test]
async fn a_parameter_that_the_crate_sends_itself_is_refused() {
    let zoom = with_token().build().unwrap();
    let range = DateRange::parse("2026-10-01").unwrap();
    let kind = |error: Error| {
        assert!(error.to_string().contains("parameter"), "{error}");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    };
    for name in [
        "from",
        "to",
        "page_size",
        "next_page_token",
        "include_fields",
    ] {
        let messages = zoom.messages("s", range).param(name, "x");
        kind(messages.clone().send().await.unwrap_err());
        kind(messages.entries().try_next().await.unwrap_err());
        kind(zoom.harvest(range).param(name, "x").check().unwrap_err());
        let events = zoom.harvest(range).param(name, "x").events();
        kind(
            events
                .map_ok(drop)
                .try_collect::<Vec<_>>()
                .await
                .unwrap_err(),
        );
    }
    for name in ["from", "to", "page_size", "next_page_token"] {
        let sessions = zoom.sessions(range).param(name, "x");
        kind(sessions.clone().send().await.unwrap_err());
        kind(sessions.entries().try_next().await.unwrap_err());
    }
}

fn dates() -> impl Strategy<Value = NaiveDate> {
    let days = NaiveDate::MAX
        .signed_duration_since(NaiveDate::MIN)
        .num_days();
    prop_oneof![
        Just(NaiveDate::MIN),
        Just(NaiveDate::MAX),
        (0..days).prop_map(|days| NaiveDate::MIN + chrono::TimeDelta::days(days)),
        (0..60_000_i64).prop_map(|days| NaiveDate::default() + chrono::TimeDelta::days(days)),
    ]
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        Just(DateTime::<Utc>::MIN_UTC),
        Just(DateTime::<Utc>::MAX_UTC),
        (i64::MIN..i64::MAX).prop_map(|ms| {
            DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::<Utc>::MAX_UTC)
        }),
    ]
}

fn ranges() -> impl Strategy<Value = DateRange> {
    (
        dates(),
        dates(),
        any::<u32>(),
        any::<i32>(),
        0..20_u32,
        0..6,
    )
        .prop_map(|(one, other, days, year, month, way)| {
            let fallback = DateRange::last_six_months(one);
            match way {
                0 => DateRange::new(one, other).unwrap_or(fallback),
                1 => DateRange::last_days(days, one).unwrap_or(fallback),
                2 => DateRange::month(year, month).unwrap_or(fallback),
                3 => fallback.until(other).unwrap_or(fallback),
                4 => DateRange::parse(&format!("{one}..{other}")).unwrap_or(fallback),
                _ => fallback,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn ranges_of_any_dates_have_a_start_an_end_and_a_text(
        range in ranges(),
        instant in instants(),
        other in instants(),
    ) {
        prop_assert!(range.start() < range.end());
        prop_assert!(range.first() <= range.last());
        let _ = (range.contains(instant), range.interval(), range.is_whole_reach());
        let again: DateRange = range.to_string().parse().unwrap();
        prop_assert_eq!((again.first(), again.last()), (range.first(), range.last()));
        let json = serde_json::to_string(&range).unwrap();
        prop_assert_eq!(serde_json::from_str::<DateRange>(&json).unwrap(), range);
        let mut coverage = Coverage::default();
        let interval = Interval::new(instant, other);
        coverage.insert("s", &Options::default(), interval);
        coverage.insert("s", &Options::everything(), range.interval());
        let _ = coverage.proven("s", &Options::default());
        let _ = coverage.windows_to_ask("s", &Options::default(), range);
        let _ = (interval.is_empty(), interval.intersection(range.interval()));
    }
}

proptest! {
    // To make a client is slow: it reads the certificates of the machine.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn texts_of_any_kind_are_read_or_refused(text in "\\PC*", other in "\\PC*") {
        let _ = text.parse::<DateRange>();
        let _ = text.parse::<IncludeField>();
        let _ = text.parse::<Plan>();
        let _ = ServerToServer::new(&text, &other, &text);
        let _ = serde_json::from_str::<Coverage>(&text);
        let token = AccessToken::new(&text).with_api_url(&other).with_scopes(vec![other.clone()]);
        let _ = format!("{token:?}");
        let _ = ChatReports::builder().access_token(token).base_url(&text).build();
        let _ = with_token().proxy(&text).build();
        let _ = with_token().user_agent(&text).build();
        let _ = with_token().add_root_certificate(text.as_bytes()).build();
        let _ = with_token().download_hosts([&text, &other]).build();
        let error = Error::new(ErrorKind::Credentials, &text).with_hint(&other);
        let _ = format!("{error} {error:?}");
    }

    #[test]
    fn numbers_of_any_size_are_taken_or_refused(
        share in any::<f64>(),
        rate in any::<f64>(),
        bytes in any::<u64>(),
        size in any::<u32>(),
        time in any::<Duration>(),
        range in ranges(),
    ) {
        let _ = with_token().share(share).build();
        if let Ok(plan) = Plan::custom(rate) {
            let _ = with_token().plan(plan).share(share).build();
        }
        let _ = with_token().max_body(bytes).throughput_floor(bytes, time).build();
        let policy = RetryPolicy::default()
            .max_elapsed(time)
            .outage(time)
            .max_wait(time)
            .first_backoff(time)
            .longest_backoff(time)
            .unreadable(size);
        let _ = with_token().retry(policy).build();
        let _ = with_token()
            .connect_timeout(time)
            .idle_timeout(time)
            .total_timeout(time)
            .window_days(size)
            .build();
        let zoom = with_token().build().unwrap();
        let harvest = zoom.harvest(range).page_size(size);
        let harvest = harvest.memory(usize::try_from(bytes).unwrap_or(usize::MAX));
        let _ = harvest.sessions(["s", "", ".."]).also(["", "a/b"]).check();
        let _ = zoom.messages("..", range).page_size(size).everything();
        let _ = zoom.sessions(range).page_size(size);
    }
}

#[test]
fn whatever_is_asked_is_answered_or_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(support::sandbox("sessions=2,messages=300,quirks=yes"));
    let zoom = support::client(&sandbox);
    let ids = sandbox.session_ids();
    let sizes = prop_oneof![1 => any::<u32>(), 3 => 1_u32..=300];
    let times = prop_oneof![
        any::<Duration>(),
        (0_u64..50).prop_map(Duration::from_millis)
    ];
    let sandbox_day = sandbox.today() + chrono::TimeDelta::days(5);
    let near = (0_i64..400, 0_i64..60).prop_map(move |(ago, days)| {
        let first = sandbox_day - chrono::TimeDelta::days(ago);
        DateRange::new(first, first + chrono::TimeDelta::days(days)).unwrap()
    });
    let names = prop_oneof![Just(ids[0].clone()), Just(ids[1].clone()), "\\PC{0,9}"];
    let asked = (prop_oneof![ranges(), near], sizes, times, names, 0..64_u8);
    let config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let answered = AtomicU32::new(0);
    let outcome = runner.run(&asked, |(range, size, time, name, flags)| {
        let is = |bit: u8| flags & (1 << bit) != 0;
        let edges = if is(0) {
            Edges::AsReported
        } else {
            Edges::Exact
        };
        let mut messages = zoom.messages(&name, range).page_size(size).edges(edges);
        messages = messages.timeout(time).confirm(is(1));
        messages = messages.query_all_modifications(is(2));
        messages = messages
            .include_bot_messages(is(3))
            .include_reactions(is(4));
        if is(5) {
            messages = messages.everything().param(&name, &name);
        }
        let sessions = zoom.sessions(range).page_size(size).timeout(time);
        runtime.block_on(async {
            let all = messages.clone().entries().collect_all().await;
            if let Ok(all) = all {
                answered.fetch_add(1, Relaxed);
                assert!(all.report.complete_from <= all.report.complete_through);
                assert!(!all.report.is_complete() || all.report.error().is_none());
                let json = serde_json::to_value(&all.report).unwrap();
                assert_eq!(json["error"].is_null(), all.report.error().is_none());
                assert_eq!(json["complete"], all.report.is_complete());
            }
            let _ = messages.pages().collect_all().await;
            let _ = sessions.entries().collect_all().await;
        });
        Ok(())
    });
    outcome.unwrap();
    let answered = answered.into_inner();
    assert!(answered > 5, "{answered}");
}

/// A clock whose chance is no chance.
#[derive(Debug)]
struct Odd(SkippingClock, f64);

impl Clock for Odd {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn utc(&self) -> DateTime<Utc> {
        self.0.utc()
    }

    fn sleep_until(&self, at: Duration) -> futures::future::BoxFuture<'static, ()> {
        self.0.sleep_until(at)
    }

    fn random(&self) -> f64 {
        self.1
    }
}

#[tokio::test]
async fn times_without_an_end_and_odd_chances_are_survived() {
    let sandbox = support::sandbox("sessions=1,messages=100,quirks=no").await;
    let range = DateRange::last_days(3, sandbox.today()).unwrap();
    for chance in [f64::NAN, f64::INFINITY, -1.0, 1.0] {
        sandbox.clear_faults();
        sandbox.add_fault("any:nth=2:times=2:status=503".parse().unwrap());
        let zoom = support::builder(&sandbox)
            .clock(Arc::new(Odd(SkippingClock::new(sandbox.now()), chance)))
            .build()
            .unwrap();
        let sessions = zoom.sessions(range).entries().collect_all().await;
        assert!(!sessions.unwrap().items.is_empty(), "{chance}");
    }
    let zoom = support::builder(&sandbox)
        .connect_timeout(Duration::MAX)
        .idle_timeout(Duration::MAX)
        .total_timeout(Duration::MAX)
        .throughput_floor(1, Duration::MAX)
        .build()
        .unwrap();
    let sessions = zoom.sessions(range).timeout(Duration::MAX).entries();
    assert!(!sessions.collect_all().await.unwrap().items.is_empty());
}
