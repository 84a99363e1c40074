//! 15 to 18: page tokens that expire, come again or lead nowhere.

use std::pin::pin;

use chrono::TimeDelta;
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::{Value, json};
use zoom_chat_reports::{ChatReports, ErrorKind, GapReason};

use crate::support::{self, Keys, assert_equals_truth, key, truth};

use super::{ACCOUNT, account, assert_whole, harvest, month, sink::Sink, survives, timed};

const EXPIRED: [&str; 3] = ["400_300", "http_300", "422"];

#[tokio::test]
async fn fault_15_an_expired_page_token_restarts_the_window_and_gives_nothing_twice() {
    for answer in EXPIRED {
        for life in ["own", "first"] {
            let settings = format!("{ACCOUNT},expired_answer={answer},page_token_life={life}");
            let faults = [
                "messages:page=2:nth=2:expire_page_token",
                "messages:page=3:nth=1:times=3:expire_page_token",
                "sessions:page=2:times=2:expire_page_token",
            ];
            let (_, zoom, _) = survives(&settings, &faults).await;
            assert!(zoom.stats().restarts >= 4, "{settings}");
        }
    }
}

#[tokio::test]
async fn fault_15_a_code_300_without_a_page_token_is_no_expiry() {
    let sandbox = account(
        ACCOUNT,
        &["messages:page=1:nth=1:times=0:status=400:body={\"code\"%3A300%2C\"message\"%3A\"token\"}"],
    )
    .await;
    let (zoom, _) = timed(&sandbox);
    let run = Sink::default().take(harvest(&zoom)).await;
    assert!(!run.failed.is_empty());
    for failed in &run.failed {
        assert_eq!(failed.error.kind(), ErrorKind::Refused);
    }
    assert_eq!(zoom.stats().restarts, 0);
}

#[tokio::test]
async fn fault_15_page_tokens_that_always_expire_end_in_an_error_and_a_rerun_heals() {
    for answer in EXPIRED {
        let settings = format!("{ACCOUNT},expired_answer={answer}");
        let sandbox = account(&settings, &["messages:page=2:times=0:expire_page_token"]).await;
        let (zoom, _) = timed(&sandbox);
        let mut sink = Sink::default();
        let run = sink.take(harvest(&zoom).page_size(1)).await;
        let summary = run.end.unwrap();
        assert!(!summary.is_complete());
        assert!(!run.failed.is_empty());
        for failed in &run.failed {
            assert_eq!(failed.error.kind(), ErrorKind::NoProgress, "{answer}");
        }
        assert!(sandbox.stats().report_requests < 2000);
        sandbox.clear_faults();
        let (zoom, _) = timed(&sandbox);
        assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
        let (all, due) = truth(&sandbox, &month());
        assert_equals_truth(answer, &sink.keys, &due, &all);
    }
}

#[tokio::test]
async fn fault_16_a_consumer_that_takes_20_minutes_between_polls_notices_nothing() {
    for life in ["own", "first"] {
        let sandbox = support::sandbox(&format!("{ACCOUNT},page_token_life={life}")).await;
        let (zoom, clock) = timed(&sandbox);
        let (all, due) = truth(&sandbox, &month());
        let mut keys = Keys::new();
        for id in sandbox.session_ids() {
            let request = zoom.messages(&id, month()).everything().page_size(20);
            let mut pages = pin!(request.pages());
            while let Some(page) = pages.try_next().await.unwrap() {
                for entry in page.entries() {
                    *keys.entry(key(entry)).or_default() += 1;
                }
                sandbox.advance(TimeDelta::minutes(20));
                clock.advance(std::time::Duration::from_secs(20 * 60));
            }
        }
        assert!(zoom.stats().restarts > 5);
        assert_equals_truth(life, &keys, &due, &all);
    }
}

#[tokio::test]
async fn fault_16_a_harvest_whose_consumer_is_slow_brings_everything() {
    let sandbox = support::sandbox(ACCOUNT).await;
    let (zoom, clock) = timed(&sandbox);
    let harvested = support::run(harvest(&zoom), || {
        sandbox.advance(TimeDelta::minutes(20));
        clock.advance(std::time::Duration::from_secs(20 * 60));
    })
    .await;
    assert!(zoom.stats().restarts > 0);
    assert_whole("slow", &sandbox, &harvested);
}

