//! `Date` headers that are wrong: once, now and then, for good.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use chrono::TimeDelta;
use futures::TryStreamExt;
use zoom_chat_reports::{
    ChatReports, DateRange, Entry, Plan, auth::AccessToken, clock::SkippingClock,
};

use super::{ACCOUNT, is_honest, judge, timed};
use crate::support::{self, sandbox};

/// How far a `Date` jumps.
const JUMPS: [&str; 5] = [
    "-80d",
    "-66d",
    "+365d",
    "1970-01-01T00:00:00Z",
    "9999-01-01T00:00:00Z",
];

/// Reads an account with a fault; the result is complete and equals the truth.
async fn changes_nothing(fault: &str) {
    let account = sandbox(ACCOUNT).await;
    account.add_fault(fault.parse().unwrap());
    let (zoom, _) = timed(&account);
    assert!(
        is_honest(fault, &account, &zoom).await,
        "{fault}: not complete"
    );
}

#[tokio::test]
async fn one_wrong_date_changes_nothing_wherever_it_comes() {
    for jump in JUMPS {
        let date = jump.replace(':', "%3A");
        for place in [
            "token:nth=1",
            "sessions:nth=1",
            "sessions:nth=5",
            "messages:nth=1",
            "messages:nth=20",
        ] {
            changes_nothing(&format!("{place}:date={date}")).await;
        }
    }
}

#[tokio::test]
async fn now_and_then_a_wrong_date_changes_nothing() {
    for jump in JUMPS {
        let date = jump.replace(':', "%3A");
        changes_nothing(&format!("any:probability=0.1:times=0:date={date}")).await;
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_good_is_never_called_complete_with_less() {
    for jump in JUMPS {
        for edges in [
            "",
            "future_to=refused,beyond_floor=refused",
            "future_to=clamped,beyond_floor=clamped",
            "beyond_floor=accepted",
        ] {
            let settings = format!("{ACCOUNT},date_offset={jump},{edges}");
            let account = sandbox(settings.trim_end_matches(',')).await;
            let (zoom, _) = timed(&account);
            is_honest(&settings, &account, &zoom).await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_jumps_for_good_in_the_middle_of_a_run_changes_nothing() {
    for jump in JUMPS {
        let account = sandbox(ACCOUNT).await;
        let (zoom, _) = timed(&account);
        let range = DateRange::last_six_months(zoom.today().await.unwrap());
        let mut pages = 0;
        let harvested = support::run(zoom.harvest(range).everything().page_size(20), || {
            pages += 1;
            if pages == 5 {
                account.set_date_offset(jump.parse().unwrap());
            }
        })
        .await;
        assert!(judge(jump, &account, &harvested), "{jump}: not complete");
        // And the next run of the same client is honest.
        is_honest(jump, &account, &zoom).await;
    }
}

#[tokio::test]
async fn a_client_that_lives_for_days_reads_up_to_now() {
    for edges in [
        "future_to=refused",
        "future_to=clamped",
        "future_to=accepted",
    ] {
        let account = sandbox(&format!("{ACCOUNT},{edges}")).await;
        let (zoom, clock) = timed(&account);
        for days in [0, 10, 20] {
            let passed = TimeDelta::days(days);
            account.advance(passed);
            clock.advance(passed.to_std().unwrap());
            let context = format!("{edges}, {days} days later");
            assert!(is_honest(&context, &account, &zoom).await, "{context}");
        }
    }
}

#[tokio::test]
async fn a_machine_that_slept_for_hours_or_days_reads_up_to_now() {
    for hours in [8, 24 * 10] {
        let account = sandbox(ACCOUNT).await;
        let clock = Arc::new(Sleeping::new(account.now()));
        let zoom = support::builder(&account)
            .clock(clock.clone())
            .build()
            .unwrap();
        assert!(is_honest("before", &account, &zoom).await);
        let slept = TimeDelta::hours(hours);
        account.advance(slept);
        clock.sleep(slept);
        assert!(is_honest("after", &account, &zoom).await, "{hours} hours");
    }
}

/// A machine whose monotonic time stands still while it sleeps, and whose calendar does not.
#[derive(Debug)]
struct Sleeping {
    inner: SkippingClock,
    slept: std::sync::Mutex<TimeDelta>,
}

impl Sleeping {
    fn new(now: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            inner: SkippingClock::new(now),
            slept: std::sync::Mutex::new(TimeDelta::zero()),
        }
    }

    fn sleep(&self, by: TimeDelta) {
        *self.slept.lock().unwrap() += by;
    }
}

impl zoom_chat_reports::clock::Clock for Sleeping {
    fn now(&self) -> std::time::Duration {
        self.inner.now()
    }

    fn sleep_until(&self, at: std::time::Duration) -> futures::future::BoxFuture<'static, ()> {
        self.inner.sleep_until(at)
    }

    fn utc(&self) -> chrono::DateTime<chrono::Utc> {
        self.inner.utc() + *self.slept.lock().unwrap()
    }
}

/// A client with a token from elsewhere, so that no token request tells the time.
pub(super) async fn with_given_token(
    account: &zoom_chat_reports_sandbox::Sandbox,
    machine_behind: TimeDelta,
) -> ChatReports {
    let mut request = TcpStream::connect(account.address()).unwrap();
    let body = format!(
        "grant_type=account_credentials&account_id={}",
        account.account_id()
    );
    let basic = base64(&format!(
        "{}:{}",
        account.client_id(),
        account.client_secret()
    ));
    let text = format!(
        "POST /oauth/token HTTP/1.1\r\nhost: x\r\nauthorization: Basic {basic}\r\n\
         content-type: application/x-www-form-urlencoded\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = tokio::task::spawn_blocking(move || {
        request.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        request.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    ChatReports::builder()
        .access_token(AccessToken::new(body["access_token"].as_str().unwrap()))
        .base_url(account.api_url())
        .plan(Plan::Business)
        .clock(Arc::new(SkippingClock::new(account.now() - machine_behind)))
        .build()
        .unwrap()
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for bytes in text.as_bytes().chunks(3) {
        let number = (0..3).fold(0_usize, |sum, place| {
            sum << 8 | usize::from(bytes.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = DIGITS[number >> (18 - 6 * place) & 63];
            encoded.push(if place > bytes.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    encoded
}

#[tokio::test]
async fn a_given_token_and_a_machine_clock_days_behind_lose_nothing() {
    let account = sandbox(ACCOUNT).await;
    let range: DateRange = "2026-10-20..2026-11-19".parse().unwrap();
    let (all, due) = support::truth(&account, &range);
    let sessions: std::collections::BTreeSet<String> =
        due.keys().map(|key| key.0.clone()).collect();
    for days in [20, -20, 90] {
        let zoom = with_given_token(&account, TimeDelta::days(days)).await;
        let mut keys = support::Keys::new();
        for id in &sessions {
            let entries = zoom.messages(id, range).everything().entries();
            let entries: Vec<Entry> = entries.try_collect().await.unwrap();
            for entry in &entries {
                *keys.entry(support::key(entry)).or_default() += 1;
            }
        }
        support::assert_equals_truth(&format!("{days} days behind"), &keys, &due, &all);
    }
}
