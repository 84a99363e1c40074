//! Outages that do not end: how many requests, for how long, and how that is called.

use std::{fmt::Write, time::Duration};

use zoom_chat_reports::{Again, ErrorKind};

use super::account::{Account, Asked, Kind, SESSIONS, WINDOWS, answer, most_within, worst_minute};

const UNAVAILABLE: &str = "503 Service Unavailable";
const TOO_FAST: &str = "429 Too Many Requests";
/// Requests a minute that the plan allows.
const PER_MINUTE: usize = 20 * 60;

/// What goes wrong for ever, and how the run must end.
struct Row {
    name: &'static str,
    script: fn(&Asked<'_>) -> Option<String>,
    kind: ErrorKind,
    minutes: std::ops::RangeInclusive<u64>,
}

fn reports(asked: &Asked<'_>, status: &str, headers: &str) -> Option<String> {
    (asked.kind != Kind::Token).then(|| answer(status, headers, ""))
}

fn rows() -> Vec<Row> {
    let outage = |name, script| Row {
        name,
        script,
        kind: ErrorKind::Outage,
        minutes: 15..=16,
    };
    vec![
        outage("503", |asked| reports(asked, UNAVAILABLE, "")),
        outage("503 to messages only", |asked| {
            (asked.kind == Kind::Messages).then(|| answer(UNAVAILABLE, "", ""))
        }),
        outage("503 to the list only", |asked| {
            (asked.kind == Kind::List).then(|| answer(UNAVAILABLE, "", ""))
        }),
        outage("429 without a hint", |asked| reports(asked, TOO_FAST, "")),
        outage("429, after 10 s", |asked| {
            reports(asked, TOO_FAST, "retry-after: 10\r\n")
        }),
        outage("429, after 300 s", |asked| {
            reports(asked, TOO_FAST, "retry-after: 300\r\n")
        }),
        outage("429, after 0 s", |asked| {
            reports(asked, TOO_FAST, "retry-after: 0\r\n")
        }),
        outage("429, reset in the past", |asked| {
            reports(
                asked,
                TOO_FAST,
                "x-ratelimit-type: QPS\r\nx-ratelimit-reset: 1\r\n",
            )
        }),
        Row {
            name: "the day, until yesterday",
            script: |asked| {
                let headers =
                    "x-ratelimit-type: Daily-limit\r\nretry-after: 2026-11-19T00:00:00Z\r\n";
                reports(asked, TOO_FAST, headers)
            },
            kind: ErrorKind::DailyLimit,
            minutes: 0..=0,
        },
        Row {
            name: "the day, after 0 s",
            script: |asked| {
                reports(
                    asked,
                    TOO_FAST,
                    "x-ratelimit-type: Daily-limit\r\nretry-after: 0\r\n",
                )
            },
            kind: ErrorKind::DailyLimit,
            minutes: 0..=0,
        },
        outage("503 to tokens", |asked| {
            (asked.kind == Kind::Token).then(|| answer(UNAVAILABLE, "", ""))
        }),
        outage("429 to tokens", |asked| {
            (asked.kind == Kind::Token).then(|| answer(TOO_FAST, "retry-after: 0\r\n", ""))
        }),
    ]
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "docs/reliability.md shows the table")]
async fn every_outage_ends_the_run_in_order_and_is_probed_seldom() {
    let mut table = format!(
        "{:<44} {:>6} {:>6} {:>10} {:>8}  ended\n",
        "for ever", "asked", "tokens", "worst min.", "minutes"
    );
    for row in rows() {
        let account = Account::new(row.script);
        let run = account.run().await;
        let reports = account.requests(&[Kind::List, Kind::Messages]);
        let tokens = account.requests(&[Kind::Token]);
        let all = account.requests(&[Kind::List, Kind::Messages, Kind::Token]);
        let name = row.name;
        let error = run.error.expect(name);
        writeln!(
            table,
            "{name:<44} {:>6} {:>6} {:>10} {:>8.1}  {}",
            reports.len(),
            tokens.len(),
            worst_minute(&all),
            run.took.as_secs_f64() / 60.0,
            error.kind(),
        )
        .unwrap();
        assert_eq!(error.kind(), row.kind, "{name}: {error}");
        assert_eq!(error.again(), Again::Later, "{name}");
        let minutes = run.took.as_secs() / 60;
        assert!(row.minutes.contains(&minutes), "{name}: {minutes} minutes");
        assert!(worst_minute(&all) <= PER_MINUTE, "{name}");
        assert!(worst_minute(&tokens) <= 30, "{name}");
        assert_probes(name, &all);
        if let Some(summary) = run.summary {
            assert!(!summary.is_complete(), "{name}");
        }
    }
    println!("{table}");
}

