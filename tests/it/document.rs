//! What the simulated account sends, held against the document.

mod schemas;

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use schemas::Document;
use serde_json::{Value, json};
use zoom_chat_reports_api::Expected;
use zoom_chat_reports_sandbox::Sandbox;

use crate::support;

const ACCOUNT: &str = "sessions=12,messages=6000,quirks=no";
const DATES: &str = "from=2026-08-01&to=2026-08-28";
const EVERYTHING: &str = "include_fields=edited_messages,deleted_messages&include_bot_message=true\
    &include_reactions=true&include_custom_emoji_reactions=true";

/// An account whose every answer is held against the document.
struct Account {
    sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
    document: Document,
    /// All names of keys that came.
    seen: BTreeSet<String>,
}

impl Account {
    async fn new(settings: &str) -> Self {
        let sandbox = support::sandbox(settings).await;
        Self {
            token: support::token(&sandbox).await,
            document: Document::read(),
            seen: BTreeSet::new(),
            sandbox,
            http: support::http(),
        }
    }

    /// Asks, and fails unless the document describes the answer.
    async fn get(&mut self, operation: &str, path: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.sandbox.api_url());
        let request = self.http.get(url).bearer_auth(&self.token);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let body = answer.bytes().await.unwrap();
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        // What the settings hold beside what is described: a secret, which nothing may decode.
        if let Some(Value::Object(chat)) = body.pointer_mut("/chat") {
            chat.remove("archive_chat").unwrap();
        }
        let problems = problems(&self.document, operation, status, &headers, &body);
        assert!(
            problems.is_empty(),
            "{operation} {status} {path}: {problems:#?}"
        );
        note_keys(&body, &mut self.seen);
        (status, body)
    }

    /// The pages of a question, to their end.
    async fn pages(&mut self, operation: &str, path: &str) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut token = String::new();
        loop {
            let (status, page) = self.get(operation, &format!("{path}{token}")).await;
            assert_eq!(status, 200, "{path}");
            let next = page["next_page_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            pages.push(page);
            if next.is_empty() {
                return pages;
            }
            token = format!("&next_page_token={}", encode(&next));
        }
    }
}

/// What of an answer the document does not allow.
fn problems(
    document: &Document,
    operation: &str,
    status: u16,
    headers: &HeaderMap,
    body: &Value,
) -> Vec<String> {
    let response = document.response(operation, status);
    let reference = response["content"]["application/json"]["schema"]["$ref"].as_str();
    let (_, schema) = reference.unwrap().rsplit_once('/').unwrap();
    let validator = document.validator(schema);
    let mut problems: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    let documented = response["headers"].as_object().into_iter().flatten();
    for (name, header) in documented {
        let kind = &document.resolve(header)["schema"]["type"];
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        if kind == "integer" && value.is_some_and(|value| value.parse::<i64>().is_err()) {
            problems.push(format!("{name}: {value:?} is no {kind}"));
        }
    }
    problems
}

fn note_keys(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| note_keys(value, seen)),
        Value::Object(object) => {
            seen.extend(object.keys().cloned());
            object.values().for_each(|value| note_keys(value, seen));
        }
        _ => {}
    }
}

/// One segment of a path, or the value of a parameter.
fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn the_document_describes_every_kind_of_answer() {
    let mut account = Account::new(ACCOUNT).await;
    let list = format!("/report/chat/sessions?{DATES}&page_size=5");
    let pages = account.pages("reportChatSessions", &list).await;
    assert!(pages.len() > 1);
    let mut files = BTreeSet::new();
    for id in account.sandbox.session_ids() {
        let session = format!("/report/chat/sessions/{}", encode(&id));
        for options in [
            String::new(),
            format!("&page_size=100&{EVERYTHING}"),
            format!("&page_size=100&query_all_modifications=true&{EVERYTHING}"),
        ] {
            let path = format!("{session}?{DATES}{options}");
            for page in account.pages("reportChatMessages", &path).await {
                for array in ["messages", "edited_messages", "deleted_messages"] {
                    let items = page[array].as_array().into_iter().flatten();
                    let items =
                        items.flat_map(|item| item["files"].as_array().into_iter().flatten());
                    files.extend(items.map(|file| file["file_id"].as_str().unwrap().to_owned()));
                }
            }
        }
    }
    assert!(files.len() > 5);
    for id in files.iter().take(20) {
        let path = format!("/chat/files/{}", encode(id));
        assert_eq!(account.get("getChatFileInfo", &path).await.0, 200);
    }
    assert_eq!(
        account
            .get("getAccountSettings", "/accounts/me/settings")
            .await
            .0,
        200
    );
    let page = format!("/report/chat/sessions?{DATES}&page_size=0");
    assert_eq!(account.get("reportChatSessions", &page).await.0, 400);

    // Every field of the document came, or the comparison would prove little.
    let older = BTreeSet::from(["session_id", "public_url"]);
    for name in account.document.schemas() {
        let properties = account.document.schema(name)["properties"].as_object();
        for property in properties.into_iter().flat_map(|all| all.keys()) {
            let came = account.seen.contains(property) || older.contains(&**property);
            assert!(came, "{name}.{property} never came");
        }
    }
}

