//! Faults, seen by the client they happen to.

use crate::client::start;

const LISTING: &str = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";

#[tokio::test]
async fn a_status_with_headers_and_body_replaces_the_answer_once() {
    let client = start("").await;
    let fault = r#"{"operation":"sessions","nth":2,"do":{"status":503,"headers":{"Retry-After":"1"},"body":"<html>"}}"#;
    assert_eq!(client.post("/_sandbox/faults", fault).await.status, 200);
    assert_eq!(client.get(LISTING).await.status, 200);
    let broken = client.get(LISTING).await;
    assert_eq!((broken.status, broken.text()), (503, "<html>"));
    assert_eq!(broken.header("retry-after"), Some("1"));
    assert_eq!(client.get(LISTING).await.status, 200);
}

#[tokio::test]
async fn a_body_alone_is_a_200() {
    let client = start("fault=sessions:body={\"code\"%3A300}").await;
    let answer = client.get(LISTING).await;
    assert_eq!((answer.status, answer.text()), (200, "{\"code\":300}"));
}

#[tokio::test]
async fn a_truncated_body_has_a_length_that_fits_and_a_cut_one_has_not() {
    let client = start("fault=sessions:truncate_body=10").await;
    let answer = client.get(LISTING).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.len(), 10);
    client
        .sandbox
        .add_fault("sessions:cut_after=10".parse().unwrap());
    let bearer = format!("Authorization: Bearer {}\r\n", client.token);
    assert!(client.try_send("GET", LISTING, &bearer, "").await.is_none());
    assert!(client.try_send("GET", LISTING, &bearer, "").await.is_some());
}

#[tokio::test]
async fn an_access_token_can_be_ended_in_mid_run() {
    let client = start("fault=sessions:nth=2:expire_token").await;
    assert_eq!(client.get(LISTING).await.status, 200);
    for _ in 0..2 {
        let answer = client.get(LISTING).await;
        assert_eq!((answer.status, answer.code()), (401, 124));
    }
    assert_eq!(client.fetch_token().await.status, 200);
}

#[tokio::test]
async fn a_page_token_can_be_ended_in_mid_window() {
    let client = start("fault=messages:page=3:expire_page_token").await;
    let target = client.report(&client.first_session(), "from=2026-10-25&to=2026-11-20");
    let mut token = String::new();
    for _ in 0..2 {
        let page = client
            .get(&format!("{target}&next_page_token={token}"))
            .await;
        token = page.json()["next_page_token"].as_str().unwrap().to_owned();
    }
    for _ in 0..2 {
        let answer = client
            .get(&format!("{target}&next_page_token={token}"))
            .await;
        assert_eq!((answer.status, answer.code()), (400, 300));
    }
}

#[tokio::test]
async fn delay_and_latency_take_real_time() {
    let client = start("latency_ms=60,fault=sessions:delay_ms=120").await;
    for least in [180, 60] {
        let started = std::time::Instant::now();
        client.get(LISTING).await;
        assert!(started.elapsed().as_millis() >= least);
    }
}

#[tokio::test]
async fn a_request_arrives_in_the_middle_of_its_latency() {
    let before = std::time::Instant::now();
    let client = start("latency_ms=400").await;
    let asked = before.elapsed().as_millis();
    client.get(LISTING).await;
    let answered = before.elapsed().as_millis();
    // Counted from the start of the sandbox, which came a little later than `before`.
    let arrived = u128::from(client.sandbox.stats().first_report_ms.unwrap());
    assert!(arrived + 150 >= asked + 200, "{asked} {arrived}");
    assert!(answered >= arrived + 200, "{arrived} {answered}");
}

#[tokio::test]
async fn jitter_spreads_the_arrivals_of_requests_that_leave_together() {
    let client = start("plan=unlimited,jitter_ms=400").await;
    futures::future::join_all((0..20).map(|_| client.get(LISTING))).await;
    let stats = client.sandbox.stats();
    let spread = stats.last_report_ms.unwrap() - stats.first_report_ms.unwrap();
    assert!(spread >= 50, "{spread}");
}

#[tokio::test]
async fn faults_are_listed_and_removed() {
    let client = start("fault=sessions:times=0:status=500").await;
    assert_eq!(client.get(LISTING).await.status, 500);
    let listed = client.get_plain("/_sandbox/faults").await.json();
    assert_eq!(listed[0]["operation"], "sessions");
    assert_eq!(
        client
            .send("DELETE", "/_sandbox/faults", "", "")
            .await
            .status,
        200
    );
    assert_eq!(client.get(LISTING).await.status, 200);
    let unknown = client
        .post("/_sandbox/faults", r#"[{"do":{"stutter":1}}]"#)
        .await;
    assert_eq!(unknown.status, 400);
}
