//! What a stream of pages promises, each promise with a twin that breaks it.

use std::pin::pin;

use futures::{StreamExt, TryStreamExt};
use httpmock::{Mock, MockServer};
use serde_json::{Value, json};
use zoom_chat_reports::{
    ChatReports, DateRange, Entry, ErrorKind, IncludeField, RetryPolicy, types::ChatMessagesPage,
};
use zoom_chat_reports_httpmock::MockServerExt;

fn client(server: &MockServer) -> ChatReports {
    crate::support::mocked(server)
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

/// A range that one window holds.
fn day() -> DateRange {
    DateRange::parse("2026-10-05").unwrap()
}

/// A page of messages sent on that day, with the token of the next one.
#[expect(clippy::needless_pass_by_value, reason = "calls read better so")]
fn page(ids: &[&str], next: Value) -> ChatMessagesPage {
    let messages: Vec<Value> = ids
        .iter()
        .map(|id| json!({"id": id, "timestamp": 1_791_200_000_000_i64}))
        .collect();
    serde_json::from_value(json!({"messages": messages, "next_page_token": next})).unwrap()
}

fn first<'a>(server: &'a MockServer, ids: &[&str], next: Value) -> Mock<'a> {
    server.report_chat_messages(|when, then| {
        when.into_inner().query_param_missing("next_page_token");
        then.ok(&page(ids, next));
    })
}

fn after<'a>(server: &'a MockServer, token: &str, ids: &[&str], next: Value) -> Mock<'a> {
    server.report_chat_messages(|when, then| {
        when.next_page_token(Some(token));
        then.ok(&page(ids, next));
    })
}

async fn ids(zoom: &ChatReports) -> Result<Vec<String>, zoom_chat_reports::Error> {
    let entries: Vec<Entry> = zoom.messages("s", day()).entries().try_collect().await?;
    Ok(entries
        .iter()
        .filter_map(|entry| entry.keys().id.clone())
        .collect())
}

#[tokio::test]
async fn follows_tokens_until_one_is_empty_null_or_absent() {
    for end in [json!(""), Value::Null] {
        let server = MockServer::start_async().await;
        let one = first(&server, &["a"], json!("t1"));
        let two = after(&server, "t1", &["b"], json!("t2"));
        let three = after(&server, "t2", &["c"], end);
        assert_eq!(ids(&client(&server)).await.unwrap(), ["a", "b", "c"]);
        two.assert_calls(1);
        three.assert_calls(1);
        // The first page is looked at once more, for deletions made meanwhile.
        one.assert_calls(2);
    }
}

#[tokio::test]
async fn an_empty_page_with_a_token_goes_on() {
    let server = MockServer::start_async().await;
    first(&server, &[], json!("t1"));
    after(&server, "t1", &["b"], json!(""));
    assert_eq!(ids(&client(&server)).await.unwrap(), ["b"]);
}

#[tokio::test]
async fn a_token_that_comes_again_is_an_error_and_not_a_quiet_end() {
    let server = MockServer::start_async().await;
    first(&server, &["a"], json!("t1"));
    after(&server, "t1", &["b"], json!("t2"));
    after(&server, "t2", &["c"], json!("t1"));
    let error = ids(&client(&server)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PageTokenLoop);
}

#[tokio::test]
async fn entries_that_come_twice_are_given_once() {
    let server = MockServer::start_async().await;
    first(&server, &["a", "b"], json!("t1"));
    after(&server, "t1", &["b", "c"], json!(""));
    let zoom = client(&server);
    assert_eq!(ids(&zoom).await.unwrap(), ["a", "b", "c"]);
    assert_eq!(zoom.stats().duplicates, 1);
}