#[tokio::test]
async fn the_document_describes_every_refusal() {
    let mut account = Account::new(ACCOUNT).await;
    let every = [
        (
            "reportChatSessions",
            format!("/report/chat/sessions?{DATES}"),
        ),
        (
            "reportChatMessages",
            format!("/report/chat/sessions/none?{DATES}"),
        ),
        ("getChatFileInfo", "/chat/files/none".to_owned()),
        ("getAccountSettings", "/accounts/none/settings".to_owned()),
    ];
    for (operation, path) in &every[1..] {
        assert_eq!(account.get(operation, path).await.0, 404, "{path}");
    }
    for parameters in [
        "from=2026-08-28&to=2026-08-01".to_owned(),
        "from=2020-01-01&to=2020-01-28".to_owned(),
        "from=x".to_owned(),
        format!("{DATES}&next_page_token=none"),
        format!("{DATES}&page_size=1000"),
    ] {
        for (operation, path) in &every[..2] {
            let path = format!("{}?{parameters}", path.split('?').next().unwrap());
            let status = account.get(operation, &path).await.0;
            assert!(matches!(status, 400 | 404), "{path}: {status}");
        }
    }
    account.token = "none".to_owned();
    for (operation, path) in &every {
        assert_eq!(account.get(operation, path).await.0, 401, "{path}");
    }

    let mut account = Account::new(&format!("{ACCOUNT},scopes=none")).await;
    for (operation, path) in &every {
        assert_eq!(account.get(operation, path).await.0, 400, "{path}");
    }
    for limit in ["plan=business,daily_limit=0", "plan=pro"] {
        let mut account = Account::new(&format!("{ACCOUNT},{limit}")).await;
        for (operation, path) in &every {
            let mut statuses = Vec::new();
            while statuses.last() != Some(&429) {
                assert!(statuses.len() < 400, "{limit} {path}: {statuses:?}");
                statuses.push(account.get(operation, path).await.0);
            }
        }
    }
}

#[test]
fn a_null_or_a_type_that_the_document_forbids_is_found() {
    let document = Document::read();
    let found = |operation: &str, body: Value| {
        problems(&document, operation, 200, &HeaderMap::new(), &body).len()
    };
    let message = |field: &str, value: Value| {
        let mut message = json!({"id": "a"});
        message[field] = value;
        json!({"messages": [message]})
    };
    for (field, value) in [
        ("id", Value::Null),
        ("id", json!(7)),
        ("message", json!(7)),
        ("timestamp", json!(1.5)),
        ("timestamp", json!(true)),
        ("is_sender_external", json!("yes")),
        ("files", json!({})),
        ("files", json!([null])),
        ("files", json!([{"file_name": 7}])),
        ("bot_message", json!({"content": 7})),
        ("unknown", json!(1)),
    ] {
        assert_eq!(
            found("reportChatMessages", message(field, value.clone())),
            1,
            "{field}: {value}"
        );
    }
    assert_eq!(found("reportChatMessages", json!({"from": "yesterday"})), 1);
    assert_eq!(
        found("reportChatSessions", json!({"sessions": [{"name": 7}]})),
        1
    );
    let mut headers = HeaderMap::new();
    headers.insert("X-RateLimit-Limit", "many".parse().unwrap());
    let limited = problems(
        &document,
        "getChatFileInfo",
        429,
        &headers,
        &json!({"code": 429}),
    );
    assert_eq!(limited.len(), 1);
}

#[test]
fn every_field_but_the_id_of_a_message_may_be_null_or_absent() {
    let document = Document::read();
    for name in document.schemas() {
        let Some(properties) = document.schema(name)["properties"].as_object() else {
            continue;
        };
        let validator = document.validator(name);
        for property in properties.keys() {
            let required = (name, property.as_str()) == ("ChatMessage", "id");
            let mut body = json!({});
            if name == "ChatMessage" {
                body["id"] = json!("a");
            }
            assert!(validator.is_valid(&body), "{name}");
            body[property] = Value::Null;
            assert_eq!(validator.is_valid(&body), !required, "{name}.{property}");
        }
    }
    assert!(!document.validator("ChatMessage").is_valid(&json!({})));
}

#[test]
fn a_page_is_told_by_the_arrays_that_the_document_names() {
    let document = Document::read();
    for (schema, expected) in [
        ("ChatMessagesPage", Expected::MESSAGES),
        ("ChatSessionsPage", Expected::SESSIONS),
        ("ChatFileInfo", Expected::FILE_INFO),
        ("AccountSettings", Expected::ACCOUNT_SETTINGS),
    ] {
        let properties = document.schema(schema)["properties"].as_object().unwrap();
        let arrays = properties.iter().filter(|(_, it)| it["items"].is_object());
        let arrays: BTreeSet<&str> = arrays.map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            arrays,
            expected.arrays().iter().copied().collect(),
            "{schema}"
        );
    }
}
