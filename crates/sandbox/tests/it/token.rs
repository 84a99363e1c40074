//! The token endpoint.

use crate::client::start;

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
async fn the_form_in_the_query_string_is_refused() {
    let client = start("").await;
    let account = client.sandbox.account_id();
    let target = format!("/oauth/token?grant_type=account_credentials&account_id={account}");
    let answer = client.send("POST", &target, "", "").await;
    assert_eq!(answer.json()["error"], "invalid_client");
    let with_basic = client
        .token_request(client.sandbox.client_secret(), "")
        .await;
    assert_eq!(with_basic.json()["error"], "invalid_request");
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