/// After the first minute of an outage, no more than one request goes out in 30 s.
fn assert_probes(name: &str, requests: &[Duration]) {
    let Some(first) = requests.first() else {
        return;
    };
    // A run of answers may come first; it takes seconds.
    let settled = *first + Duration::from_secs(80);
    let probes: Vec<_> = requests
        .iter()
        .copied()
        .filter(|at| *at > settled)
        .collect();
    let most = most_within(&probes, Duration::from_secs(29));
    // A token that is asked for anew may go before a probe.
    assert!(most <= 2, "{name}: {most} requests within 30 s");
}

#[tokio::test]
async fn what_was_not_read_is_named_when_an_outage_ends_the_run() {
    let account = Account::new(|asked| {
        let is_late = asked.at > Duration::from_secs(5);
        (asked.kind == Kind::Messages && is_late).then(|| answer(UNAVAILABLE, "", ""))
    });
    let run = account.run().await;
    assert_eq!(run.error.unwrap().kind(), ErrorKind::Outage);
    let summary = run.summary.unwrap();
    assert_eq!(summary.sessions, SESSIONS);
    let done = usize::try_from(summary.windows_done).unwrap();
    let failed = usize::try_from(summary.windows_failed).unwrap();
    let unread = usize::try_from(summary.windows_unread).unwrap();
    assert!(done > 20 && unread > 20, "{done} read, {unread} not");
    assert_eq!(done + failed + unread, SESSIONS * WINDOWS);
    // Oldest windows come first, so that no session is whole.
    assert_eq!(summary.sessions_unread, SESSIONS as u64);
    for session in 0..SESSIONS {
        let name = format!("s{session:02}");
        let is_named =
            |gap: &zoom_chat_reports::Gap| gap.session_id.as_deref() == Some(&name) && gap.healable;
        assert!(summary.gaps.iter().any(is_named), "{name}");
    }
}

#[tokio::test]
async fn an_outage_of_ten_minutes_loses_nothing() {
    let account = Account::new(|asked| {
        let is_down = (5..605).contains(&asked.at.as_secs());
        is_down.then(|| answer(UNAVAILABLE, "", ""))
    });
    let run = account.run().await;
    assert!(run.error.is_none(), "{:?}", run.error);
    assert!(run.failed.is_empty(), "{:?}", run.failed);
    assert!(run.summary.unwrap().is_complete());
}

#[tokio::test]
async fn tokens_that_cannot_be_had_for_ten_minutes_lose_nothing() {
    let account = Account::new(|asked| {
        let is_down = asked.at < Duration::from_secs(600);
        (asked.kind == Kind::Token && is_down).then(|| answer(UNAVAILABLE, "", ""))
    });
    let run = account.run().await;
    assert!(run.error.is_none(), "{:?}", run.error);
    assert!(run.summary.unwrap().is_complete());
}

#[tokio::test]
async fn a_pause_of_five_minutes_now_and_then_loses_nothing() {
    let account = Account::new(|asked| {
        let is_too_fast = asked.at.as_secs() % 302 > 300;
        let pause = "retry-after: 300\r\n";
        (asked.kind == Kind::Messages && is_too_fast).then(|| answer(TOO_FAST, pause, ""))
    });
    let run = account.run().await;
    assert!(run.error.is_none(), "{:?}", run.error);
    assert!(run.summary.unwrap().is_complete());
}
