//! Without quirks, strict tools read every answer.

use serde_json::{Map, Value};

use crate::client::{Client, start};

const EVERYTHING: &str = "page_size=100&include_bot_message=true&include_reactions=true\
                          &include_custom_emoji_reactions=true\
                          &include_fields=edited_messages,deleted_messages";

/// The documented fields of a message and their types.
const MESSAGE: &[(&str, &str)] = &[
    ("id", "text"),
    ("message", "text"),
    ("date_time", "text"),
    ("timestamp", "whole"),
    ("action_timestamp", "whole"),
    ("sender", "text"),
    ("sender_member_id", "text"),
    ("sender_display_name", "text"),
    ("receiver", "text"),
    ("is_sender_external", "flag"),
    ("reply_main_message_id", "text"),
    ("reply_main_message_timestamp", "whole"),
    ("forward_id", "text"),
    ("files", "array"),
    ("giphy_information", "array"),
    ("rich_text", "array"),
    ("reactions", "array"),
    ("custom_emoji_reactions", "array"),
    ("bot_message", "object"),
];

/// The documented fields of a session and their types.
const SESSION: &[(&str, &str)] = &[
    ("id", "text"),
    ("name", "text"),
    ("type", "text"),
    ("last_message_sent_time", "text"),
    ("channel_id", "text"),
    ("member_emails", "array"),
    ("status", "text"),
    ("has_external_member", "flag"),
];

/// The documented fields of a page and their types.
const PAGE: &[(&str, &str)] = &[
    ("from", "text"),
    ("to", "text"),
    ("page_size", "whole"),
    ("next_page_token", "text"),
    ("messages", "array"),
    ("edited_messages", "array"),
    ("deleted_messages", "array"),
    ("sessions", "array"),
];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Bool(_) => "flag",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Number(number) if number.is_i64() => "whole",
        Value::Number(_) => "fraction",
        Value::Null => "null",
    }
}

fn assert_documented(object: &Map<String, Value>, fields: &[(&str, &str)]) {
    for (name, value) in object {
        let expected = fields.iter().find(|(field, _)| field == name);
        assert_eq!(
            expected.map(|(_, kind)| *kind),
            Some(kind(value)),
            "{name}: {value}"
        );
    }
}

fn items<'a>(page: &'a Value, arrays: &[&str]) -> Vec<&'a Value> {
    arrays
        .iter()
        .flat_map(|name| page[*name].as_array().into_iter().flatten())
        .collect()
}

async fn assert_plain(client: &Client) {
    let listing = "/v2/report/chat/sessions?from=2026-10-25&to=2026-11-20&page_size=300";
    for page in client.pages(listing).await {
        assert_documented(page.as_object().unwrap(), PAGE);
        for session in items(&page, &["sessions"]) {
            assert_documented(session.as_object().unwrap(), SESSION);
        }
    }
    let mut messages = 0;
    for id in client.sandbox.session_ids().iter().take(8) {
        for dates in [
            "from=2026-09-25&to=2026-10-22",
            "from=2026-10-22&to=2026-11-18",
        ] {
            let target = client.report(id, &format!("{dates}&{EVERYTHING}"));
            for page in client.pages(&target).await {
                assert_documented(page.as_object().unwrap(), PAGE);
                for item in items(&page, &["messages", "edited_messages", "deleted_messages"]) {
                    messages += 1;
                    assert_documented(item.as_object().unwrap(), MESSAGE);
                    // Readable on a terminal, too.
                    let text = item["message"].as_str().unwrap();
                    assert!(text.chars().all(|c| !c.is_control()), "{text:?}");
                }
            }
        }
    }
    assert!(messages > 3000, "{messages}");
}

#[tokio::test]
async fn the_default_account_serves_nothing_but_the_documented_shapes() {
    assert_plain(&start("plan=unlimited").await).await;
}

#[tokio::test]
async fn quirks_change_no_id_no_time_and_no_key() {
    let plain = start("messages=2000").await;
    let odd = start("messages=2000,quirks=yes").await;
    assert_eq!(plain.sandbox.truth(), odd.sandbox.truth());
    assert_eq!(plain.sandbox.session_ids(), odd.sandbox.session_ids());
}
