//! The report of messages: its arrays, fields and flags, and the unknowns that
//! change them.

use serde_json::Value;

use crate::client::{Client, start};

/// A month of everything.
pub const ALL: &str =
    "from=2026-10-25&to=2026-11-20&page_size=100&include_fields=edited_messages,deleted_messages";

pub async fn report(settings: &str, more: &str) -> (Client, Vec<Value>) {
    let client = start(&format!("plan=unlimited,quirks=no,{settings}")).await;
    let target = client.report(&client.first_session(), &format!("{ALL}{more}"));
    let pages = client.pages(&target).await;
    (client, pages)
}

pub fn array(pages: &[Value], name: &str) -> Vec<Value> {
    pages
        .iter()
        .flat_map(|page| page[name].as_array().cloned().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn arrays_and_fields_come_only_when_asked_for() {
    let client = start("plan=unlimited,quirks=no").await;
    let dates = "from=2026-10-25&to=2026-11-20&page_size=100";
    let session = client.first_session();
    let plain = client.pages(&client.report(&session, dates)).await;
    assert!(
        plain
            .iter()
            .all(|page| page.get("edited_messages").is_none())
    );
    assert!(
        plain
            .iter()
            .all(|page| page.get("deleted_messages").is_none())
    );
    let one = client
        .pages(&client.report(
            &session,
            &format!("{dates}&include_fields=deleted_messages"),
        ))
        .await;
    assert!(one[0].get("edited_messages").is_none() && one[0].get("deleted_messages").is_some());
    for (flag, field) in [
        ("include_bot_message", "bot_message"),
        ("include_reactions", "reactions"),
        ("include_custom_emoji_reactions", "custom_emoji_reactions"),
    ] {
        let has = |pages: &[Value]| {
            array(pages, "messages")
                .iter()
                .any(|m| m.get(field).is_some())
        };
        assert!(!has(&plain), "{field}");
        let with = client
            .pages(&client.report(&session, &format!("{dates}&{flag}=true")))
            .await;
        assert!(has(&with), "{field}");
    }
}

#[tokio::test]
async fn texts_can_be_made_so_long_that_a_page_is_large() {
    let (_, short) = report("messages=3000", "").await;
    let (_, long) = report("messages=3000,text_bytes=20000", "").await;
    for name in ["messages", "edited_messages", "deleted_messages"] {
        let (short, long) = (array(&short, name), array(&long, name));
        assert_eq!(short.len(), long.len());
        assert!(!long.is_empty());
        for (short, long) in short.iter().zip(&long) {
            assert_eq!(short["id"], long["id"]);
            let text = long["message"].as_str().unwrap();
            assert_eq!(text.len(), 20_000);
            assert!(text.starts_with(short["message"].as_str().unwrap()));
        }
    }
}

#[tokio::test]
async fn the_frame_repeats_the_question() {
    let (_, pages) = report("", "").await;
    assert_eq!(pages[0]["from"], "2026-10-25");
    assert_eq!(pages[0]["to"], "2026-11-20");
    assert_eq!(pages[0]["page_size"], 100);
    assert_eq!(pages.last().unwrap()["next_page_token"], "");
    let (_, pages) = report("echo=absent", "").await;
    assert!(pages[0].get("from").is_none() && pages[0].get("to").is_none());
    let client = start("span=dates28,span_excess=clamp_end").await;
    let target = client.report(&client.first_session(), "from=2026-10-01&to=2026-11-15");
    assert_eq!(client.get(&target).await.json()["to"], "2026-10-28");
}

#[tokio::test]
async fn messages_have_the_forms_seen_in_the_wild() {
    let (_, pages) = report(
        "messages=60000",
        "&include_bot_message=true&include_reactions=true",
    )
    .await;
    let items = array(&pages, "messages");
    let has = |what: &str, test: &dyn Fn(&Value) -> bool| {
        assert!(items.iter().any(test), "no message has {what}");
    };
    let text = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
    has("a lower-case id", &|m| {
        text(m, "id").contains(|c: char| c.is_ascii_lowercase()) && text(m, "id").len() == 36
    });
    has("an upper-case id", &|m| {
        text(m, "id").len() == 36 && text(m, "id") == text(m, "id").to_uppercase()
    });
    has("an opaque id", &|m| text(m, "id").ends_with("=="));
    has("a plain date_time", &|m| text(m, "date_time").len() == 20);
    has("a date_time with a fraction", &|m| {
        text(m, "date_time").len() == 24
    });
    has("a long date_time", &|m| {
        text(m, "date_time").ends_with(".0000000+00:00")
    });
    has("no sender", &|m| {
        m["sender"] == "" && m["sender_member_id"] != ""
    });
    has("a reply in braces", &|m| {
        text(m, "reply_main_message_id").starts_with('{')
    });
    has("a reply's time as a number", &|m| {
        m["reply_main_message_timestamp"].is_number()
    });
    has("a bot's object", &|m| {
        m["bot_message"]["content"]["head"].is_object()
    });
    has("a bot's string", &|m| {
        m["bot_message"]["content"].is_string()
    });
    has("an empty bot", &|m| {
        m["bot_message"]["content"]
            .as_object()
            .is_some_and(serde_json::Map::is_empty)
    });
    has("rich text", &|m| {
        m["rich_text"][0]["format_type"].is_string()
    });
    has("a giphy", &|m| {
        m["giphy_information"][0]["giphy_view_url"].is_string()
    });
    has("a forward", &|m| m["forward_id"].is_string());
    has("a file", &|m| m["files"][0]["download_url"].is_string());
    has("a reaction", &|m| {
        m["reactions"][0]["total_count"].is_number()
    });
    has("a long text", &|m| text(m, "message").len() > 5000);
    has("no text", &|m| m["message"] == "");
}

#[tokio::test]
async fn only_conversations_of_two_have_a_receiver() {
    let client = start("plan=unlimited,quirks=no").await;
    let ids = client.sandbox.session_ids();
    let query = "from=2026-10-25&to=2026-11-20&page_size=100";
    let group = client
        .items(&client.report(&ids[0], query), "messages")
        .await;
    let pair = client
        .items(&client.report(&ids[1], query), "messages")
        .await;
    assert!(!group.is_empty() && group.iter().all(|m| m.get("receiver").is_none()));
    assert!(!pair.is_empty());
    assert!(
        pair.iter()
            .all(|m| m["receiver"].is_string() && m["is_sender_external"].is_boolean())
    );
}
