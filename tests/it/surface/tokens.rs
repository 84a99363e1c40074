//! A source of tokens that somebody else has written.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use zoom_chat_reports::{
    ChatReports, DateRange, Error, ErrorKind, Result, RetryPolicy,
    auth::{AccessToken, TokenSource},
    clock::{Clock as _, SkippingClock},
};

use crate::support;

/// Fails with an error of its own.
struct Vault(ErrorKind);

impl TokenSource for Vault {
    fn token<'a>(&'a self, _: Option<&'a AccessToken>) -> BoxFuture<'a, Result<AccessToken>> {
        let error = Error::new(self.0, "the vault is sealed")
            .with_hint("unseal the vault")
            .with_source(std::io::Error::other("connection refused"));
        Box::pin(async move { Err(error) })
    }
}

#[tokio::test]
async fn its_error_reaches_the_caller_as_it_is() {
    let zoom = ChatReports::builder()
        .token_source(Vault(ErrorKind::Credentials))
        .build()
        .unwrap();
    let range = DateRange::parse("2026-10-01").unwrap();
    let error = zoom.sessions(range).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    assert_eq!(error.hint(), Some("unseal the vault"));
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "connection refused");
}

/// Takes the account's tokens one after another.
struct Shelf {
    tokens: Vec<AccessToken>,
    next: AtomicU32,
}

impl TokenSource for Shelf {
    fn token<'a>(
        &'a self,
        rejected: Option<&'a AccessToken>,
    ) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async move {
            let at = |place: u32| self.tokens.get(place as usize);
            let place = self.next.load(Relaxed);
            let used_up = at(place).is_some_and(|now| rejected.is_some_and(|old| old.is_same(now)));
            if used_up {
                let _ = self
                    .next
                    .compare_exchange(place, place + 1, Relaxed, Relaxed);
            }
            let token = at(self.next.load(Relaxed));
            token
                .cloned()
                .ok_or_else(|| Error::new(ErrorKind::Credentials, "the shelf of tokens is empty"))
        })
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_by_the_next() {
    let sandbox = support::sandbox("sessions=2,messages=60,quirks=no").await;
    let good = support::token(&sandbox).await;
    let shelf = Shelf {
        tokens: vec![AccessToken::new("stale"), AccessToken::new(good)],
        next: AtomicU32::new(0),
    };
    let zoom = ChatReports::builder()
        .token_source(shelf)
        .base_url(sandbox.api_url())
        .build()
        .unwrap();
    let range = DateRange::last_six_months(sandbox.today());
    let all = zoom.sessions(range).entries().collect_all().await.unwrap();
    assert_eq!(all.complete().unwrap().len(), 2);
}

/// Fails a few times with an error that passes.
struct Stutter {
    failures: AtomicU32,
    token: AccessToken,
}

impl TokenSource for Stutter {
    fn token<'a>(&'a self, _: Option<&'a AccessToken>) -> BoxFuture<'a, Result<AccessToken>> {
        let fails = self
            .failures
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok();
        Box::pin(async move {
            if fails {
                return Err(Error::new(ErrorKind::Transport, "the vault is restarted"));
            }
            Ok(self.token.clone())
        })
    }
}

#[tokio::test]
async fn a_source_that_fails_for_a_moment_is_asked_again_soon() {
    let sandbox = support::sandbox("sessions=2,messages=60,quirks=no").await;
    let source = Stutter {
        failures: AtomicU32::new(3),
        token: AccessToken::new(support::token(&sandbox).await),
    };
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let zoom = ChatReports::builder()
        .token_source(source)
        .base_url(sandbox.api_url())
        .clock(clock.clone())
        .build()
        .unwrap();
    let began = clock.now();
    let range = DateRange::last_days(3, sandbox.today()).unwrap();
    let all = zoom.sessions(range).entries().collect_all().await.unwrap();
    assert!(!all.items.is_empty());
    // Half a second, one and two at most; a wait of the longest backoff would be 30 s.
    let took = clock.now().saturating_sub(began);
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[tokio::test]
async fn a_token_that_comes_late_serves_those_who_have_less_patience() {
    let sandbox = support::sandbox("sessions=2,messages=60,quirks=no").await;
    sandbox.add_fault("token:nth=1:times=1:delay_ms=1500".parse().unwrap());
    let zoom = support::client(&sandbox);
    let range = DateRange::last_days(3, sandbox.today()).unwrap();
    let mut tries = 0;
    loop {
        tries += 1;
        let asked = zoom.sessions(range).timeout(Duration::from_millis(400));
        match asked.entries().collect_all().await {
            Ok(all) if all.report.error().is_none() => break,
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::Timeout),
        }
        assert!(tries < 50, "nobody ever gets a token");
    }
    assert!(tries > 1, "it was not late");
    assert_eq!(zoom.stats().requests.token, 1);
}

#[tokio::test]
async fn a_run_waits_for_a_token_no_longer_than_for_anything_else() {
    let sandbox = support::sandbox("sessions=2,messages=60,quirks=no").await;
    let range = DateRange::last_days(3, sandbox.today()).unwrap();
    for (fault, kind, seconds) in [
        ("token:times=0:status=503", ErrorKind::Outage, 3..15),
        (
            "token:times=0:status=429:header=Retry-After=400",
            ErrorKind::RateLimited,
            0..3,
        ),
        (
            "token:times=0:status=429:header=X-RateLimit-Type=Daily-limit",
            ErrorKind::DailyLimit,
            0..3,
        ),
    ] {
        sandbox.clear_faults();
        sandbox.add_fault(fault.parse().unwrap());
        let clock = Arc::new(SkippingClock::new(sandbox.now()));
        let policy = RetryPolicy::default()
            .outage(Duration::from_secs(3))
            .longest_backoff(Duration::from_secs(1));
        let zoom = support::builder(&sandbox)
            .clock(clock.clone())
            .retry(policy)
            .build()
            .unwrap();
        let error = zoom.sessions(range).entries().collect_all().await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault}");
        let took = clock.now().as_secs();
        assert!(seconds.contains(&took), "{fault}: {took} s");
    }
}

#[tokio::test]
async fn the_time_to_wait_grows_shorter_while_nothing_is_sent() {
    let sandbox = support::sandbox("sessions=2,messages=60,quirks=no").await;
    let limit = "sessions:nth=1:times=0:status=429:header=Retry-After=400";
    sandbox.add_fault(limit.parse().unwrap());
    let clock = Arc::new(SkippingClock::new(sandbox.now()));
    let zoom = support::builder(&sandbox)
        .clock(clock.clone())
        .build()
        .unwrap();
    let range = DateRange::last_days(3, sandbox.today()).unwrap();
    let ask = || async { zoom.sessions(range).send().await.unwrap_err() };
    assert_eq!(ask().await.retry_in(), Some(Duration::from_secs(400)));
    clock.advance(Duration::from_secs(10));
    let left = ask().await.retry_in().unwrap();
    assert!((389..=390).contains(&left.as_secs()), "{left:?}");
}
