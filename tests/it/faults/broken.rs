//! 07 to 09: bodies that break off, that are cut, or that are no answer.

use zoom_chat_reports::{DateRange, Error, ErrorKind};

use crate::{
    raw_server::{Act, End, RawServer},
    support::{self, assert_equals_truth, truth},
};

use super::{ACCOUNT, account, assert_whole, harvest, month, sink::Sink, survives, through, timed};

/// Entries that came twice because of the account itself, and not because of a fault.
async fn duplicates() -> u64 {
    let (_, zoom, _) = survives(ACCOUNT, &[]).await;
    zoom.stats().duplicates
}

#[tokio::test]
async fn fault_07_reset_mid_body() {
    let clean = duplicates().await;
    type Cut = fn(usize) -> Act;
    let cuts: [(&str, Cut); 4] = [
        ("reset", |after| Act::Cut(after, End::Reset)),
        ("end", |after| Act::Cut(after, End::Close)),
        ("chunk", Act::CutChunk),
        ("first byte", |_| Act::Cut(1, End::Reset)),
    ];
    for (name, cut) in cuts {
        let sandbox = support::sandbox(ACCOUNT).await;
        let server = RawServer::start(Some(sandbox.address()), move |seen| {
            if seen.number % 5 == 4 {
                cut(700 + 97 * seen.number)
            } else {
                Act::Pass
            }
        });
        let (zoom, _) = through(&sandbox, &server);
        let harvested = support::run(harvest(&zoom), || {}).await;
        assert_whole(name, &sandbox, &harvested);
        assert!(zoom.stats().retries > 5, "{name}");
        // Nothing of a broken page was given out, or it would have come again as a duplicate.
        assert_eq!(zoom.stats().duplicates, clean, "{name}");
    }
}

#[tokio::test]
async fn fault_07_the_token_and_the_list_break_off_as_well() {
    for (operation, nth) in [("token", 1), ("sessions", 2)] {
        // The first request for the list may be refused, for the floor; so from the second on.
        let fault = format!("{operation}:nth={nth}:times=3:cut_after=40");
        let (_, zoom, _) = survives(ACCOUNT, &[&fault]).await;
        assert!(zoom.stats().retries >= 3, "{fault}");
    }
}

#[tokio::test]
async fn fault_07_a_refusal_that_breaks_off_is_asked_for_again_and_not_taken_for_final() {
    // Its status alone says nothing: a page token may have expired, or the floor been met.
    let sandbox = support::sandbox(ACCOUNT).await;
    let server = RawServer::start(Some(sandbox.address()), |seen| {
        let head = "HTTP/1.1 400 Bad Request\r\ncontent-length: 60\r\n\r\n{\"co";
        if seen.number % 6 == 5 {
            Act::Bytes(head.into(), End::Reset)
        } else {
            Act::Pass
        }
    });
    let (zoom, _) = through(&sandbox, &server);
    let harvested = support::run(harvest(&zoom), || {}).await;
    assert_whole("400", &sandbox, &harvested);
    assert!(zoom.stats().retries > 5);
}

#[tokio::test]
async fn fault_08_a_page_cut_under_a_true_length_is_read_again() {
    let clean = duplicates().await;
    for bytes in [0, 1, 300, 900] {
        let fault = format!("messages:probability=0.15:times=0:seed=8:truncate_body={bytes}");
        let (_, zoom, _) = survives(ACCOUNT, &[&fault]).await;
        assert!(zoom.stats().retries > 5, "{fault}");
        assert_eq!(zoom.stats().duplicates, clean, "{fault}");
    }
}

#[tokio::test]
async fn fault_08_a_page_that_stays_cut_is_an_error_with_its_place() {
    let run = never_an_empty_page("truncate_body=900", ErrorKind::UnreadableBody).await;
    for text in run {
        assert!(text.contains("line 1, column"), "{text}");
        assert!(text.contains("after 4 attempts"), "{text}");
    }
}

/// Text of a chat that looks like everything that an error of Zoom's may say.
const CHAT: &str = r#"{"code":124,"errorCode":401,"message":"token scopes:[secret:word]"}"#;

#[tokio::test]
async fn fault_08_what_a_chat_says_in_a_page_cut_off_is_never_an_error_of_zooms() {
    let sandbox = support::sandbox("sessions=1,messages=1").await;
    let page = format!(
        r#"{{"messages":[{{"id":"a","bot_message":{{"content":{CHAT}}}}},{{"id":"b","message":{:?}}}]}}"#,
        CHAT.replace("124", "300")
    );
    for length in [page.len() - 1, page.len() - 5, 140, 110, 70] {
        let body = page[..length].to_owned();
        let server = RawServer::start(Some(sandbox.address()), move |seen| {
            if seen.is_messages() {
                success(&body)
            } else {
                Act::Pass
            }
        });
        let (zoom, _) = through(&sandbox, &server);
        let error = zoom.messages("s", day()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableBody, "{length}: {error}");
        assert_eq!(error.zoom_code(), None, "{length}");
        assert!(error.scopes().is_empty(), "{length}");
        assert!(error.to_string().contains("expected a page of messages"));
        assert!(!format!("{error} {error:?}").contains("secret"));
        // No token was blamed.
        assert_eq!(zoom.stats().token_refreshes, 1, "{length}");
    }
}

fn success(body: &str) -> Act {
    let head = "HTTP/1.1 200 OK\r\nx-zm-trackingid: WEB_1a2b\r\ncontent-length";
    let text = format!("{head}: {}\r\n\r\n{body}", body.len());
    Act::Bytes(text.into_bytes(), End::Stay)
}

