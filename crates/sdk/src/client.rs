//! The client: where every request begins.

use std::{env, sync::Arc};

use chrono::NaiveDate;

use crate::{
    ChatReportsBuilder, DateRange, Result, ServerToServer, caller::Caller, harvest::Harvest,
    messages::Messages, reading::run::SharedHorizon, sessions::Sessions, stats::Stats,
};

/// Zoom's chat message reports of one account.
///
/// Cheap to clone; clones share pacing, token and counters. All requests that
/// go to one account should come from one client, since Zoom's rate limit is
/// the account's.
#[derive(Clone, Debug)]
pub struct ChatReports {
    pub(crate) inner: Arc<Inner>,
}

/// What the clones of a client share.
pub(crate) struct Inner {
    pub(crate) caller: Caller,
    pub(crate) window_days: u32,
    /// How far Zoom answers, for the next run.
    pub(crate) horizon: SharedHorizon,
}

impl Inner {
    pub(crate) fn new(caller: Caller, window_days: u32) -> Self {
        Self {
            caller,
            window_days,
            horizon: SharedHorizon::default(),
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl ChatReports {
    /// A builder; credentials are all it needs.
    pub fn builder() -> ChatReportsBuilder {
        ChatReportsBuilder::default()
    }

    /// A builder with the credentials of the environment, see [`ServerToServer::from_env`], and with the addresses that
    /// `ZOOM_API_URL` and `ZOOM_AUTH_URL` give in place of Zoom's. `zoom-chat sandbox` prints all of these variables.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) where they are missing.
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
    /// A date counts only if two clocks agree on it: two answers of Zoom's, or one of them and this
    /// machine. So the first call may take a token and a few requests; later ones take none.
    ///
    /// # Errors
    /// When Zoom cannot be asked.
    pub async fn today(&self) -> Result<NaiveDate> {
        Ok(self.inner.caller.believe(None).await?.now.date_naive())
    }

    /// What has been asked so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.caller.stats()
    }
}