/// A server that answers the first request with the first page token, and each that carries the n-th
/// of `tokens` with the one after it; the last leads to the first.
async fn circle(tokens: &'static [&'static str]) -> MockServer {
    let server = MockServer::start_async().await;
    for (place, token) in tokens.iter().enumerate() {
        let page = |id: &str, next: &str| {
            json!({
                "messages": [{"id": id, "timestamp": 1_791_200_000_000_i64}],
                "sessions": [{"id": id}],
                "next_page_token": next,
            })
        };
        if place == 0 {
            server
                .mock_async(|when, then| {
                    when.query_param_missing("next_page_token");
                    then.status(200).json_body(page("first", token));
                })
                .await;
        }
        let next = tokens[(place + 1) % tokens.len()];
        server
            .mock_async(|when, then| {
                when.query_param("next_page_token", *token);
                then.status(200).json_body(page(token, next));
            })
            .await;
    }
    server
}

fn mocked(server: &MockServer) -> ChatReports {
    support::mocked(server).build().unwrap()
}

/// Fails rather than go round for ever.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), what);
    ended.await.expect("it runs in a circle")
}

#[tokio::test]
async fn fault_17_a_page_token_that_comes_again_is_an_error_and_never_a_quiet_end() {
    let day = "2026-10-05".parse().unwrap();
    for tokens in [&["a"][..], &["a", "b"], &["a", "b", "c", "d"]] {
        // Kept: the server of another test may take the place of one that is dropped.
        let server = circle(tokens).await;
        let zoom = mocked(&server);
        let entries = zoom.messages("s", day).entries().map_ok(drop);
        let pages = zoom.messages("s", day).pages().map_ok(drop);
        let sessions = zoom.sessions(day).entries().map_ok(drop);
        for end in [
            soon(entries.try_collect::<Vec<()>>()).await,
            soon(pages.try_collect::<Vec<()>>()).await,
            soon(sessions.try_collect::<Vec<()>>()).await,
        ] {
            assert_eq!(end.unwrap_err().kind(), ErrorKind::PageTokenLoop);
        }
        // Each page was asked for once, not for ever; one more request told what time it is.
        assert!(zoom.stats().requests.total() <= 1 + 3 * (tokens.len() as u64 + 1));
    }
}

#[tokio::test]
async fn fault_17_a_harvest_names_the_window_that_runs_in_a_circle() {
    let server = circle(&["a", "b"]).await;
    let zoom = mocked(&server);
    let harvest = zoom.harvest("2026-10-05".parse().unwrap()).sessions(["s"]);
    let run = soon(Sink::default().take(harvest)).await;
    assert_eq!(run.failed.len(), 1);
    assert_eq!(run.failed[0].error.kind(), ErrorKind::PageTokenLoop);
    let gaps = run.end.unwrap().gaps;
    assert_eq!(gaps[0].session_id.as_deref(), Some("s"));
    assert_eq!(gaps[0].reason, GapReason::BadAnswer);
}

#[tokio::test]
async fn fault_18_short_and_empty_pages_with_a_token_go_on() {
    for fill in ["short", "gaps"] {
        for tokens in ["key", "offset", "snapshot"] {
            survives(
                &format!("{ACCOUNT},page_fill={fill},page_tokens={tokens}"),
                &[],
            )
            .await;
        }
    }
}

#[tokio::test]
async fn fault_18_only_an_empty_a_null_or_an_absent_token_ends() {
    for end in [
        json!({"next_page_token": ""}),
        json!({"next_page_token": null}),
        json!({}),
    ] {
        let server = MockServer::start_async().await;
        let page = |id: Option<&str>, end: Value| {
            let messages: Vec<Value> = id
                .iter()
                .map(|id| json!({"id": id, "timestamp": 1_791_200_000_000_i64}))
                .collect();
            let mut page = end;
            page["messages"] = json!(messages);
            page
        };
        let pages = [
            (None, page(None, json!({"next_page_token": "1"}))),
            (Some("1"), page(None, json!({"next_page_token": "2"}))),
            (Some("2"), page(Some("x"), json!({"next_page_token": "3"}))),
            (Some("3"), page(None, end.clone())),
        ];
        for (token, body) in pages {
            server
                .mock_async(|when, then| {
                    match token {
                        Some(token) => when.query_param("next_page_token", token),
                        None => when.query_param_missing("next_page_token"),
                    };
                    then.status(200).json_body(body);
                })
                .await;
        }
        let zoom = mocked(&server);
        let day = "2026-10-05".parse().unwrap();
        let entries: Vec<_> = zoom
            .messages("s", day)
            .entries()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(entries.len(), 1, "{end}");
        // Four pages, and the first once more for deletions made meanwhile.
        assert_eq!(zoom.stats().requests.messages, 5, "{end}");
    }
}
