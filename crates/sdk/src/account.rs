//! What the account is like: what was granted, how fast it may be asked, and which messages it keeps.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::{Response, header::HeaderMap};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use url::Url;
use zeroize::Zeroizing;

use crate::{
    ChatReports, Error, ErrorKind, Result, caller::Caller, error::zoom::Asked, failure::Failure,
    http, limiter::Limiter, requests::check_id, server_time::http_date,
};

const SESSIONS: &str = "report/chat/sessions";
const SETTINGS: &str = "accounts/{accountId}/settings";
/// The settings of an account take some ten thousand bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// What the headers of an answer tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The server's time.
    pub server_date: Option<DateTime<Utc>>,
    /// How long the answer took.
    pub latency: Duration,
    /// The label of the rate limit, for instance `Medium`.
    pub rate_limit_category: Option<String>,
    /// What the limit counts: `QPS` for requests a second, `Daily-limit` for those of a day.
    pub rate_limit_type: Option<String>,
    /// The limit.
    pub rate_limit: Option<u64>,
    /// What is left of it.
    pub rate_limit_remaining: Option<u64>,
}

/// The settings of an account that decide which messages exist; each may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ChatSettings {
    /// Whether former texts of edited and deleted messages are kept.
    #[serde(deserialize_with = "lenient")]
    pub store_revise_chat: Option<bool>,
    /// How long messages are kept in the cloud.
    #[serde(deserialize_with = "lenient")]
    pub set_retention_period_in_cloud: Option<Retention>,
    /// Whether messages may be edited, and for how long.
    #[serde(deserialize_with = "lenient")]
    pub allow_edit_message: Option<ChangeAllowed>,
    /// Whether messages may be deleted, and for how long.
    #[serde(deserialize_with = "lenient")]
    pub allow_delete_message: Option<ChangeAllowed>,
}

/// How long messages are kept in the cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct Retention {
    /// Whether there is an end at all.
    #[serde(deserialize_with = "lenient")]
    pub enable: Option<bool>,
    /// From one day to ten years, in Zoom's words.
    #[serde(deserialize_with = "lenient")]
    pub retention_period: Option<String>,
}

/// Whether people may change their messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ChangeAllowed {
    /// Whether they may.
    #[serde(deserialize_with = "lenient")]
    pub enable: Option<bool>,
    /// For how many minutes after sending.
    #[serde(deserialize_with = "lenient")]
    pub time: Option<u32>,
}

impl ChatReports {
    /// The scopes that were granted, as far as the token tells; gets a token if there is none.
    ///
    /// # Errors
    /// When there is no token to be had.
    pub async fn granted_scopes(&self) -> Result<Vec<String>> {
        self.inner.caller.token_scopes().await
    }

    /// Asks for the sessions of one day, once and for one item, and tells what the headers of the answer say.
    ///
    /// # Errors
    /// Whatever the answer means; it is not tried again.
    pub async fn probe(&self, day: NaiveDate) -> Result<Probe> {
        let caller = &self.inner.caller;
        let day = day.to_string();
        let query = [("from", &*day), ("to", &*day), ("page_size", "1")];
        let path = ["report", "chat", "sessions"];
        let began = caller.parts().clock.now();
        let response = get(caller, &caller.parts().reports, &path, &query)
            .await
            .map_err(|error| error.doing(SESSIONS))?;
        let latency = caller.parts().clock.now().saturating_sub(began);
        Ok(Probe::read(response.headers(), latency))
    }

