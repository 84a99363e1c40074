use proptest::prelude::*;

use super::*;

fn verdict(status: u16, body: &str, carried_page_token: bool) -> Verdict {
    let asked = RequestKind {
        carried_page_token,
        operation: Operation::Messages,
    };
    read(status, body).verdict(status, asked)
}

fn read(status: u16, body: &str) -> ZoomError {
    if (200..300).contains(&status) {
        ZoomError::of_object(body)
    } else {
        ZoomError::parse(body.as_bytes())
    }
}

#[test]
fn every_row_of_the_table_has_its_verdict() {
    use ErrorKind::*;
    let rows = [
        (401, "", Verdict::TokenRejected),
        (401, "<html>", Verdict::TokenRejected),
        (
            400,
            r#"{"code":124,"message":"Invalid access token."}"#,
            Verdict::TokenRejected,
        ),
        (200, r#"{"code":124}"#, Verdict::TokenRejected),
        (
            200,
            r#"{"status":false,"errorCode":401,"errorMessage":"x"}"#,
            Verdict::TokenRejected,
        ),
        (
            400,
            r#"{"code":4711,"message":"scopes:[a]"}"#,
            Verdict::Final(Scopes),
        ),
        (401, r#"{"code":4700}"#, Verdict::Final(Scopes)),
        (400, r#"{"code":"104"}"#, Verdict::Final(Scopes)),
        (400, r#"{"code":200}"#, Verdict::Final(PaidPlan)),
        (
            400,
            r#"{"code":300,"message":"exceeds 6 month limit"}"#,
            Verdict::Final(OutOfReach),
        ),
        (400, r#"{"code":1010}"#, Verdict::Final(NotFound)),
        (404, r#"{"code":1010}"#, Verdict::Final(NotFound)),
        (404, "", Verdict::Final(NotFound)),
        (429, "<html>", Verdict::RateLimited),
        (400, r#"{"code":4001}"#, Verdict::RateLimited),
        (200, r#"{"code":429}"#, Verdict::RateLimited),
        (403, "", Verdict::Final(Refused)),
        (302, "", Verdict::Final(Refused)),
        (408, "", Verdict::Transient),
        (500, r#"{"code":124}"#, Verdict::Transient),
        (504, "<html>", Verdict::Transient),
        (501, "", Verdict::Final(Server)),
        (200, "<html>", Verdict::NoAnswer),
        (200, "", Verdict::NoAnswer),
        (204, "", Verdict::NoAnswer),
    ];
    for (status, body, expected) in rows {
        assert_eq!(verdict(status, body, false), expected, "{status} {body}");
    }
}

#[test]
fn a_page_token_expires_only_where_one_was_carried() {
    let rows = [
        (
            400,
            r#"{"code":300}"#,
            Verdict::Final(ErrorKind::OutOfReach),
        ),
        (
            200,
            r#"{"code":300}"#,
            Verdict::Final(ErrorKind::OutOfReach),
        ),
        (300, "", Verdict::Final(ErrorKind::Refused)),
        (
            410,
            r#"{"message":"next page Token expired"}"#,
            Verdict::Final(ErrorKind::Refused),
        ),
        (
            404,
            r#"{"message":"the token is gone"}"#,
            Verdict::Final(ErrorKind::NotFound),
        ),
    ];
    for (status, body, without) in rows {
        assert_eq!(verdict(status, body, false), without, "{status} {body}");
        let expired = Verdict::Final(ErrorKind::PageTokenExpired);
        assert_eq!(verdict(status, body, true), expired, "{status} {body}");
    }
    for status in [401, 403, 429] {
        let body = r#"{"message":"token"}"#;
        let expired = Verdict::Final(ErrorKind::PageTokenExpired);
        assert_ne!(verdict(status, body, true), expired, "{status}");
    }
}

#[test]
fn file_errors_with_status_401_do_not_blame_the_token() {
    let asked = RequestKind {
        carried_page_token: false,
        operation: Operation::FileInfo,
    };
    let verdict = |body: &str| ZoomError::parse(body.as_bytes()).verdict(401, asked);
    assert_eq!(
        verdict(r#"{"code":106}"#),
        Verdict::Final(ErrorKind::NotFound)
    );
    assert_eq!(
        verdict(r#"{"code":100}"#),
        Verdict::Final(ErrorKind::Refused)
    );
    assert_eq!(verdict(r#"{"code":124}"#), Verdict::TokenRejected);
    assert_eq!(verdict(r#"{"errorCode":401}"#), Verdict::TokenRejected);
}

#[test]
fn reads_a_code_from_broken_json() {
    let body = r#"{"code" : 104, "message":"Invalid access token, does not contain scopes:["report_chat:read:admin", "imchat:read:admin"]"}"#;
    let error = ZoomError::parse(body.as_bytes());
    assert_eq!(error.code, Some(104));
    assert_eq!(
        error.scopes,
        ["report_chat:read:admin", "imchat:read:admin"]
    );
}

#[test]
fn keeps_of_names_only_what_looks_like_one() {
    let body = r#"{"message":"scopes:[report:read:admin, Bob said hi, budget, :, a:]","errors":[
        {"field":"from","message":"secret"},{"field":"Dear Bob","message":"secret"}]}"#;
    let error = ZoomError::parse(body.as_bytes());
    assert_eq!(error.scopes, ["report:read:admin"]);
    assert_eq!(error.fields_text(), " (from)");
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn the_text_of_a_success_says_nothing_unless_it_is_one_whole_object() {
    for text in [
        "",
        "null",
        "124",
        r#"[{"code":124}]"#,
        r#"{"code":124"#,
        r#"{"code":124}}"#,
        r#"{"code":124,"message":"token scopes:[report:read:admin]}"#,
        r#"x {"code":124}"#,
    ] {
        assert_eq!(ZoomError::of_object(text), ZoomError::default(), "{text}");
        assert_eq!(verdict(200, text, true), Verdict::NoAnswer, "{text}");
    }
    assert_eq!(ZoomError::of_object(r#"{"code":"124"}"#).code, Some(124));
}

proptest! {
    #[test]
    fn reading_never_fails(body: Vec<u8>, status in 100u16..600, carried: bool) {
        let operation = if carried { Operation::Messages } else { Operation::FileInfo };
        let asked = RequestKind { carried_page_token: carried, operation };
        ZoomError::parse(&body).verdict(status, asked);
        ZoomError::of_object(&String::from_utf8_lossy(&body)).verdict(status, asked);
    }

    #[test]
    fn reading_what_looks_like_an_error_never_fails(
        body in r#"[{]"(code|errorCode)" ?: ?"?[0-9]{0,30}[^a-z]{0,9}"message":"scopes:?\[.{0,9}"#
    ) {
        ZoomError::parse(body.as_bytes());
    }
}
