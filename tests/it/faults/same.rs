//! 19, 20, 31: what comes twice, changes or vanishes, and what is odd.

use std::{collections::BTreeSet, pin::pin};

use chrono::TimeDelta;
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::json;
use zoom_chat_reports::{ChatReports, DateRange, Entry, EntryKind, auth::AccessToken};

use crate::support::{self, Keys, assert_equals_truth, truth};

use super::{ACCOUNT, harvest, month, sink::Sink, survives, timed};

#[tokio::test]
async fn fault_19_what_comes_twice_is_given_once() {
    for order in ["ascending", "descending", "none"] {
        let settings =
            format!("{ACCOUNT},duplicates=some,order={order},modifications_on=every_page");
        let (_, zoom, _) = survives(&settings, &[]).await;
        assert!(zoom.stats().duplicates > 50, "{order}");
    }
}

/// The entries of two pages, as they come out.
async fn cleaned(first: &str, second: &str) -> Vec<Entry> {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.query_param_missing("next_page_token");
            then.status(200)
                .body(format!(r#"{{"messages":[{first}],"next_page_token":"2"}}"#));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.query_param("next_page_token", "2");
            then.status(200)
                .body(format!(r#"{{"messages":[{second}]}}"#));
        })
        .await;
    let zoom = support::mocked(&server).build().unwrap();
    zoom.messages("s", "2026-10-05".parse().unwrap())
        .entries()
        .try_collect()
        .await
        .unwrap()
}

#[tokio::test]
async fn fault_19_other_content_is_a_version_and_a_newly_signed_url_is_none() {
    let at = 1_791_200_000_000_i64;
    let with = |text: &str, jwt: &str| {
        json!({"id": "a", "timestamp": at, "message": text, "files": [
            {"file_id": "f", "download_url": format!("https://file.zoom.us/f?jwt={jwt}")},
        ]})
        .to_string()
    };
    let first = with("before", "1");
    // The same, signed anew; the text changed; that again, signed anew.
    let second = [with("before", "2"), with("after", "3"), with("after", "4")].join(",");
    let entries = cleaned(&first, &second).await;
    let texts: Vec<_> = entries
        .iter()
        .map(|entry| entry.message().unwrap().message.clone().unwrap())
        .collect();
    assert_eq!(texts, ["before", "after"]);
    assert_eq!(entries[0].raw(), first);
}

#[tokio::test]
async fn fault_19_items_without_id_or_times_are_kept_once_each() {
    let items = [
        r#"{"message":"neither id nor time"}"#,
        r#"{"message":"another"}"#,
        r#"{"id":"a","message":"no time"}"#,
        r#"{"id":"a","message":"no time, other text"}"#,
        r#"{"timestamp":1791200000000,"message":"no id"}"#,
        r#"{"id":null,"timestamp":"yesterday"}"#,
        "17",
        "null",
        r#""text""#,
        "[]",
    ];
    let all = items.join(",");
    let entries = cleaned(&all, &all).await;
    let raw: Vec<_> = entries.iter().map(Entry::raw).collect();
    assert_eq!(raw, items);
}

#[tokio::test]
async fn fault_20_a_closed_month_is_exact_while_messages_arrive_change_and_vanish() {
    for settings in [
        "order=ascending,page_tokens=offset,deleted_in_messages=vanishes",
        "order=descending,page_tokens=offset,edited_in_messages=before",
        "order=none,page_tokens=key,listing_order=activity",
    ] {
        let sandbox =
            support::sandbox(&format!("{ACCOUNT},page_token_ttl=100000,{settings}")).await;
        let (zoom, _) = timed(&sandbox);
        let (_, before) = truth(&sandbox, &month());
        let harvested =
            support::run(harvest(&zoom), || sandbox.advance(TimeDelta::minutes(2))).await;
        let (after, _) = truth(&sandbox, &month());
        assert_eq!(
            before, after,
            "edits come within seven days: August is closed"
        );
        assert!(harvested.failed.is_empty(), "{:?}", harvested.failed);
        assert_equals_truth(settings, &harvested.keys, &after, &after);
        assert!(harvested.summary.is_complete());
    }
}

#[tokio::test]
async fn fault_20_what_moves_at_the_open_end_is_read_again_by_the_next_run() {
    for visible_after in [0, 3600] {
        let settings = format!("sessions=6,messages=8000,visible_after={visible_after}");
        let sandbox = support::sandbox(&settings).await;
        let range = DateRange::parse("2026-11-01..2026-11-30").unwrap();
        let mut sent: BTreeSet<_> = BTreeSet::new();
        let mut sink = Sink::default();
        for _ in 0..4 {
            let (zoom, _) = timed(&sandbox);
            // Messages arrive while it runs.
            let mut entries = 0;
            let run = sink
                .take(zoom.harvest(range).everything().page_size(20))
                .await;
            let summary = run.end.unwrap();
            assert!(summary.is_complete(), "{:?}", summary.gaps);
            assert!(summary.complete_through <= sandbox.now() - TimeDelta::hours(48));
            entries += summary.sent;
            assert!(entries > 0);
            sent.extend(sink.keys.keys().cloned());
            sandbox.advance(TimeDelta::days(3));
        }
        let (zoom, _) = timed(&sandbox);
        sink.take(zoom.harvest(range).everything())
            .await
            .end
            .unwrap();
        sent.extend(sink.keys.keys().cloned());
        let (_, due) = truth(&sandbox, &range);
        let missing: Vec<_> = due
            .keys()
            .filter(|key| key.1 == zoom_chat_reports_sandbox::TruthKind::Sent)
            .filter(|key| !sent.contains(*key))
            .collect();
        assert!(
            missing.is_empty(),
            "{} missing, {:?}",
            missing.len(),
            missing.first()
        );
    }
}

#[tokio::test]
async fn fault_31_odd_items_are_kept_verbatim_and_cost_no_page() {
    let odd = [
        r#"{"id":"new","timestamp":1791200000001,"emoji_actions":[{"x":1}],"zz":{"a":null}}"#,
        r#"{"id":"nulls","timestamp":1791200000002,"message":null,"sender":null,"files":null,"reactions":null}"#,
        r#"{"id":"missing"}"#,
        r#"{"id":"strings","timestamp":"1791200000003","reply_main_message_timestamp":"17","files":[{"file_size":"10"}]}"#,
        r#"{"id":"floats","timestamp":1791200000004.0,"files":[{"file_size":1.5e3}]}"#,
        r#"{"id":"enum","timestamp":1791200000005,"rich_text":[{"format_type":"Hologram","start_position":"x"}]}"#,
        r#"{"id":"wrong","timestamp":1791200000006,"message":{"a":1},"reactions":"many","is_sender_external":"maybe"}"#,
        r#"{"id":17,"timestamp":true}"#,
        r#"{"id":"bot","timestamp":1791200000007,"bot_message":{"content":"{\"head\":1}"}}"#,
        r#"{"id":"surrogate","timestamp":1791200000008,"message":"\ud83d"}"#,
        r#"{ "id" : "spaces" , "timestamp":1791200000009,"n":[1.50,-0,1E+3] }"#,
    ];
    let entries = cleaned(
        &odd.join(" ,\n"),
        r#"{"id":"last","timestamp":1791200000010}"#,
    )
    .await;
    let raw: Vec<_> = entries.iter().map(Entry::raw).collect();
    assert_eq!(raw[..odd.len()], odd);
    assert_eq!(raw[odd.len()], r#"{"id":"last","timestamp":1791200000010}"#);
    assert!(entries.iter().all(|entry| entry.kind() == EntryKind::Sent));
    let typed = |place: usize| entries[place].message();
    for place in [0, 1, 3, 4, 8, 10] {
        assert!(typed(place).is_ok(), "{}: {:?}", odd[place], typed(place));
    }
    for place in [6, 7] {
        let error = typed(place).unwrap_err().to_string();
        assert!(error.contains("expected"), "{error}");
        assert!(
            !error.contains("many") && !error.contains("maybe"),
            "{error}"
        );
    }
    assert_eq!(entries[3].keys().timestamp, Some(1_791_200_000_003));
}

#[tokio::test]
async fn fault_31_pages_whose_envelope_is_odd_are_pages() {
    let item = r#"{"id":"a","timestamp":1791200000000}"#;
    for envelope in [
        r#""from":null,"to":17,"page_size":"30""#,
        r#""from":"soon","to":"","page_size":1.5,"edited_messages":null"#,
        r#""zz":[{}],"page_size":null,"deleted_messages":null"#,
    ] {
        let server = MockServer::start_async().await;
        server
            .mock_async(|_, then| {
                then.status(200)
                    .body(format!(r#"{{{envelope},"messages":[{item}]}}"#));
            })
            .await;
        let zoom = ChatReports::builder()
            .access_token(AccessToken::new("token"))
            .base_url(server.base_url())
            .build()
            .unwrap();
        let mut entries = pin!(zoom.messages("s", "2026-10-05".parse().unwrap()).entries());
        let entry = entries.try_next().await.unwrap().unwrap();
        assert_eq!(entry.raw(), item, "{envelope}");
    }
}

#[tokio::test]
async fn fault_31_an_account_full_of_odd_items_is_read_whole() {
    let sandbox = support::sandbox("sessions=8,messages=6000,quirks=yes").await;
    let range = month();
    let (zoom, _) = timed(&sandbox);
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert!(harvested.summary.undecodable > 0, "nothing was odd");
    let (all, due): (Keys, Keys) = truth(&sandbox, &range);
    assert_equals_truth("odd", &harvested.keys, &due, &all);
}
