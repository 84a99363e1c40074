//! One session of forty that is refused for ever, in every way.

use std::time::Duration;

use zoom_chat_reports::GapReason;

use super::account::{Account, Kind, SESSIONS, WINDOWS, answer, worst_minute};
use crate::raw_server::Act;

/// How one session answers, and whether a later run may heal it.
const REFUSALS: [(&str, &str, GapReason, bool); 6] = [
    ("401 Unauthorized", "", GapReason::Refused, false),
    (
        "400 Bad Request",
        r#"{"code":200,"message":"x"}"#,
        GapReason::Refused,
        false,
    ),
    (
        "400 Bad Request",
        r#"{"code":4711,"message":"x"}"#,
        GapReason::Refused,
        false,
    ),
    ("403 Forbidden", "", GapReason::Refused, false),
    ("404 Not Found", "", GapReason::Refused, false),
    ("500 Internal Server Error", "", GapReason::Transient, true),
];

#[tokio::test]
async fn one_session_that_is_refused_is_named_and_all_others_are_read() {
    // The first that is asked for, and the last.
    for session in ["s00", "s39"] {
        for (status, body, reason, healable) in REFUSALS {
            let account = Account::new(move |asked| {
                (asked.session == session).then(|| answer(status, "", body))
            });
            let run = account.run().await;
            let context = format!("{session}: {status} {body}");
            assert!(run.error.is_none(), "{context}: {:?}", run.error);
            let summary = run.summary.unwrap();
            assert_eq!(summary.sessions, SESSIONS, "{context}");
            let others = (SESSIONS - 1) * WINDOWS;
            assert_eq!(summary.windows_done, others as u64, "{context}");
            for gap in &summary.gaps {
                assert_eq!(gap.session_id.as_deref(), Some(session), "{context}");
                assert_eq!((gap.reason, gap.healable), (reason, healable), "{context}");
            }
            assert!(!summary.is_complete(), "{context}");
            assert!(run.failed.iter().all(|failed| failed == session));
            assert!(worst_minute(&account.requests(&[Kind::Token])) <= 30);
            let minutes = run.took.as_secs() / 60;
            assert!(minutes < 20, "{context}: {minutes} minutes");
        }
    }
}

#[tokio::test]
async fn one_session_that_never_answers_is_named_and_all_others_are_read() {
    for session in ["s00", "s39"] {
        let account =
            Account::acting(move |asked| (asked.session == session).then_some(Act::Silence));
        let patience = Duration::from_millis(100);
        let zoom = account.builder().idle_timeout(patience).build().unwrap();
        let run = account.run_with(&zoom).await;
        assert!(run.error.is_none(), "{session}: {:?}", run.error);
        let summary = run.summary.unwrap();
        let others = (SESSIONS - 1) * WINDOWS;
        assert_eq!(summary.windows_done, others as u64, "{session}");
        assert!(!summary.is_complete(), "{session}");
        for gap in &summary.gaps {
            assert_eq!(gap.session_id.as_deref(), Some(session));
            assert!(gap.healable);
        }
    }
}
