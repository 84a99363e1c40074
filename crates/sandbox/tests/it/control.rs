//! The statistics, and the end of the server.

use crate::client::start;

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let client = start("plan=unlimited").await;
    let session = client.first_session();
    let target = client.report(
        &session,
        "from=2026-11-01&to=2026-11-02&later=1&page_size=5",
    );
    client.get(&target).await;
    client
        .get(&client.report("nobody", "from=2026-11-01&to=2026-11-02"))
        .await;
    client
        .get("/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02")
        .await;
    let stats = client.sandbox.stats();
    assert_eq!(stats.count("messages", 200), 1);
    assert_eq!(stats.count("messages", 404), 1);
    assert_eq!(stats.count("sessions", 200), 1);
    assert_eq!(stats.count("token", 200), 1);
    assert_eq!(stats.report_requests, 3);
    assert_eq!(stats.tokens_issued, 1);
    assert_eq!(stats.unknown_parameters.get("later"), Some(&1));
    assert_eq!(stats.unknown_parameters.len(), 1);
    let first = &stats.recent[0];
    assert_eq!(first.session_id.as_deref(), Some(session.as_str()));
    assert_eq!(first.from.as_deref(), Some("2026-11-01"));
    assert!(!first.page_token);
    assert_eq!(first.parameters.len(), 2);
    let over_http = client.get_plain("/_sandbox/stats").await.json();
    assert_eq!(over_http, serde_json::to_value(&stats).unwrap());
}

#[tokio::test]
async fn the_busiest_second_is_counted_and_forgotten_on_request() {
    let client = start("plan=unlimited").await;
    let target = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";
    for _ in 0..5 {
        client.get(target).await;
    }
    assert_eq!(client.sandbox.stats().max_in_one_second, 5);
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    client.get(target).await;
    let stats = client.sandbox.stats();
    assert_eq!(stats.max_in_one_second, 5);
    assert_eq!(stats.per_second.iter().sum::<u64>(), 6);
    assert!(stats.last_report_ms.unwrap() >= stats.first_report_ms.unwrap() + 1000);
    assert_eq!(client.post("/_sandbox/stats/reset", "").await.status, 200);
    assert_eq!(client.sandbox.stats().report_requests, 0);
}

#[tokio::test]
async fn no_secret_is_remembered() {
    let client = start("").await;
    let target = "/v2/report/chat/sessions?from=2026-11-01&to=2026-11-02";
    client
        .get(&format!("{target}&access_token={}", client.token))
        .await;
    assert!(
        !client
            .get_plain("/_sandbox/stats")
            .await
            .text()
            .contains(&client.token)
    );
    assert!(!format!("{:?}", client.sandbox).contains(client.sandbox.client_secret()));
}

#[tokio::test]
async fn the_server_ends_with_its_value() {
    let client = start("").await;
    let address = client.sandbox.address();
    drop(client);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it still listens");
}

#[tokio::test]
async fn the_settings_in_force_can_be_asked_for() {
    let client = start("zone=+05:30,order=none").await;
    let shown = client.get_plain("/_sandbox/settings").await.json();
    let text = shown["settings"].as_str().unwrap();
    assert!(text.ends_with("zone=+05:30,order=none"), "{text}");
    assert_eq!(client.get_plain("/_sandbox/nothing").await.status, 404);
}
