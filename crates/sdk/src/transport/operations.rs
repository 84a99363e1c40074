//! The requests of each operation.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use zoom_chat_reports_api as api;
use zoom_chat_reports_api::{
    Answer, EchoedDate, Expected, Judged,
    types::{
        AccountChatSettings, AccountSettings, ChatFileInfo, ChatMessagesPage, ChatSessionsPage,
    },
};

use crate::{
    Cursor, DateRange, Error, Result,
    dates::window::Window,
    model::options::{Axis, Options},
    operation::Operation,
    transport::{
        path_id::PathId,
        request::{NotAnAnswer, Request},
    },
};

pub(crate) use crate::transport::path_id::check_id;

/// The largest page of messages that Zoom gives.
pub(crate) const MAX_MESSAGES: u32 = 100;
/// The largest page of sessions that Zoom gives.
pub(crate) const MAX_SESSIONS: u32 = 300;

type Response<T> = Result<api::ResponseValue<T>, api::Error<()>>;

/// The place in a window that a request reads.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) window: Window,
    pub(crate) page_size: u32,
    pub(crate) page_token: Option<String>,
}

/// One page of a session's messages.
#[derive(Clone)]
pub(crate) struct MessagesRequest {
    pub(crate) session_id: Arc<str>,
    pub(crate) options: Arc<Options>,
    pub(crate) place: Place,
}

impl Request for MessagesRequest {
    type Body = Answer<ChatMessagesPage>;
    type Answer = ChatMessagesPage;
    const OPERATION: Operation = Operation::Messages;

    fn carries_page_token(&self) -> bool {
        self.place.page_token.is_some()
    }

    fn parameters(&self) -> Arc<[(String, String)]> {
        self.options.parameters.clone()
    }

    async fn send(&self, client: &api::Client) -> Response<Self::Body> {
        let options = &self.options;
        let mut request = client
            .report_chat_messages()
            .session_id(self.session_id.to_string())
            .from(self.place.window.from)
            .to(self.place.window.to)
            .page_size(page_size(&self.place));
        if let Some(token) = &self.place.page_token {
            request = request.next_page_token(token.clone());
        }
        if let Some(fields) = options.include_fields() {
            request = request.include_fields(fields);
        }
        if options.bot_messages {
            request = request.include_bot_message(true);
        }
        if options.reactions {
            request = request.include_reactions(true);
        }
        if options.custom_emoji_reactions {
            request = request.include_custom_emoji_reactions(true);
        }
        if options.axis == Axis::Modified {
            request = request.query_all_modifications(true);
        }
        request.send().await
    }

    fn path_id(&self) -> Option<PathId<'_>> {
        Some(("session id", &self.session_id))
    }

    fn accept(&self, body: Self::Body) -> Result<ChatMessagesPage, NotAnAnswer> {
        accept(Expected::MESSAGES, &body)
    }
}

/// One page of the list of sessions.
#[derive(Clone)]
pub(crate) struct SessionsRequest {
    pub(crate) parameters: Arc<[(String, String)]>,
    pub(crate) place: Place,
}

impl SessionsRequest {
    /// Asks for one session of one day.
    pub(crate) fn of_day(day: NaiveDate) -> Self {
        Self {
            parameters: Arc::default(),
            place: Place {
                window: Window { from: day, to: day },
                page_size: 1,
                page_token: None,
            },
        }
    }
}

impl Request for SessionsRequest {
    type Body = Answer<ChatSessionsPage>;
    type Answer = ChatSessionsPage;
    const OPERATION: Operation = Operation::Sessions;

    fn carries_page_token(&self) -> bool {
        self.place.page_token.is_some()
    }

    fn parameters(&self) -> Arc<[(String, String)]> {
        self.parameters.clone()
    }

