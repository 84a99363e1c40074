//! The client: every request begins here.

pub mod account;
mod build;
pub(crate) mod builder;

use std::{env, sync::Arc};

use chrono::NaiveDate;
use zoom_chat_reports_api::types::ChatFileInfo;

use crate::{
    ChatReportsBuilder, DateRange, Result, ServerToServer,
    files::Download,
    harvest::Harvest,
    reading::shared::Inner,
    requests::{messages::Messages, sessions::Sessions},
    transport::{operations::FileInfoRequest, stats::Stats},
};

/// Zoom's chat message reports of one account.
///
/// Cheap to clone; clones share pacing, token and counters. Use one client for
/// all requests to an account, since Zoom's rate limit belongs to the account.
#[derive(Clone, Debug)]
pub struct ChatReports {
    pub(crate) inner: Arc<Inner>,
}

impl ChatReports {
    /// A builder; only credentials are required.
    pub fn builder() -> ChatReportsBuilder {
        ChatReportsBuilder::default()
    }

    /// A builder with the credentials of the environment (see [`ServerToServer::from_env`]). `ZOOM_API_URL` and
    /// `ZOOM_AUTH_URL` replace Zoom's addresses. `zoom-chat sandbox` prints all of these variables.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the credentials are missing.
    pub fn builder_from_env() -> Result<ChatReportsBuilder> {
        let mut builder = Self::builder().credentials(ServerToServer::from_env()?);
        let address = |name| {
            env::var_os(name)
                .map(|url| url.to_string_lossy().trim().to_owned())
                .filter(|url| !url.is_empty())
        };
        if let Some(url) = address("ZOOM_API_URL") {
            builder = builder.base_url(url);
        }
        if let Some(url) = address("ZOOM_AUTH_URL") {
            builder = builder.auth_url(url);
        }
        Ok(builder)
    }

    /// The messages of one session in a range of days.
    ///
    /// ```no_run
    /// use futures::TryStreamExt;
    /// use zoom_chat_reports::{ChatReports, DateRange, ServerToServer};
    ///
    /// # async fn example(session_id: &str) -> Result<(), zoom_chat_reports::Error> {
    /// let zoom = ChatReports::builder()
    ///     .credentials(ServerToServer::from_env()?)
    ///     .build()?;
    /// let range = DateRange::month(2026, 10)?;
    /// let mut entries = zoom.messages(session_id, range).everything().entries();
    /// while let Some(entry) = entries.try_next().await? {
    ///     println!("{} {:?}", entry.kind(), entry.sent_at());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn messages(&self, session_id: &str, range: DateRange) -> Messages {
        Messages::new(self.inner.clone(), session_id, range)
    }

    /// The list of chat sessions in a range of days.
    pub fn sessions(&self, range: DateRange) -> Sessions {
        Sessions::new(self.inner.clone(), range)
    }

    /// All messages of all sessions in a range of days.
    pub fn harvest(&self, range: DateRange) -> Harvest {
        Harvest::new(self.inner.clone(), range)
    }

    /// Today in UTC by the server's clock, not the machine's.
    ///
    /// A date counts only if two clocks agree on it: those of two answers of Zoom, or of one answer and this
    /// machine. So the first call may take a token and a few requests; later calls take none.
    ///
    /// # Errors
    /// When no request can be sent to Zoom.
    pub async fn today(&self) -> Result<NaiveDate> {
        Ok(self.inner.caller.believe(None).await?.now.date_naive())
    }

    /// Counts of the requests so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.caller.stats()
    }
}

impl ChatReports {
    /// Describes a file that was sent in a chat, with a freshly signed URL to download it.
    ///
    /// `file_id` is that of an item of a message's `files`. The URL is a secret.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the id cannot be sent; otherwise the error that
    /// Zoom's answer stands for.
    pub async fn file_info(&self, file_id: &str) -> Result<ChatFileInfo> {
        let file_id = file_id.to_owned();
        let request = FileInfoRequest { file_id };
        Ok(self.inner.caller.call(&request).await?.value)
    }

    /// Downloads a file that was sent in a chat.
    ///
    /// The first request asks Zoom for a link, and for the size and the SHA-256 that the bytes are compared
    /// with. If you already have a link, give it with [`Download::link`].
    ///
    /// ```no_run
    /// # async fn example(zoom: zoom_chat_reports::ChatReports, file_id: &str) -> Result<(), zoom_chat_reports::Error> {
    /// let mut bytes = Vec::new();
    /// let file = zoom.download(file_id).copy_to(&mut bytes).await?;
    /// println!("{} bytes, SHA-256 {}", file.bytes, file.sha256);
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, file_id: &str) -> Download {
        Download::new(self.inner.clone(), Some(file_id.to_owned()), None)
    }

    /// Downloads from the `download_url` of a message's file, without the file's id.
    ///
    /// The link expires about a day after the message was read. It then cannot be replaced.
    pub fn download_link(&self, link: &str) -> Download {
        Download::new(self.inner.clone(), None, Some(link.to_owned()))
    }
}