    /// The account's settings that decide which messages exist.
    ///
    /// Needs the scope `account:read:settings:admin`, which nothing else here does. Of the answer only
    /// these fields are read: it holds passcodes too, which are neither kept nor logged.
    ///
    /// # Errors
    /// Whatever the answer means; it is not tried again.
    pub async fn chat_settings(&self, account_id: &str) -> Result<ChatSettings> {
        #[derive(Deserialize)]
        struct Body {
            chat: ChatSettings,
        }
        check_id("account id", account_id)?;
        let caller = &self.inner.caller;
        let path = ["accounts", account_id, "settings"];
        let response = get(caller, &caller.parts().files, &path, &[])
            .await
            .map_err(|error| error.doing(SETTINGS))?;
        let body = http::read_start(response, LONGEST_BODY);
        let body = tokio::time::timeout(caller.parts().deadline, body);
        let body = Zeroizing::new(body.await.unwrap_or_default());
        // The parser's error could quote the body.
        serde_json::from_slice::<Body>(&body)
            .map(|body| body.chat)
            .map_err(|_| {
                Error::new(ErrorKind::UnreadableBody, "the settings cannot be read").doing(SETTINGS)
            })
    }
}

impl Probe {
    fn read(headers: &HeaderMap, latency: Duration) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        let word = |name: &str| {
            let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            text(name)
                .filter(|text| (1..=40).contains(&text.len()) && text.chars().all(safe))
                .map(str::to_owned)
        };
        Self {
            server_date: text("date").and_then(http_date),
            latency,
            rate_limit_category: word("x-ratelimit-category"),
            rate_limit_type: word("x-ratelimit-type"),
            rate_limit: text("x-ratelimit-limit").and_then(|text| text.parse().ok()),
            rate_limit_remaining: text("x-ratelimit-remaining").and_then(|text| text.parse().ok()),
        }
    }
}

/// One request, once.
async fn get(
    caller: &Caller,
    limiter: &Arc<Limiter>,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<Response> {
    let parts = caller.parts();
    let slot = limiter.slot(parts.policy.patience()).await?;
    let token = parts.tokens.token(None).await?;
    let base = parts.base.url(&token);
    let no_url = || Error::new(ErrorKind::InvalidInput, "the base URL cannot be used");
    let mut url = Url::parse(&base).map_err(|_| no_url())?;
    url.path_segments_mut()
        .map_err(|()| no_url())?
        .pop_if_empty()
        .extend(path);
    let request = parts.http.get(url).query(query).bearer_auth(token.expose());
    let response = match tokio::time::timeout(parts.deadline, request.send()).await {
        Err(_) => return Err(Failure::of_deadline(parts.deadline).error),
        Ok(Err(error)) => return Err(http::transport(error)),
        Ok(Ok(response)) => response,
    };
    slot.answered();
    parts.server_time.learn(response.headers());
    if response.status().is_success() {
        return Ok(response);
    }
    let now = parts.server_time.now();
    Err(Failure::of_response(response, Asked::default(), now)
        .await
        .error)
}

/// Reads a field if it has the expected type; any other value counts as unknown.
fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_an_odd_shape_are_unknown() {
        let text = r#"{"store_revise_chat":"yes","allow_edit_message":{"enable":true,"time":"5"},"archive":{"passcode":"x"}}"#;
        let settings: ChatSettings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.store_revise_chat, None);
        let edit = settings.allow_edit_message.unwrap();
        assert_eq!((edit.enable, edit.time), (Some(true), None));
    }

    #[test]
    fn headers_are_read_as_far_as_they_make_sense() {
        let mut headers = HeaderMap::new();
        headers.insert("date", "Fri, 20 Nov 2026 12:00:00 GMT".parse().unwrap());
        headers.insert("x-ratelimit-category", "Medium".parse().unwrap());
        headers.insert("x-ratelimit-type", "Q\tS".parse().unwrap());
        headers.insert("x-ratelimit-limit", "20".parse().unwrap());
        let probe = Probe::read(&headers, Duration::ZERO);
        assert_eq!(probe.rate_limit_category.as_deref(), Some("Medium"));
        assert_eq!((probe.rate_limit_type, probe.rate_limit), (None, Some(20)));
        assert_eq!(
            probe.server_date.map(|date| date.timestamp()),
            Some(1_795_176_000)
        );
    }
}
