//! The canaries are the account itself: everything that its answers hold is looked for in everything
//! that comes out, but for the data that were asked for.

use std::collections::BTreeSet;

use serde_json::Value;
use zoom_chat_reports_sandbox::{DECOY_PASSCODE, Sandbox};

use crate::raw_server::RawServer;

/// Said by no account, but by error bodies and headers of servers.
pub const SAID: &str = "CANARY-of-an-error-body";

/// Strings of an account's answers that may come out nowhere.
#[derive(Default)]
pub struct Canaries(BTreeSet<String>);

impl Canaries {
    /// Those of an account, from all that a server has passed on.
    pub fn of(sandbox: &Sandbox, server: &RawServer) -> Self {
        let mut this = Self::default();
        for text in [sandbox.client_secret(), DECOY_PASSCODE, SAID] {
            this.0.insert(text.to_owned());
        }
        for body in server.bodies() {
            let body = body.replace("\\ud", "\\u0").replace("\\uD", "\\u0");
            if let Ok(value) = serde_json::from_str(&body) {
                this.take("", &value);
            }
        }
        assert!(this.0.len() > 5, "{} canaries only", this.0.len());
        this
    }

    fn take(&mut self, key: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.take(key, item)),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.take(key, value)),
            Value::String(text) => self.take_text(key, text),
            _ => {}
        }
    }

    fn take_text(&mut self, key: &str, text: &str) {
        // Ids, dates and words of the format are no secrets; nor is a text of a few letters found for sure.
        let secret = [
            "access_token",
            "next_page_token",
            "message",
            "name",
            "sender",
            "sender_display_name",
            "receiver",
            "member_emails",
            "file_name",
            "source",
            "external_sender_email",
            "custom_emoji_name",
            "content",
            "passcode",
        ];
        if secret.contains(&key) && text.chars().count() >= 8 {
            self.0.insert(text.to_owned());
        }
        if let Some((_, token)) = text.split_once("jwt=") {
            self.0.insert(token.to_owned());
        }
    }

    /// Fails if any of them stands in what was said, as it is or as JSON and `Debug` would write it.
    pub fn assert_absent(&self, context: &str, said: &str) {
        for canary in &self.0 {
            let debug = format!("{canary:?}");
            let debug = debug.trim_matches('"');
            for form in [canary.as_str(), debug] {
                if let Some(at) = said.find(form) {
                    let start = said[..at].char_indices().rev().take(200).last();
                    let start = start.map_or(at, |(start, _)| start);
                    panic!("{context}: {form:?} in: {}", &said[start..at + form.len()]);
                }
            }
        }
        assert!(!said.contains("panicked"), "{context}: {said}");
    }
}
