//! Each package works for a crate that depends on packages alone.

use httpmock::MockServer;
use zoom_chat_archive::{Account, Archive, ArchiveSettings, SyncOptions, VerifyOptions};
use zoom_chat_reports::{
    ChatReports, Coverage, DateRange, Entry, EntryKind, HarvestEvent, RetryPolicy, ServerToServer,
    auth::{AccessToken, StaticToken},
    futures::TryStreamExt,
    messages::Entries,
};
use zoom_chat_reports_httpmock::MockServerExt;
use zoom_chat_reports_sandbox::{Sandbox, Settings};

async fn account() -> (Sandbox, ChatReports) {
    let settings: Settings = "seed=7,sessions=3,messages=300".parse().unwrap();
    let sandbox = Sandbox::start(settings).await.unwrap();
    let credentials = ServerToServer::new(
        sandbox.account_id(),
        sandbox.client_id(),
        sandbox.client_secret(),
    );
    let zoom = ChatReports::builder()
        .credentials(credentials.unwrap())
        .base_url(sandbox.api_url())
        .auth_url(sandbox.auth_url())
        .build()
        .unwrap();
    (sandbox, zoom)
}

#[tokio::test]
async fn the_sdk_reads_the_sandbox() {
    let (sandbox, zoom) = account().await;
    let range = DateRange::last_days(30, sandbox.today()).unwrap();
    let session_id = sandbox.session_ids().swap_remove(0);
    let entries: Entries = zoom.messages(&session_id, range).everything().entries();
    let all = entries.collect_all().await.unwrap();
    assert!(!all.complete().unwrap().is_empty());

    let mut coverage = Coverage::default();
    let mut events = zoom.harvest(range).except(&coverage).events();
    let mut is_complete = false;
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            HarvestEvent::WindowDone(facts) => coverage.record(&facts),
            HarvestEvent::Finished(summary) => is_complete = summary.is_complete(),
            _ => {}
        }
    }
    assert!(is_complete);
    let kept = serde_json::to_string(&coverage).unwrap();
    assert_eq!(serde_json::from_str::<Coverage>(&kept).unwrap(), coverage);
}

#[tokio::test]
async fn the_mock_answers_the_sdk() {
    let server = MockServer::start_async().await;
    let zoom = ChatReports::builder()
        .token_source(StaticToken::new(AccessToken::new("any")))
        .base_url(server.base_url())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let page =
        r#"{"messages": [{"id": "1", "message": "a", "date_time": "2026-10-01T09:00:00Z"}]}"#;
    server.report_chat_messages(|when, then| {
        when.session_id("s1");
        then.ok(&serde_json::from_str(page).unwrap());
    });
    let range = DateRange::parse("2026-10-01").unwrap();
    let all = zoom.messages("s1", range).entries().collect_all();
    assert_eq!(all.await.unwrap().items.len(), 1);

    let entry = Entry::from_json(EntryKind::Sent, "s1", r#"{"id": "1"}"#).unwrap();
    assert_eq!(entry.message().unwrap().id, "1");
}

#[tokio::test]
async fn the_archive_keeps_the_sandbox() {
    let (sandbox, zoom) = account().await;
    let folder = tempfile::tempdir().unwrap();
    let of = Account {
        id: sandbox.account_id().to_owned(),
        sandbox: true,
    };
    let path = folder.path().join("chats");
    let mut archive = Archive::create(&path, &of, &ArchiveSettings::default()).unwrap();
    let report = archive.sync(&zoom, &of, SyncOptions::new()).await.unwrap();
    assert!(report.new > 0);
    assert!(archive.verify(&VerifyOptions::deep()).unwrap().is_whole());
}

#[test]
fn the_client_the_generator_and_the_schemas_are_there() {
    let page = r#"{"messages": []}"#;
    let page: zoom_chat_reports_api::types::ChatMessagesPage = serde_json::from_str(page).unwrap();
    assert!(page.messages.unwrap().is_empty());
    let broken = zoom_chat_reports_codegen::Document::parse("a.yaml", "openapi: 3.0.3");
    assert!(broken.is_err());
    assert!(zoom_chat_cli::schemas().into_iter().next().is_some());
}