fn day() -> DateRange {
    "2026-10-05".parse().unwrap()
}

/// The date that a request asks for under this name.
fn asked<'a>(target: &'a str, name: &str) -> &'a str {
    let (_, rest) = target.split_once(&format!("{name}=")).unwrap();
    &rest[..10]
}

#[tokio::test]
async fn fault_09_a_body_that_echoes_the_dates_is_a_page_only_without_error_and_foreign_array() {
    let sandbox = support::sandbox("sessions=1,messages=1").await;
    for (fields, kind) in [
        ("", None),
        (r#","next_page_token":null"#, None),
        (r#","code":1010,"message":"x""#, Some(ErrorKind::NotFound)),
        (
            r#","code":9999,"message":"x""#,
            Some(ErrorKind::UnreadableBody),
        ),
        (
            r#","errorCode":"9","status":false"#,
            Some(ErrorKind::UnreadableBody),
        ),
        (r#","rows":[{"id":"a"}]"#, Some(ErrorKind::UnreadableBody)),
    ] {
        let server = RawServer::start(Some(sandbox.address()), move |seen| {
            let target = &seen.target;
            if !target.contains("/report/chat/sessions") {
                return Act::Pass;
            }
            let (from, to) = (asked(target, "from"), asked(target, "to"));
            success(&format!(r#"{{"from":"{from}","to":"{to}"{fields}}}"#))
        });
        let (zoom, _) = through(&sandbox, &server);
        let messages = zoom.messages("s", day()).send().await.map(|_| ());
        let (zoom, _) = through(&sandbox, &server);
        let sessions = zoom.sessions(day()).send().await.map(|_| ());
        for answer in [messages, sessions] {
            assert_eq!(
                answer.as_ref().err().map(Error::kind),
                kind,
                "{fields}: {answer:?}"
            );
            if let Err(error) = answer {
                assert_eq!(error.tracking_id(), Some("WEB_1a2b"), "{fields}");
            }
        }
    }
}

#[tokio::test]
async fn fault_09_a_success_that_is_no_page_is_asked_for_again() {
    for body in BODIES {
        let fault = format!("messages:probability=0.1:times=0:seed=9:status=200:body={body}");
        let (_, zoom, _) = survives(ACCOUNT, &[&fault]).await;
        assert!(zoom.stats().retries > 3, "{fault}");
    }
}

#[tokio::test]
async fn fault_09_a_success_that_is_never_a_page_is_an_error_and_never_an_empty_page() {
    for body in BODIES {
        never_an_empty_page(
            &format!("status=200:body={body}"),
            ErrorKind::UnreadableBody,
        )
        .await;
    }
    // An error object means what it says, whatever its status.
    for (body, kind) in [
        ("{\"code\"%3A300%2C\"message\"%3A\"x\"}", ErrorKind::Refused),
        ("{\"code\"%3A1010}", ErrorKind::NotFound),
    ] {
        never_an_empty_page(&format!("status=200:body={body}"), kind).await;
    }
}

#[tokio::test]
async fn fault_09_a_list_that_is_no_page_is_named() {
    let sandbox = account(
        ACCOUNT,
        &["sessions:times=0:status=200:body={\"ok\"%3Atrue}"],
    )
    .await;
    let (zoom, _) = timed(&sandbox);
    let harvested = support::run(harvest(&zoom), || {}).await;
    // No session is known, and the run does not pass for a complete one without messages.
    assert!(harvested.keys.is_empty());
    assert!(!harvested.failed.is_empty() && !harvested.summary.is_complete());
}

/// With `:` and `,` as fault texts want them.
const BODIES: [&str; 6] = [
    "<html><body>Bad gateway</body></html>",
    "",
    "{}",
    "[]",
    "null",
    "{\"status\"%3Afalse%2C\"errorMessage\"%3A\"x\"}",
];

/// Reads with one session's pages spoiled for good: that session fails and is named, the others are
/// whole, and a rerun brings it. Gives the texts of the errors.
async fn never_an_empty_page(effect: &str, kind: ErrorKind) -> Vec<String> {
    let sandbox = support::sandbox(ACCOUNT).await;
    let bad = sandbox.session_ids()[0].clone();
    let session = bad.replace(':', "%3A");
    let fault = format!("messages:session={session}:times=0:{effect}");
    sandbox.add_fault(fault.parse().unwrap());
    let (zoom, _) = timed(&sandbox);
    let mut sink = Sink::default();
    let run = sink.take(harvest(&zoom)).await;
    assert!(!run.failed.is_empty(), "{effect}");
    for failed in &run.failed {
        assert_eq!(failed.session_id.as_deref(), Some(&*bad), "{effect}");
        assert_eq!(failed.error.kind(), kind, "{effect}");
    }
    let summary = run.end.unwrap();
    assert!(!summary.is_complete(), "{effect}");
    assert!(
        summary
            .gaps
            .iter()
            .all(|gap| gap.session_id.as_deref() == Some(&*bad)),
        "{effect}: {:?}",
        summary.gaps
    );
    let (all, due) = truth(&sandbox, &month());
    let others = due.iter().filter(|(key, _)| key.0 != bad);
    let others = others.map(|(key, count)| (key.clone(), *count)).collect();
    assert_equals_truth(effect, &sink.keys, &others, &all);

    sandbox.clear_faults();
    let (zoom, _) = timed(&sandbox);
    assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
    assert_equals_truth(effect, &sink.keys, &due, &all);
    run.failed
        .iter()
        .map(|failed| failed.error.to_string())
        .collect()
}