#[tokio::test]
async fn the_same_parameters_go_with_every_page() {
    let server = MockServer::start_async().await;
    let options = |when: zoom_chat_reports_httpmock::operations::ReportChatMessagesWhen| {
        when.session_id("s")
            .page_size(Some(std::num::NonZeroU32::new(7).unwrap()))
            .include_fields(Some("edited_messages,deleted_messages"))
            .include_bot_message(Some(true))
            .include_reactions(Some(true))
            .include_custom_emoji_reactions(Some(true))
            .query_all_modifications(Some(true))
            .from(&"2026-10-04".parse().unwrap())
            .to(&"2026-10-07".parse().unwrap())
            .into_inner()
            .query_param("include_recent", "a b&c")
    };
    let one = server.report_chat_messages(|when, then| {
        options(when).query_param_missing("next_page_token");
        then.ok(&page(&["a"], json!("t 1/+&")));
    });
    let two = server.report_chat_messages(|when, then| {
        options(when).query_param("next_page_token", "t 1/+&");
        then.ok(&page(&["b"], json!("")));
    });
    let stream = client(&server)
        .messages("s", day())
        .page_size(7)
        .include(IncludeField::ALL)
        .everything()
        .query_all_modifications(true)
        .param("include_recent", "a b&c")
        .pages();
    let pages: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(pages.len(), 2);
    one.assert_calls(2);
    two.assert_calls(1);
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll_and_nothing_after_the_drop() {
    let server = MockServer::start_async().await;
    let one = first(&server, &["a"], json!("t1"));
    let two = after(&server, "t1", &["b"], json!(""));
    let mut stream = Box::pin(client(&server).messages("s", day()).pages());
    one.assert_calls(0);
    stream.next().await.unwrap().unwrap();
    one.assert_calls(1);
    drop(stream);
    // The second page was never asked for.
    two.assert_calls(0);
}

#[tokio::test]
async fn an_error_is_yielded_once_and_ends_the_stream() {
    let server = MockServer::start_async().await;
    first(&server, &["a"], json!("t1"));
    let failing = server.report_chat_messages(|when, then| {
        when.next_page_token(Some("t1"));
        then.client_error(404, &serde_json::from_value(json!({"code": 404})).unwrap());
    });
    let zoom = client(&server);
    let mut stream = pin!(zoom.messages("s", day()).entries());
    assert!(stream.next().await.unwrap().is_ok());
    assert_eq!(
        stream.next().await.unwrap().unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert!(stream.next().await.is_none());
    failing.assert_calls(1);
}

#[tokio::test]
async fn a_cursor_goes_on_where_its_page_ended() {
    let server = MockServer::start_async().await;
    let one = first(&server, &["a"], json!("t1"));
    after(&server, "t1", &["b"], json!("t2"));
    after(&server, "t2", &["c"], json!(""));
    let zoom = client(&server);
    let cursor = {
        let mut stream = pin!(zoom.messages("s", day()).pages());
        let page = stream.next().await.unwrap().unwrap();
        let text = serde_json::to_string(page.next().unwrap()).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let rest: Vec<Entry> = zoom
        .messages("s", day())
        .resume(cursor)
        .entries()
        .try_collect()
        .await
        .unwrap();
    let rest: Vec<_> = rest
        .iter()
        .filter_map(|entry| entry.keys().id.as_deref())
        .collect();
    // The first page was looked at once more, for deletions made since; what stands there may come again.
    assert_eq!(rest, ["b", "c", "a"]);
    one.assert_calls(2);
}

#[tokio::test]
async fn a_200_that_is_no_page_is_an_error_and_never_an_empty_page() {
    for body in [
        r#"{"code":300,"message":"nothing of a page"}"#,
        "{}",
        "[]",
        "",
        "<html>Bad gateway</html>",
        r#"{"messages":[{"id":"a""#,
    ] {
        let server = MockServer::start_async().await;
        server
            .mock_async(|_, then| {
                then.status(200).body(body);
            })
            .await;
        assert!(ids(&client(&server)).await.is_err(), "{body}");
    }
}

#[tokio::test]
async fn a_page_may_lack_its_array_if_it_has_its_dates() {
    for body in [
        r#"{"messages":null}"#,
        r#"{"from":"2026-10-04","to":"2026-10-07"}"#,
    ] {
        let server = MockServer::start_async().await;
        server
            .mock_async(|_, then| {
                then.status(200).body(body);
            })
            .await;
        assert!(ids(&client(&server)).await.unwrap().is_empty(), "{body}");
    }
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let server = MockServer::start_async().await;
    let any = server
        .mock_async(|_, then| {
            then.status(500);
        })
        .await;
    let zoom = client(&server);
    let long = DateRange::parse("2026-09-01..2026-10-05").unwrap();
    let refused = [
        zoom.messages("", day()).send().await.unwrap_err(),
        zoom.messages("..", day()).send().await.unwrap_err(),
        zoom.messages("a\\b", day()).send().await.unwrap_err(),
        zoom.messages("s", day())
            .page_size(0)
            .send()
            .await
            .unwrap_err(),
        zoom.messages("s", day())
            .page_size(101)
            .send()
            .await
            .unwrap_err(),
        zoom.messages("s", long).send().await.unwrap_err(),
        zoom.sessions(day())
            .page_size(301)
            .send()
            .await
            .unwrap_err(),
        zoom.messages(".", day()).pages().try_next_once().await,
    ];
    for error in refused {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
    any.assert_calls_async(0).await;
}

trait FirstError {
    async fn try_next_once(self) -> zoom_chat_reports::Error;
}

impl<T, S: futures::Stream<Item = zoom_chat_reports::Result<T>>> FirstError for S {
    async fn try_next_once(self) -> zoom_chat_reports::Error {
        match pin!(self).next().await {
            Some(Err(error)) => error,
            _ => panic!("no error"),
        }
    }
}

#[tokio::test]
async fn session_ids_are_encoded_once_into_one_segment() {
    for (id, path) in [
        ("a/b", "/report/chat/sessions/a%2Fb"),
        ("a:b@c", "/report/chat/sessions/a:b@c"),
        ("a+b==", "/report/chat/sessions/a+b=="),
        ("a%2Fb", "/report/chat/sessions/a%252Fb"),
        ("a?b#c d", "/report/chat/sessions/a%3Fb%23c%20d"),
        ("käse", "/report/chat/sessions/k%C3%A4se"),
    ] {
        let server = MockServer::start_async().await;
        let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let sink = seen.clone();
        server
            .mock_async(|when, then| {
                when.is_true(move |request| {
                    *sink.lock().unwrap() = request.uri().path().to_owned();
                    true
                });
                then.status(200).body(r#"{"messages":[]}"#);
            })
            .await;
        client(&server).messages(id, day()).send().await.unwrap();
        assert_eq!(*seen.lock().unwrap(), path);
    }
}

/// Every stream can be moved to another thread and outlive the client.
#[tokio::test]
async fn every_stream_can_be_spawned() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| {
            then.status(404);
        })
        .await;
    let zoom = client(&server);
    let tasks = [
        tokio::spawn(
            zoom.messages("s", day())
                .pages()
                .map(|item| item.is_err())
                .collect(),
        ),
        tokio::spawn(
            zoom.messages("s", day())
                .entries()
                .map(|item| item.is_err())
                .collect(),
        ),
        tokio::spawn(
            zoom.sessions(day())
                .pages()
                .map(|item| item.is_err())
                .collect(),
        ),
        tokio::spawn(
            zoom.sessions(day())
                .entries()
                .map(|item| item.is_err())
                .collect(),
        ),
        tokio::spawn(
            zoom.harvest(day())
                .sessions(["s"])
                .events()
                .map(|item| item.is_err())
                .collect(),
        ),
    ];
    drop(zoom);
    for task in tasks {
        let items: Vec<bool> = task.await.unwrap();
        assert!(!items.is_empty());
    }
}
