//! 40, 41, 44: one session that cannot be read, odd ids, and answers for other dates.

use std::collections::BTreeSet;

use zoom_chat_reports::{DateRange, ErrorKind, GapReason};

use crate::{
    raw_server::{Act, RawServer},
    support::{self, assert_equals_truth, builder, truth},
};

use super::{ACCOUNT, account, harvest, month, sink::Sink, through, timed};

#[tokio::test]
async fn fault_40_a_session_that_is_refused_is_named_with_zooms_code_and_the_others_go_on() {
    for (status, code, kind, reason) in [
        (400, 1010, ErrorKind::NotFound, GapReason::Refused),
        (400, 300, ErrorKind::Refused, GapReason::Refused),
        (400, 9999, ErrorKind::Refused, GapReason::Refused),
        (403, 9999, ErrorKind::Refused, GapReason::Refused),
        (404, 3001, ErrorKind::NotFound, GapReason::Refused),
        (410, 3001, ErrorKind::Refused, GapReason::Refused),
    ] {
        let context = format!("{status} {code}");
        let sandbox = support::sandbox(ACCOUNT).await;
        let bad = sandbox.session_ids()[1].clone();
        let fault = format!(
            "messages:session={}:times=0:status={status}:body={{\"code\"%3A{code}%2C\"message\"%3A\"CANARY\"}}",
            bad.replace(':', "%3A")
        );
        sandbox.add_fault(fault.parse().unwrap());
        let (zoom, _) = timed(&sandbox);
        let mut sink = Sink::default();
        let run = sink.take(harvest(&zoom)).await;
        assert!(!run.failed.is_empty(), "{context}");
        for failed in &run.failed {
            let error = &failed.error;
            assert_eq!(failed.session_id.as_deref(), Some(&*bad), "{context}");
            assert_eq!(error.kind(), kind, "{context}");
            assert_eq!(error.status(), Some(status), "{context}");
            assert_eq!(error.zoom_code(), Some(code), "{context}");
            assert!(error.hint().is_some(), "{context}: {error}");
            assert!(error.tracking_id().is_some(), "{context}");
            assert!(!error.is_transient(), "{context}");
            assert!(!format!("{error} {error:?}").contains("CANARY"));
            assert_eq!(error.attempts(), 1, "{context}");
        }
        let summary = run.end.unwrap();
        assert_eq!(summary.gaps.len(), 1, "{context}: {:?}", summary.gaps);
        assert_eq!(summary.gaps[0].session_id.as_deref(), Some(&*bad));
        assert_eq!(summary.gaps[0].reason, reason, "{context}");
        let (all, due) = truth(&sandbox, &month());
        let others = due.iter().filter(|(key, _)| key.0 != bad);
        let others = others.map(|(key, count)| (key.clone(), *count)).collect();
        assert_equals_truth(&context, &sink.keys, &others, &all);

        sandbox.clear_faults();
        let (zoom, _) = timed(&sandbox);
        assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
        assert_equals_truth(&context, &sink.keys, &due, &all);
    }
}

#[tokio::test]
async fn fault_40_a_missing_scope_ends_the_run_and_is_named() {
    let sandbox = account(
        ACCOUNT,
        &["messages:nth=3:times=0:status=400:body={\"code\"%3A4711%2C\"message\"%3A\"no scopes%3A[report%3Aread%3Achat_session%3Aadmin]\"}"],
    )
    .await;
    let (zoom, _) = timed(&sandbox);
    let error = Sink::default().take(harvest(&zoom)).await.end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Scopes);
    assert_eq!(error.scopes(), ["report:read:chat_session:admin"]);
}

#[tokio::test]
async fn fault_41_ids_with_every_character_are_encoded_once() {
    let server = RawServer::start(None, |_| {
        let body = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"messages\":[]}";
        Act::Bytes(body.into(), crate::raw_server::End::Stay)
    });
    let sandbox = support::sandbox("sessions=1,messages=1").await;
    let zoom = builder(&sandbox)
        .base_url(server.url("/v2"))
        .build()
        .unwrap();
    let day: DateRange = "2026-10-05".parse().unwrap();
    let cases = [
        ("a/b", "a%2Fb"),
        ("/", "%2F"),
        ("a+b==", "a+b=="),
        ("a%2Fb", "a%252Fb"),
        ("100%", "100%25"),
        ("u1:u2@x", "u1:u2@x"),
        ("a?b#c d", "a%3Fb%23c%20d"),
        ("...", "..."),
        ("käse 世界", "k%C3%A4se%20%E4%B8%96%E7%95%8C"),
    ];
    for (id, _) in cases {
        zoom.messages(id, day).send().await.unwrap();
    }
    let asked = server.requests();
    for ((id, path), target) in cases.iter().zip(&asked) {
        let expected = format!("/v2/report/chat/sessions/{path}?");
        assert!(target.starts_with(&expected), "{id}: {target}");
    }
    for id in ["", ".", "..", "\\", "a\\b"] {
        let error = zoom.messages(id, day).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id}");
        let run = Sink::default().take(zoom.harvest(day).sessions([id])).await;
        assert_eq!(run.end.unwrap_err().kind(), ErrorKind::InvalidInput, "{id}");
    }
    assert_eq!(server.requests().len(), cases.len());
}