    async fn send(&self, client: &api::Client) -> Response<Self::Body> {
        let mut request = client
            .report_chat_sessions()
            .from(self.place.window.from)
            .to(self.place.window.to)
            .page_size(page_size(&self.place));
        if let Some(token) = &self.place.page_token {
            request = request.next_page_token(token.clone());
        }
        request.send().await
    }

    fn accept(&self, body: Self::Body) -> Result<ChatSessionsPage, NotAnAnswer> {
        accept(Expected::SESSIONS, &body)
    }
}

/// The description of a file.
pub(crate) struct FileInfoRequest {
    pub(crate) file_id: String,
}

impl Request for FileInfoRequest {
    type Body = Answer<ChatFileInfo>;
    type Answer = ChatFileInfo;
    const OPERATION: Operation = Operation::FileInfo;

    async fn send(&self, client: &api::Client) -> Response<Self::Body> {
        client
            .get_chat_file_info()
            .file_id(self.file_id.clone())
            .send()
            .await
    }

    fn path_id(&self) -> Option<PathId<'_>> {
        Some(("file id", &self.file_id))
    }

    fn accept(&self, body: Self::Body) -> Result<ChatFileInfo, NotAnAnswer> {
        accept(Expected::FILE_INFO, &body)
    }
}

/// The settings of the account.
pub(crate) struct AccountSettingsRequest {
    pub(crate) account_id: String,
}

impl Request for AccountSettingsRequest {
    type Body = Answer<AccountSettings>;
    type Answer = AccountChatSettings;
    const OPERATION: Operation = Operation::AccountSettings;

    async fn send(&self, client: &api::Client) -> Response<Self::Body> {
        client
            .get_account_settings()
            .account_id(self.account_id.clone())
            .send()
            .await
    }

    fn path_id(&self) -> Option<PathId<'_>> {
        Some(("account id", &self.account_id))
    }

    fn accept(&self, body: Self::Body) -> Result<AccountChatSettings, NotAnAnswer> {
        let expected = Expected::ACCOUNT_SETTINGS;
        let null = || NotAnAnswer::Unreadable(expected.missing("with a null in place of `chat`"));
        accept(expected, &body)?.chat.ok_or_else(null)
    }
}

/// Accepts a body that has the keys of an answer and fits its type.
fn accept<T: DeserializeOwned>(expected: Expected, body: &Answer<T>) -> Result<T, NotAnAnswer> {
    match body.judged(&expected) {
        Judged::Answer => body.typed().map_err(|error| {
            NotAnAnswer::Unreadable(format!("that does not decode as {expected}: {error}"))
        }),
        Judged::Error => Err(NotAnAnswer::ZoomError(body.raw().to_owned())),
        Judged::Neither(text) => Err(NotAnAnswer::Unreadable(text)),
        _ => Err(NotAnAnswer::Unreadable(
            expected.missing("with an unknown body"),
        )),
    }
}

pub(crate) fn date(echoed: Option<EchoedDate>) -> Option<NaiveDate> {
    echoed.and_then(EchoedDate::get)
}

fn page_size(place: &Place) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(place.page_size).unwrap_or(std::num::NonZeroU32::MIN)
}

/// Refuses page sizes that Zoom does not give.
pub(crate) fn check_page_size(size: u32, most: u32) -> Result<()> {
    if (1..=most).contains(&size) {
        return Ok(());
    }
    Err(Error::invalid(
        format!("the page size {size} is out of range"),
        format!("pages hold 1 to {most} items"),
    ))
}

/// The dates of a single request: those of a cursor, otherwise those of a range that fits into one request.
pub(crate) fn single_window(
    cursor: Option<&Cursor>,
    range: &DateRange,
    window_days: u32,
) -> Result<Window> {
    let window = cursor.map_or_else(|| Window::of(range), Cursor::window);
    if window.days() <= window_days.into() {
        return Ok(window);
    }
    let cause = format!("{window} is longer than one request may ask for");
    let hint = "use pages() or entries(), which take ranges of any length";
    Err(Error::invalid(cause, hint))
}
