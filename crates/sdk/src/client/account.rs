//! The account: granted scopes, rate limit, and the settings that decide which messages it keeps.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::header::HeaderMap;

use crate::{
    ChatReports, Result,
    transport::{
        operations::{AccountSettingsRequest, SessionsRequest},
        server_time::http_date,
    },
};
use zoom_chat_reports_api::types::AccountChatSettings;

pub use crate::model::plan::RateLabel;

/// The headers of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The server's time.
    pub server_date: Option<DateTime<Utc>>,
    /// How long the answer took.
    pub latency: Duration,
    /// The label of the rate limit, for instance `Medium`.
    pub rate_limit_category: Option<String>,
    /// What the limit counts: `QPS` for requests a second, `Daily-limit` for requests a day.
    pub rate_limit_type: Option<String>,
    /// The limit, in requests.
    pub rate_limit: Option<u64>,
    /// How many requests of the limit are left.
    pub rate_limit_remaining: Option<u64>,
}

impl ChatReports {
    /// The granted scopes, as far as the token names them; gets a token if there is none.
    ///
    /// # Errors
    /// When no token can be fetched.
    pub async fn granted_scopes(&self) -> Result<Vec<String>> {
        self.inner.caller.token_scopes().await
    }

    /// Asks for one session of one day, and returns the headers of the answer.
    ///
    /// # Errors
    /// The error that the answer stands for.
    pub async fn probe(&self, day: NaiveDate) -> Result<Probe> {
        let caller = &self.inner.caller;
        let request = SessionsRequest::of_day(day);
        let began = caller.parts().clock.now();
        let answered = caller.call(&request).await?;
        let latency = caller.parts().clock.now().saturating_sub(began);
        Ok(Probe::read(&answered.headers, latency))
    }

    /// The account's settings that decide which messages exist.
    ///
    /// Only this request needs the scope `account:read:settings:admin`. Only these fields of the answer are
    /// read: it also holds passcodes, which are neither kept nor logged.
    ///
    /// # Errors
    /// The error that the answer stands for.
    pub async fn chat_settings(&self, account_id: &str) -> Result<AccountChatSettings> {
        let account_id = account_id.to_owned();
        let request = AccountSettingsRequest { account_id };
        Ok(self.inner.caller.call(&request).await?.value)
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

#[cfg(test)]
mod tests {
    use super::*;

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
