//! Bodies served byte for byte: nothing in them is lost, changed or able to fail a page.

use std::pin::pin;

use futures::TryStreamExt;
use httpmock::MockServer;
use zoom_chat_reports::{ChatReports, DateRange, Entry, Session};

const ODD: &str = include_str!("../fixtures/messages_odd.json");
const DOCUMENTED: &str = include_str!("../fixtures/messages_documented.json");
const OLDER_SESSIONS: &str = include_str!("../fixtures/sessions_older.json");

fn client(server: &MockServer) -> ChatReports {
    crate::support::mocked(server).build().unwrap()
}

fn october() -> DateRange {
    DateRange::parse("2026-10-01..2026-10-28").unwrap()
}

async fn page(body: &str) -> Vec<Entry> {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.path("/report/chat/sessions/s");
            then.status(200).body(body);
        })
        .await;
    let page = client(&server)
        .messages("s", october())
        .send()
        .await
        .unwrap();
    mock.assert_async().await;
    page.into_entries()
}

#[tokio::test]
async fn every_item_keeps_its_own_bytes() {
    let entries = page(ODD).await;
    assert_eq!(entries.len(), 10);
    for entry in &entries {
        assert!(ODD.contains(entry.raw()), "{}", entry.raw());
    }
    assert_eq!(
        entries[1].raw(),
        r#"{"id":"unknown-fields", "zz_new": {"deep": [1, 2.50, {"x": null}]}, "message":"a","timestamp":1793119212346}"#
    );
    assert!(
        entries[6]
            .raw()
            .starts_with("{  \"id\" : \"white space\" ,\n")
    );
}

#[tokio::test]
async fn an_odd_item_costs_neither_its_page_nor_itself() {
    let entries = page(ODD).await;
    let odd: Vec<String> = entries
        .iter()
        .filter_map(|entry| Some(entry.message().err()?.to_string()))
        .collect();
    assert_eq!(
        odd,
        [
            "is_sender_external: expected a boolean (line 1, column 85)",
            "message: expected well-formed JSON (line 1, column 41)",
            "id: expected a string (line 1, column 8)",
            ".: expected the field `id` (line 1, column 36)",
            ".: expected struct ChatMessage (line 1, column 20)",
        ]
    );
    // They keep their place in time all the same.
    assert_eq!(
        entries[4].sent_at().unwrap().timestamp_millis(),
        1_793_119_212_349
    );
    assert_eq!(entries[5].keys().id.as_deref(), Some("surrogate"));
    assert_eq!(
        entries[7].sent_at().unwrap().to_rfc3339(),
        "2026-10-27T16:40:12+00:00"
    );
    assert_eq!(entries[8].sent_at(), None);
}

#[tokio::test]
async fn nulls_and_numbers_as_strings_have_a_typed_view() {
    let entries = page(ODD).await;
    let nulls = entries[2].message().unwrap();
    assert!(nulls.files.is_none() && nulls.message.is_none());
    let numbers = entries[3].message().unwrap();
    assert_eq!(numbers.timestamp.unwrap().get(), Some(1_793_119_212_348));
    let files = numbers.files.as_ref().unwrap();
    assert_eq!(
        files[0].file_size.unwrap().get(),
        None,
        "1.50 is no whole number"
    );
    assert_eq!(files[1].file_size.unwrap().get(), Some(1000));
}

#[tokio::test]
async fn every_documented_field_arrives_typed() {
    let entries = page(DOCUMENTED).await;
    let message = entries[0].message().unwrap();
    // Serialised again, nothing of what was served is missing.
    let served: serde_json::Value = serde_json::from_str(entries[0].raw()).unwrap();
    let mut typed = serde_json::to_value(message).unwrap();
    typed["reply_main_message_timestamp"] = served["reply_main_message_timestamp"].clone();
    assert_eq!(typed, served);
    assert_eq!(message.thread_key(), "27ed2949-1d0c-4c4e-9c30-0a1b2c3d4e5f");
    assert_eq!(message.person_key(), Some("q1w2e3"));
    let bot = message.bot_message.as_ref().unwrap();
    assert_eq!(bot.decoded_content().unwrap()["head"]["text"], "Build");
}

#[tokio::test]
async fn sessions_are_known_by_either_name_of_their_id() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/report/chat/sessions");
            then.status(200).body(OLDER_SESSIONS);
        })
        .await;
    let stream = client(&server)
        .sessions(DateRange::parse("2026-10-05").unwrap())
        .entries();
    let mut stream = pin!(stream);
    let mut sessions: Vec<Session> = Vec::new();
    while let Some(session) = stream.try_next().await.unwrap() {
        sessions.push(session);
    }
    let ids: Vec<Option<&str>> = sessions.iter().map(Session::id).collect();
    assert_eq!(ids, [Some("abc"), Some("1:1/with=odd+id")]);
    assert!(OLDER_SESSIONS.contains(sessions[1].raw()));
}

#[tokio::test]
async fn debug_shows_ids_and_nothing_that_people_wrote() {
    let entries = page(DOCUMENTED).await;
    let text = format!("{:?} {:?}", entries[0], entries[0].message());
    assert!(text.contains("0F1E2D3C"), "{text}");
    for secret in ["example.com", "Ada", "jwt", "Build"] {
        assert!(!text.contains(secret), "{text}");
    }
}