#[tokio::test]
async fn fault_41_an_id_that_leads_to_another_path_is_refused_also_if_zoom_lists_it() {
    let sandbox = support::sandbox("sessions=1,messages=1").await;
    let list = r#"{"sessions":[{"id":"a\\b"},{"id":"."},{"id":"x/../y"},{"id":"a\n"},{"id":" "},{"id":"good/1"}]}"#;
    let server = RawServer::start(Some(sandbox.address()), move |seen| {
        if seen.target.starts_with("/oauth") {
            return Act::Pass;
        }
        let body = if seen.target.starts_with("/v2/report/chat/sessions?") {
            list
        } else {
            r#"{"messages":[]}"#
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-length";
        let text = format!("{head}: {}\r\n\r\n{body}", body.len());
        Act::Bytes(text.into_bytes(), crate::raw_server::End::Stay)
    });
    let (zoom, _) = through(&sandbox, &server);
    let run = Sink::default().take(harvest(&zoom)).await;
    let refused: BTreeSet<_> = run
        .failed
        .iter()
        .map(|failed| {
            assert_eq!(
                failed.error.kind(),
                ErrorKind::InvalidInput,
                "{}",
                failed.error
            );
            failed.session_id.clone().unwrap().to_string()
        })
        .collect();
    let bad = ["a\\b", ".", "x/../y", "a\n", " "].map(str::to_owned);
    assert_eq!(refused, BTreeSet::from(bad));
    assert!(!run.end.unwrap().is_complete());
    for target in server.requests() {
        let known = [
            "/oauth/token",
            "/v2/report/chat/sessions?",
            "/v2/report/chat/sessions/good%2F1?",
        ];
        assert!(
            known.iter().any(|path| target.starts_with(path)),
            "{target}"
        );
    }
    // File ids and account ids pass the same place.
    let before = server.requests().len();
    for id in ["", ".", "a\\b", "../users"] {
        let file = zoom.file_info(id).await.unwrap_err();
        let account = zoom.chat_settings(id).await.unwrap_err();
        for error in [file, account] {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{id}: {error}");
        }
    }
    assert_eq!(server.requests().len(), before);
}

#[tokio::test]
async fn fault_41_the_ids_of_an_account_are_asked_for_as_they_were_listed() {
    let sandbox = support::sandbox("sessions=40,messages=4000").await;
    let server = RawServer::start(Some(sandbox.address()), |_| Act::Pass);
    let (zoom, _) = through(&sandbox, &server);
    let harvested = support::run(harvest(&zoom), || {}).await;
    super::assert_whole("ids", &sandbox, &harvested);
    assert_eq!(sandbox.stats().count("messages", 404), 0);
    let ids = sandbox.session_ids();
    assert!(ids.iter().any(|id| id.contains(['/', '+', '=', ':'])));
}

#[tokio::test]
async fn fault_44_an_answer_for_other_dates_fails_its_window_and_is_named() {
    // Windows of 31 days where the account takes 28: it cuts them and says so.
    for excess in ["clamp_end", "clamp_start"] {
        let settings = format!("{ACCOUNT},span=dates28,span_excess={excess},echo=clamped");
        let sandbox = support::sandbox(&settings).await;
        let zoom = builder(&sandbox).window_days(31).build().unwrap();
        let mut sink = Sink::default();
        let run = sink.take(harvest(&zoom)).await;
        assert!(!run.failed.is_empty(), "{excess}");
        for failed in &run.failed {
            assert_eq!(failed.error.kind(), ErrorKind::EchoMismatch, "{excess}");
            assert!(
                failed
                    .error
                    .hint()
                    .unwrap()
                    .contains("fewer days per window")
            );
        }
        let summary = run.end.unwrap();
        assert!(!summary.is_complete(), "{excess}");

        let (zoom, _) = timed(&sandbox);
        assert!(sink.take(harvest(&zoom)).await.end.unwrap().is_complete());
        let (all, due) = truth(&sandbox, &month());
        assert_equals_truth(excess, &sink.keys, &due, &all);
    }
}

#[tokio::test]
async fn fault_44_a_lost_day_of_padding_is_no_error() {
    for echo in ["clamped", "absent"] {
        let settings = format!("{ACCOUNT},future_to=clamped,beyond_floor=clamped,echo={echo}");
        let sandbox = support::sandbox(&settings).await;
        let (zoom, _) = timed(&sandbox);
        let range = DateRange::last_six_months(sandbox.today());
        let harvested = support::run(zoom.harvest(range).everything(), || {}).await;
        assert!(
            harvested.failed.is_empty(),
            "{echo}: {:?}",
            harvested.failed
        );
        assert!(harvested.summary.is_complete(), "{echo}");
        let (all, due) = truth(&sandbox, &range);
        assert_equals_truth(echo, &harvested.keys, &due, &all);
    }
}

/// Two windows of a session share a date. What both can bring comes once, so the one that fails must
/// not have taken it from the other.
#[tokio::test]
async fn fault_40_a_window_that_fails_takes_nothing_from_its_neighbour() {
    for order in ["ascending", "descending", "none"] {
        for times in ["page=2", "page=3", "page=1:nth=2"] {
            let settings = format!("sessions=3,messages=6000,order={order}");
            let context = format!("{order} {times}");
            let fault = format!("messages:{times}:times=2:status=404");
            let sandbox = account(&settings, &[&fault]).await;
            let (zoom, _) = timed(&sandbox);
            let range = DateRange::parse("2026-07-01..2026-09-30").unwrap();
            let mut sink = Sink::default();
            let run = sink
                .take(zoom.harvest(range).everything().page_size(20))
                .await;
            assert!(!run.failed.is_empty(), "{context}");
            sandbox.clear_faults();
            let (zoom, _) = timed(&sandbox);
            let run = sink.take(zoom.harvest(range).everything()).await;
            assert!(run.end.unwrap().is_complete(), "{context}");
            let (all, due) = truth(&sandbox, &range);
            assert_equals_truth(&context, &sink.keys, &due, &all);
        }
    }
}
