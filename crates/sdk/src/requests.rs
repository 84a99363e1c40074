//! The requests of the three operations, as one call sends them.

use std::sync::Arc;

use chrono::NaiveDate;
use zoom_chat_reports_api as api;
use zoom_chat_reports_api::{
    Answer, EchoedDate,
    types::{
        AccountChatSettings, AccountSettings, ChatFileInfo, ChatMessagesPage, ChatSessionsPage,
    },
};

use crate::{
    Error, ErrorKind, Result,
    caller::{NotAnAnswer, Operation, Request},
    dates::window::Window,
    include::{Axis, Options},
};

/// Largest page of messages that Zoom gives.
pub(crate) const MAX_MESSAGES: u32 = 100;
/// Largest page of sessions that Zoom gives.
pub(crate) const MAX_SESSIONS: u32 = 300;

type Response<T> = Result<api::ResponseValue<T>, api::Error<()>>;

/// Where in a window a request reads.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) window: Window,
    pub(crate) page_size: u32,
    pub(crate) page_token: Option<String>,
}

/// One page of a session's messages.
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

    fn parameters(&self) -> &Arc<[(String, String)]> {
        &self.options.parameters
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

    fn accept(&self, body: Self::Body) -> Result<ChatMessagesPage, NotAnAnswer> {
        accept_page(body, "messages", |page| {
            page.messages.is_some() || both(page.from, page.to)
        })
    }
}

/// One page of the list of sessions.
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

    fn parameters(&self) -> &Arc<[(String, String)]> {
        &self.parameters
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
        accept_page(body, "sessions", |page| {
            page.sessions.is_some() || both(page.from, page.to)
        })
    }
}

/// The description of a file.
pub(crate) struct FileInfoRequest {
    pub(crate) file_id: String,
    pub(crate) parameters: Arc<[(String, String)]>,
}

impl Request for FileInfoRequest {
    type Body = Answer<ChatFileInfo>;
    type Answer = ChatFileInfo;
    const OPERATION: Operation = Operation::FileInfo;

    fn carries_page_token(&self) -> bool {
        false
    }

    fn parameters(&self) -> &Arc<[(String, String)]> {
        &self.parameters
    }

    async fn send(&self, client: &api::Client) -> Response<Self::Body> {
        client
            .get_chat_file_info()
            .file_id(self.file_id.clone())
            .send()
            .await
    }

    fn accept(&self, body: Self::Body) -> Result<ChatFileInfo, NotAnAnswer> {
        accept_page(body, "download_url", |info| info.download_url.is_some())
    }
}

/// The settings of the account.
pub(crate) struct AccountSettingsRequest {
    pub(crate) account_id: String,
    pub(crate) parameters: Arc<[(String, String)]>,
}

impl Request for AccountSettingsRequest {
    // Not its text: it holds secrets of other services.
    type Body = AccountSettings;
    type Answer = AccountChatSettings;
    const OPERATION: Operation = Operation::AccountSettings;

    fn carries_page_token(&self) -> bool {
        false
    }

    fn parameters(&self) -> &Arc<[(String, String)]> {
        &self.parameters
    }

    async fn send(&self, client: &api::Client) -> Response<Self::Body> {
        client
            .get_account_settings()
            .account_id(self.account_id.clone())
            .send()
            .await
    }

    fn accept(&self, body: Self::Body) -> Result<AccountChatSettings, NotAnAnswer> {
        body.chat.ok_or(NotAnAnswer {
            raw: String::new(),
            decode: None,
        })
    }
}

/// A 200 is an answer if its key is there, even as a null, or what stands in for it; anything
/// else is an error body, never an empty page.
fn accept_page<T>(
    body: Answer<T>,
    key: &str,
    is_answer: impl Fn(&T) -> bool,
) -> Result<T, NotAnAnswer> {
    let refuse = |body: &Answer<T>, decode| NotAnAnswer {
        raw: body.raw().to_owned(),
        decode,
    };
    match body.typed() {
        Err(error) => Err(refuse(&body, Some(error.clone()))),
        Ok(typed) if is_answer(typed) || body.has_key(key) => {
            body.into_typed().map_err(|error| NotAnAnswer {
                raw: String::new(),
                decode: Some(error),
            })
        }
        Ok(_) => Err(refuse(&body, None)),
    }
}

fn both(from: Option<EchoedDate>, to: Option<EchoedDate>) -> bool {
    date(from).is_some() && date(to).is_some()
}

pub(crate) fn date(echoed: Option<EchoedDate>) -> Option<NaiveDate> {
    echoed.and_then(EchoedDate::get)
}

fn page_size(place: &Place) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(place.page_size).unwrap_or(std::num::NonZeroU32::MIN)
}

/// Refuses ids that would change the path of a URL.
pub(crate) fn check_id(what: &str, id: &str) -> Result<()> {
    let reason = match id {
        id if id.trim().is_empty() => "is empty",
        id if id.split('/').any(|part| matches!(part, "." | "..")) => "looks like a path",
        id if id.contains('\\') => "holds a backslash",
        id if id.chars().any(char::is_control) => "holds a control character",
        _ => return Ok(()),
    };
    Err(
        Error::new(ErrorKind::InvalidInput, format!("the {what} {reason}")).with_hint(
            "take ids as the list of sessions gives them; `zoom-chat sessions` prints it",
        ),
    )
}

/// Refuses page sizes that Zoom does not give.
pub(crate) fn check_page_size(size: u32, most: u32) -> Result<()> {
    if (1..=most).contains(&size) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!("the page size {size} is out of range"),
    )
    .with_hint(format!("pages hold 1 to {most} items")))
}
