//! Tests of code that reads chats: with a whole simulated account, and with your own typed answers.
//!
//! `cargo test -p zoom-chat-reports --example testing`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example says what it does"
)]

use std::collections::BTreeMap;

use zoom_chat_reports::{ChatReports, DateRange, Result};

/// The code under test: how much each person wrote, or an error if anything is missing.
async fn messages_of_each(
    zoom: &ChatReports,
    session_id: &str,
    range: DateRange,
) -> Result<BTreeMap<String, usize>> {
    let messages = zoom.messages(session_id, range).include_bot_messages(true);
    let all = messages.entries().collect_all();
    let mut counts = BTreeMap::new();
    for entry in all.await?.complete()? {
        let sender = match entry.message() {
            Ok(message) => message.sender_display_name.clone(),
            Err(_) => None,
        };
        let name = sender.unwrap_or_else(|| "somebody".to_owned());
        *counts.entry(name).or_default() += 1;
    }
    Ok(counts)
}

#[tokio::main]
async fn main() -> Result<()> {
    let session_id = std::env::args().nth(1).unwrap_or_default();
    let zoom = ChatReports::builder_from_env()?.build()?;
    let range = DateRange::last_days(7, zoom.today().await?)?;
    for (name, count) in messages_of_each(&zoom, &session_id, range).await? {
        println!("{count:6} {name}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use httpmock::MockServer;
    use zoom_chat_reports::{
        ChatReports, DateRange, ErrorKind, RetryPolicy, ServerToServer,
        auth::{AccessToken, StaticToken},
        chrono::DateTime,
    };
    use zoom_chat_reports_httpmock::MockServerExt;
    use zoom_chat_reports_sandbox::{Sandbox, Settings, TruthEntry, TruthKind};

    use super::messages_of_each;

    type Outcome = Result<(), Box<dyn Error>>;

    /// A simulated account pages, limits and errs as Zoom does, and knows what it really holds.
    #[tokio::test]
    async fn all_that_the_account_holds_is_counted() -> Outcome {
        let settings: Settings = "seed=7,sessions=4,messages=2000,page_fill=short".parse()?;
        let sandbox = Sandbox::start(settings).await?;
        let credentials = ServerToServer::new(
            sandbox.account_id(),
            sandbox.client_id(),
            sandbox.client_secret(),
        )?;
        let zoom = ChatReports::builder()
            .credentials(credentials)
            .base_url(sandbox.api_url())
            .auth_url(sandbox.auth_url())
            .build()?;
        // The sandbox's clock does not move, so each run of the test sees the same days.
        let range = DateRange::last_days(60, sandbox.today())?;
        let session_id = sandbox.session_ids().swap_remove(0);
        let is_expected = |entry: &TruthEntry| {
            let sent_at = DateTime::from_timestamp_millis(entry.timestamp);
            *entry.session_id == *session_id
                && entry.kind == TruthKind::Sent
                && sent_at.is_some_and(|instant| range.contains(instant))
        };
        let expected = sandbox
            .truth()
            .iter()
            .filter(|entry| is_expected(entry))
            .count();

        let counts = messages_of_each(&zoom, &session_id, range).await?;

        assert!(expected > 100, "several pages");
        assert_eq!(counts.values().sum::<usize>(), expected);
        Ok(())
    }

    /// With a typed mock, the test decides what Zoom answers.
    fn mocked(server: &MockServer) -> zoom_chat_reports::Result<ChatReports> {
        ChatReports::builder()
            .token_source(StaticToken::new(AccessToken::new("any")))
            .base_url(server.base_url())
            .retry(RetryPolicy::none())
            .build()
    }

    #[tokio::test]
    async fn who_has_no_name_is_somebody() -> Outcome {
        let server = MockServer::start_async().await;
        let zoom = mocked(&server)?;
        let range = DateRange::parse("2026-10-01..2026-10-02")?;
        let page = r#"{"messages": [
            {"id": "1", "message": "a", "sender_display_name": "Ada", "date_time": "2026-10-01T09:00:00Z"},
            {"id": "2", "message": "b", "date_time": "2026-10-01T10:00:00Z"}
        ]}"#;
        let mock = server.report_chat_messages(|when, then| {
            when.session_id("s1");
            then.ok(&serde_json::from_str(page).expect("a page"));
        });

        let counts = messages_of_each(&zoom, "s1", range).await?;

        assert_eq!(
            counts.into_iter().collect::<Vec<_>>(),
            [("Ada".to_owned(), 1), ("somebody".to_owned(), 1)]
        );
        assert!(mock.calls() > 0);
        Ok(())
    }

    #[tokio::test]
    async fn a_session_that_is_refused_is_an_error_and_no_empty_count() -> Outcome {
        let server = MockServer::start_async().await;
        let zoom = mocked(&server)?;
        let range = DateRange::parse("2026-10-01..2026-10-02")?;
        server.report_chat_messages(|when, then| {
            when.session_id("s1");
            let body = r#"{"code": 404, "message": "not found"}"#;
            then.client_error(404, &serde_json::from_str(body).expect("an error"));
        });

        let error = messages_of_each(&zoom, "s1", range).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::NotFound);
        Ok(())
    }
}
