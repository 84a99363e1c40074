//! Answers that look like pages and are none, and pages that look like errors.

use httpmock::{Method::GET, MockServer};
use zoom_chat_reports::{ChatReports, DateRange, Entry, ErrorKind, GapReason, RetryPolicy};

use futures::TryStreamExt;

use super::{ACCOUNT, is_honest, timed};
use crate::support::{self, sandbox};

#[tokio::test]
async fn an_error_that_echoes_the_dates_is_never_an_empty_page() {
    for code in [300, 200, 1001, 5000] {
        for operation in ["messages", "sessions"] {
            let account = sandbox(ACCOUNT).await;
            let fault = format!("{operation}:probability=0.05:times=0:error_page={code}");
            account.add_fault(fault.parse().unwrap());
            let (zoom, _) = timed(&account);
            let range = DateRange::last_six_months(zoom.today().await.unwrap());
            let mut events = Box::pin(zoom.harvest(range).everything().events());
            let mut complete = false;
            let mut keys = support::Keys::new();
            // Codes such as 200 end a run: that is told as well.
            while let Ok(Some(event)) = events.try_next().await {
                use zoom_chat_reports::HarvestEvent::{Entries, Finished};
                match event {
                    Entries { entries, .. } => {
                        for entry in &entries {
                            *keys.entry(support::key(entry)).or_default() += 1;
                        }
                    }
                    Finished(summary) => complete = summary.is_complete(),
                    _ => {}
                }
            }
            if complete {
                let (all, due) = support::truth(&account, &range);
                support::assert_equals_truth(&fault, &keys, &due, &all);
            }
        }
    }
}

#[tokio::test]
async fn an_array_of_another_name_is_no_empty_page() {
    for operation in ["messages", "sessions"] {
        let account = sandbox(ACCOUNT).await;
        let fault = format!("{operation}:nth=3:times=0:rename_arrays");
        account.add_fault(fault.parse().unwrap());
        let (zoom, _) = timed(&account);
        assert!(
            !is_honest(&fault, &account, &zoom).await,
            "{fault}: complete"
        );
    }
}

#[tokio::test]
async fn a_page_that_breaks_off_behind_a_quoted_error_is_read_again() {
    let account = sandbox(ACCOUNT).await;
    for code in [300, 124, 200] {
        let body = format!(
            r#"messages:nth=2:body={{"messages"%3A[{{"id"%3A"a"%2C"message"%3A"{{\"code\"%3A{code}}}:truncate_body=60"#
        );
        account.add_fault(body.parse().unwrap());
    }
    let (zoom, _) = timed(&account);
    assert!(is_honest("broken pages", &account, &zoom).await);
    assert_eq!(zoom.stats().token_refreshes, 1, "no token was blamed");
}

fn mocked(server: &MockServer) -> ChatReports {
    support::mocked(server)
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_same_message_written_in_another_way_is_no_change() {
    let server = MockServer::start_async().await;
    let one = r#"{"id":"a","timestamp":1791200000000,"message":"x < y é","files":[{"file_id":"f","download_url":"1"}]}"#;
    let other = r#"{ "files" : [{"download_url":"2","file_id":"f"}], "message":"x \u003c y \u00e9","timestamp":1791200000000,"id":"a"}"#;
    let page =
        |items: &str, next: &str| format!(r#"{{"messages":[{items}],"next_page_token":"{next}"}}"#);
    server.mock(|when, then| {
        when.method(GET).query_param_missing("next_page_token");
        then.status(200).body(page(one, "t"));
    });
    server.mock(|when, then| {
        when.method(GET).query_param("next_page_token", "t");
        then.status(200).body(page(other, ""));
    });
    let zoom = mocked(&server);
    let entries: Vec<Entry> = zoom
        .messages("s", "2026-10-05".parse().unwrap())
        .entries()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].raw(), one, "the first form is kept");
}

#[tokio::test]
async fn fresh_tokens_for_ever_end_by_name() {
    let server = MockServer::start_async().await;
    let number = std::sync::atomic::AtomicU32::new(0);
    server.mock(|when, then| {
        when.method(GET).path_includes("/sessions/s");
        then.respond_with(move |_: &httpmock::HttpMockRequest| {
            let next = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let body = format!(r#"{{"messages":[],"next_page_token":"t{next}"}}"#);
            httpmock::HttpMockResponse::builder()
                .status(200)
                .body(body)
                .build()
        });
    });
    let entries = mocked(&server)
        .messages("s", "2026-10-05".parse().unwrap())
        .entries();
    let read = entries.try_collect::<Vec<Entry>>();
    let end = tokio::time::timeout(std::time::Duration::from_secs(60), read).await;
    let error = end.expect("it ends").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProgress);
}

#[tokio::test]
async fn answers_of_an_unknown_form_in_a_row_are_named_and_say_so() {
    let account = sandbox(ACCOUNT).await;
    account.add_fault("messages:times=0:rename_arrays".parse().unwrap());
    let (zoom, _) = timed(&account);
    let range: DateRange = "2026-10-05".parse().unwrap();
    let harvested = support::run(zoom.harvest(range), || {}).await;
    assert!(harvested.summary.api_may_have_changed);
    assert!(harvested.failed.iter().all(|failed| {
        let error = &failed.error;
        error.tracking_id().is_some() && error.to_string().contains("expected a page of messages")
    }));
    let reasons = harvested.summary.gaps.iter().map(|gap| gap.reason);
    assert!(
        reasons
            .into_iter()
            .all(|reason| reason == GapReason::BadAnswer)
    );
}
