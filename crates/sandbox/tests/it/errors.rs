//! Refused requests, and the form of each refusal.

use crate::client::start;

const LISTING: &str = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";

#[tokio::test]
async fn without_a_good_bearer_token_nothing_is_served() {
    let client = start("").await;
    for answer in [
        client.get_plain(LISTING).await,
        client
            .send("GET", LISTING, "Authorization: Bearer x\r\n", "")
            .await,
        client
            .get_plain(&format!("{LISTING}&access_token={}", client.token))
            .await,
        client
            .get(&format!("{LISTING}&access_token={}", client.token))
            .await,
    ] {
        assert_eq!((answer.status, answer.code()), (401, 124));
    }
    assert_eq!(client.get(LISTING).await.status, 200);
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let client = start("scopes=report:read:list_chat_sessions:admin").await;
    assert_eq!(client.get(LISTING).await.status, 200);
    let target = client.report(&client.first_session(), "from=2026-11-01&to=2026-11-02");
    let answer = client.get(&target).await;
    assert_eq!((answer.status, answer.code()), (400, 4711));
    assert!(
        answer
            .text()
            .contains("scopes:[report:read:chat_session:admin]")
    );
}

#[tokio::test]
async fn a_classic_scope_opens_both_reports() {
    let client = start("scopes=report_chat:read:admin").await;
    assert_eq!(client.get(LISTING).await.status, 200);
    let target = client.report(&client.first_session(), "from=2026-11-01&to=2026-11-02");
    assert_eq!(client.get(&target).await.status, 200);
}

#[tokio::test]
async fn a_free_plan_has_no_reports() {
    let client = start("plan=free").await;
    let answer = client.get(LISTING).await;
    assert_eq!((answer.status, answer.code()), (400, 200));
}

#[tokio::test]
async fn bad_dates_and_sizes_are_validation_errors() {
    let client = start("plan=unlimited").await;
    for query in [
        "",
        "from=2026-11-01",
        "from=2026-11-01&to=11/02/2026",
        "from=2026-11-01&to=2026-02-30",
        "from=2026-11-01&to=2026-11-02&page_size=101",
        "from=2026-11-01&to=2026-11-02&include_fields=edited",
    ] {
        let answer = client
            .get(&client.report(&client.first_session(), query))
            .await;
        assert_eq!((answer.status, answer.code()), (400, 300), "{query}");
        assert!(answer.json()["errors"][0]["field"].is_string(), "{query}");
    }
}

#[tokio::test]
async fn ranges_that_the_rules_refuse_are_refused() {
    let client = start("plan=unlimited,future_to=refused").await;
    for (from, to) in [
        ("2026-11-02", "2026-11-01"),
        ("2026-10-01", "2026-11-02"),
        ("2026-05-19", "2026-05-25"),
        ("2026-11-19", "2026-11-21"),
    ] {
        for target in [
            client.report(&client.first_session(), &format!("from={from}&to={to}")),
            format!("/v2/report/chat/sessions?from={from}&to={to}"),
        ] {
            let answer = client.get(&target).await;
            assert_eq!((answer.status, answer.code()), (400, 300), "{target}");
        }
    }
}

#[tokio::test]
async fn an_unknown_session_path_or_method_is_said_so() {
    let client = start("").await;
    let query = "from=2026-11-01&to=2026-11-02";
    assert_eq!(
        client.get(&client.report("nobody", query)).await.status,
        404
    );
    assert_eq!(client.get("/v2/report/chat").await.status, 404);
    assert_eq!(client.get("/oauth/token").await.status, 405);
    assert_eq!(client.post(LISTING, "").await.status, 405);
}

#[tokio::test]
async fn every_answer_has_a_date_by_the_sandbox_s_clock_and_an_id_of_its_own() {
    let client = start("now=2026-11-20T12:34:56Z").await;
    let (one, two) = (client.get_plain(LISTING).await, client.get(LISTING).await);
    for answer in [&one, &two] {
        assert_eq!(answer.header("date"), Some("Fri, 20 Nov 2026 12:34:56 GMT"));
    }
    assert!(one.header("x-zm-trackingid").is_some());
    assert_ne!(one.header("x-zm-trackingid"), two.header("x-zm-trackingid"));
}

#[tokio::test]
async fn the_account_s_settings_need_their_scope_and_hold_a_decoy() {
    let client = start("").await;
    let answer = client.get("/v2/accounts/me/settings").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["chat"]["allow_edit_message"]["time"], 10080);
    assert!(
        answer
            .text()
            .contains(zoom_chat_reports_sandbox::DECOY_PASSCODE)
    );
    assert_eq!(client.get("/v2/accounts/other/settings").await.status, 404);
    let without = start("scopes=report_chat:read:admin").await;
    let answer = without.get("/v2/accounts/me/settings").await;
    assert_eq!((answer.status, answer.code()), (400, 4711));
    assert!(
        answer
            .text()
            .contains("scopes:[account:read:settings:admin]")
    );
}

#[tokio::test]
async fn a_refused_method_is_answered_with_the_ones_allowed() {
    let client = start("").await;
    for (method, target, allowed) in [
        ("POST", LISTING, "GET"),
        ("DELETE", "/v2/report/chat/sessions/a", "GET"),
        ("GET", "/oauth/token", "POST"),
        ("PUT", "/download/a", "GET, HEAD"),
        ("DELETE", "/_sandbox/clock", "GET, POST"),
        ("PUT", "/_sandbox/faults", "GET, POST, DELETE"),
        ("GET", "/_sandbox/stats/reset", "POST"),
        ("POST", "/_sandbox/truth", "GET"),
    ] {
        let answer = client.send(method, target, "", "").await;
        assert_eq!(
            (answer.status, answer.code()),
            (405, 405),
            "{method} {target}"
        );
        assert_eq!(answer.header("allow"), Some(allowed), "{target}");
    }
}

#[tokio::test]
async fn a_request_body_without_an_end_is_refused() {
    let client = start("").await;
    let body = "x".repeat((1 << 20) + 1);
    let answer = client.post("/_sandbox/faults", &body).await;
    assert_eq!(answer.status, 413);
    let faults = format!("[{}]", [r#"{"do":{"status":500}}"#; 1001].join(","));
    let answer = client.post("/_sandbox/faults", &faults).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("at most 1000"), "{}", answer.text());
    assert_eq!(client.get_plain("/_sandbox/faults").await.text(), "[]");
}
