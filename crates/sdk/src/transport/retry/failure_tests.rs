use proptest::prelude::*;

use super::*;
use crate::operation::Operation;

const EVERY: [Operation; 6] = [
    Operation::Sessions,
    Operation::Messages,
    Operation::FileInfo,
    Operation::Download,
    Operation::AccountSettings,
    Operation::Token,
];

fn failure(status: u16, body: &str, operation: Operation) -> Failure {
    let mut headers = HeaderMap::new();
    headers.insert("x-zm-trackingid", "WEB_1a2b".parse().expect("ok"));
    let seen = ResponseHead {
        status: StatusCode::from_u16(status).expect("ok"),
        headers: &headers,
        now: DateTime::UNIX_EPOCH,
    };
    let asked = RequestKind {
        carried_page_token: true,
        operation,
    };
    Failure::of_body(seen, body.as_bytes(), asked)
}

#[test]
fn an_error_object_means_the_same_in_every_success() {
    for status in [200, 201, 206] {
        let kind = |body| failure(status, body, Operation::Messages).error.kind();
        let dated = r#"{"code":4711,"from":"2026-10-01","to":"2026-10-28","message":"x"}"#;
        assert_eq!(kind(dated), ErrorKind::Scopes);
        assert_eq!(kind(r#"{"errorCode":401}"#), ErrorKind::Credentials);
    }
}

#[test]
fn a_success_that_is_neither_says_what_was_expected_and_keeps_the_tracking_id() {
    let rows = [
        (
            Operation::Messages,
            r#"{"ok":true}"#,
            "200 OK without `messages` and without both dates: expected a page of messages",
        ),
        (
            Operation::Sessions,
            "<html>",
            "200 OK with a body that is not one JSON object: expected a page of sessions",
        ),
        (
            Operation::Messages,
            r#"{"code":9999,"message":"secret"}"#,
            "200 OK with an error that is not documented: expected a page of messages (Zoom code 9999)",
        ),
        (
            Operation::AccountSettings,
            "{}",
            "200 OK without `chat`: expected the settings of an account",
        ),
        (
            Operation::Token,
            "{}",
            "200 OK without `access_token`: expected an access token",
        ),
    ];
    for (operation, body, text) in rows {
        let error = failure(200, body, operation).error;
        assert_eq!(error.kind(), ErrorKind::UnreadableBody, "{body}");
        assert_eq!(error.to_string(), text);
        assert_eq!(error.tracking_id(), Some("WEB_1a2b"), "{body}");
        assert!(error.is_transient() && error.hint().is_some(), "{body}");
    }
}

#[test]
fn what_is_not_a_success_is_read_leniently() {
    let broken = r#"{"code" : 104, "message":"no scopes:["imchat:read:admin"]"}"#;
    let error = failure(400, broken, Operation::Messages).error;
    assert_eq!(error.kind(), ErrorKind::Scopes);
    assert_eq!(error.scopes(), ["imchat:read:admin"]);
    let error = failure(200, broken, Operation::Messages).error;
    assert_eq!(error.kind(), ErrorKind::UnreadableBody);
    assert!(error.scopes().is_empty() && error.zoom_code().is_none());
}

/// Text of a chat that looks like everything an error may say.
const CHAT: &str = r#"{"code":124,"errorCode":401,"error":"invalid_client","message":"daily token, role, scopes:[secret:word, report:read:admin]"}"#;

proptest! {
    #[test]
    fn a_truncated_answer_of_any_length_is_never_an_error_of_zooms(
        chat in "[ -~]{0,40}",
        quoted: bool,
        cut in 0.0f64..1.0,
        which in 0usize..6,
        status in 200u16..300,
    ) {
        let text = format!("{chat}{CHAT}");
        let content = if quoted { serde_json::Value::from(text) } else {
            serde_json::from_str(CHAT).expect("JSON")
        };
        let item = serde_json::json!({"id": "a", "message": chat, "bot_message": {"content": content}});
        let page = serde_json::json!({"bot": item, "messages": [item], "from": "2026-10-01"});
        let page = page.to_string();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a length")]
        let length = (page.len() as f64 * cut) as usize;
        let failure = failure(status, &page[..length], EVERY[which]);
        prop_assert_eq!(&failure.zoom, &ZoomError::default());
        prop_assert_eq!(failure.verdict, Verdict::NoAnswer);
        prop_assert!(failure.error.scopes().is_empty());
        let shown = format!("{} {:?}", failure.error, failure.error);
        prop_assert!(!shown.contains("secret"));
    }

    #[test]
    fn reading_never_fails(body: String, status in 100u16..600, which in 0usize..6) {
        failure(status, &body, EVERY[which]);
    }
}
