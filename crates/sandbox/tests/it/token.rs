//! The token endpoint.

use zoom_chat_reports_sandbox::Sandbox;

use crate::client::{Client, start};

#[tokio::test]
async fn a_token_comes_with_its_life_its_scopes_and_the_api_s_address() {
    let client = start("token_ttl=600,scopes=a+b").await;
    let answer = client.fetch_token().await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["expires_in"], 600);
    assert_eq!(body["scope"], "a b");
    assert_eq!(body["api_url"], client.sandbox.origin());
}

#[tokio::test]
async fn wrong_credentials_are_told_apart() {
    let client = start("").await;
    let account = client.sandbox.account_id().to_owned();
    let secret = client.sandbox.client_secret().to_owned();
    let good = format!("grant_type=account_credentials&account_id={account}");
    for (secret, form, error) in [
        (format!("{secret} "), good.as_str(), "invalid_client"),
        (secret.to_ascii_uppercase(), good.as_str(), "invalid_client"),
        (
            secret.clone(),
            "grant_type=account_credentials&account_id=x",
            "invalid_request",
        ),
        (
            secret.clone(),
            "grant_type=account_credentials",
            "invalid_request",
        ),
        (secret.clone(), "", "invalid_request"),
        (
            secret.clone(),
            "grant_type=client_credentials&account_id=x",
            "unsupported_grant_type",
        ),
    ] {
        let answer = client.token_request(&secret, form).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], error, "{form}");
        assert!(answer.json()["reason"].is_string());
    }
    assert_eq!(client.token_request(&secret, &good).await.status, 200);
}

#[tokio::test]
async fn the_grant_is_taken_from_where_the_setting_says() {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (setting, in_form, in_query) in
        [("both", 200, 200), ("form", 200, 400), ("query", 400, 200)]
    {
        let settings = format!("token_params={setting}").parse().unwrap();
        let client = Client {
            sandbox: Sandbox::start(settings).await.unwrap(),
            token: String::new(),
        };
        let account = client.sandbox.account_id();
        let grant = format!("grant_type=account_credentials&account_id={account}");
        let basic = client.basic(client.sandbox.client_secret());
        let query = format!("/oauth/token?{grant}");
        let answer = client.send("POST", &query, &basic, "").await;
        assert_eq!(answer.status, in_query, "{setting}, query");
        let headers = format!("{basic}{form}");
        let answer = client.send("POST", "/oauth/token", &headers, &grant).await;
        assert_eq!(answer.status, in_form, "{setting}, form");
        // Half here and half there.
        let (one, other) = grant.split_once('&').unwrap();
        let query = format!("/oauth/token?{other}");
        let answer = client.send("POST", &query, &headers, one).await;
        let expected = if setting == "both" { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{setting}, shared");
        // Credentials are needed wherever the grant stands.
        let query = format!("/oauth/token?{grant}");
        let answer = client.send("POST", &query, "", "").await;
        assert_eq!(answer.json()["error"], "invalid_client");
    }
}

#[tokio::test]
async fn a_form_is_known_by_its_media_type_alone() {
    let client = start("token_params=form").await;
    let account = client.sandbox.account_id();
    let grant = format!("grant_type=account_credentials&account_id={account}");
    let basic = client.basic(client.sandbox.client_secret());
    for (kind, status) in [
        ("application/x-www-form-urlencoded", 200),
        ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", 200),
        ("application/x-www-form-urlencoded ;a=b", 200),
        ("application/x-www-form-urlencoded2", 400),
        ("text/plain; application/x-www-form-urlencoded", 400),
        ("application/json", 400),
    ] {
        let headers = format!("{basic}Content-Type: {kind}\r\n");
        let answer = client.send("POST", "/oauth/token", &headers, &grant).await;
        assert_eq!(answer.status, status, "{kind}");
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time_by_the_sandbox_s_clock() {
    let client = start("token_ttl=60").await;
    let target = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";
    client.sandbox.advance(chrono::TimeDelta::seconds(59));
    assert_eq!(client.get(target).await.status, 200);
    client.sandbox.advance(chrono::TimeDelta::seconds(1));
    let answer = client.get(target).await;
    assert_eq!((answer.status, answer.code()), (401, 124));
}

#[tokio::test]
async fn a_new_token_ends_the_former_only_where_that_is_set() {
    let target = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";
    for (settings, expected) in [("", 200), ("new_token_ends_former=yes", 401)] {
        let client = start(settings).await;
        client.fetch_token().await;
        assert_eq!(client.get(target).await.status, expected, "{settings}");
    }
}

#[tokio::test]
async fn names_depend_on_the_seed_alone() {
    let (one, two, other) = (
        start("").await,
        start("sessions=3").await,
        start("seed=8").await,
    );
    assert_eq!(one.sandbox.client_secret(), two.sandbox.client_secret());
    assert_ne!(one.sandbox.client_secret(), other.sandbox.client_secret());
    assert_ne!(one.sandbox.client_id(), one.sandbox.account_id());
}
