//! The list of chat sessions.

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use zoom_chat_reports_api::{
    Captured, DecodeError, session_key,
    types::{ChatSession, ChatSessionsPage},
};

use crate::{
    DateRange, Error, ErrorKind, Result,
    chain::{Chain, Page, Question, out_of_reach},
    client::Inner,
    requests::{MAX_SESSIONS, Place, SessionsRequest, check_page_size, date},
    window::{Interval, Window},
};

/// A chat session: a channel, a group chat or a one-to-one chat.
///
/// It keeps the JSON text that Zoom sent, byte for byte.
#[derive(Clone)]
pub struct Session {
    id: Option<Arc<str>>,
    session: Captured<ChatSession>,
}

impl Session {
    fn new(session: Captured<ChatSession>) -> Self {
        let id = match session.typed() {
            Ok(typed) => typed.key().map(Arc::from),
            Err(_) => session_key(session.raw()).map(Arc::from),
        };
        Self { id, session }
    }

    /// The id that asks for the session's messages; `None` when Zoom sent none that can be read.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The id, shared.
    pub(crate) fn shared_id(&self) -> Option<Arc<str>> {
        self.id.clone()
    }

    /// When the last message was sent, as Zoom's list says; what counts as the last one is not documented.
    #[must_use]
    pub fn last_message_sent_at(&self) -> Option<DateTime<Utc>> {
        let text = self
            .session
            .typed()
            .ok()?
            .last_message_sent_time
            .as_deref()?;
        Some(DateTime::parse_from_rfc3339(text.trim()).ok()?.to_utc())
    }

    /// The typed view.
    ///
    /// # Errors
    /// Where Zoom's text does not fit the type.
    pub fn session(&self) -> Result<&ChatSession, &DecodeError> {
        self.session.typed()
    }

    /// The session's JSON text as Zoom sent it, byte for byte.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.session.raw()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A request for the list of chat sessions; see [`ChatReports::sessions`](crate::ChatReports::sessions).
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent or polled"]
pub struct Sessions {
    inner: Arc<Inner>,
    range: DateRange,
    page_size: u32,
    parameters: Arc<[(String, String)]>,
}

impl Sessions {
    pub(crate) fn new(inner: Arc<Inner>, range: DateRange) -> Self {
        Self {
            inner,
            range,
            page_size: MAX_SESSIONS,
            parameters: Arc::default(),
        }
    }

    /// Sessions on a page, 1 to 300; 300 unless set.
    pub fn page_size(mut self, size: u32) -> Self {
        self.page_size = size;
        self
    }

    /// Adds a query parameter that this crate does not know.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let added = (name.into(), value.into());
        self.parameters = self.parameters.iter().cloned().chain([added]).collect();
        self
    }

    /// Sends one request with the range's dates as they are, and gives the sessions of its first page.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the range is longer than one window or
    /// the page size is out of range; else whatever Zoom's answer means.
    pub async fn send(self) -> Result<Vec<Session>> {
        check_page_size(self.page_size, MAX_SESSIONS)?;
        let window = Window {
            from: self.range.first(),
            to: self.range.last(),
        };
        if window.days() > self.inner.window_days.into() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{window} is longer than one request may ask for"),
            )
            .with_hint("use pages() or entries(), which take ranges of any length"));
        }
        let request = self.question().at(Place {
            window,
            page_size: self.page_size,
            page_token: None,
        });
        let page = self.inner.caller.call(&request).await?.value;
        Ok(page
            .sessions
            .into_iter()
            .flatten()
            .map(Session::new)
            .collect())
    }

    /// Streams the sessions that Zoom lists for the range, page by page, each once.
    ///
    /// Zoom may list a session for every range in which it has messages, or
    /// only for the one in which the last message lies: that is not
    /// documented. To find all sessions with messages in a range, list from its
    /// first day to today, as [`ChatReports::harvest`](crate::ChatReports::harvest) does.
    ///
    /// # Errors
    /// An error is yielded once and ends the stream.
    #[must_use = "streams do nothing unless polled"]
    pub fn pages(self) -> impl Stream<Item = Result<Vec<Session>>> + Send + 'static {
        stream::once(Listing::start(self))
            .map_ok(|listing| stream::try_unfold(listing, Listing::next))
            .try_flatten()
    }

    /// Streams the sessions that Zoom lists for the range; see [`pages`](Self::pages).
    ///
    /// # Errors
    /// An error is yielded once and ends the stream.
    #[must_use = "streams do nothing unless polled"]
    pub fn entries(self) -> impl Stream<Item = Result<Session>> + Send + 'static {
        self.pages()
            .map_ok(|page| stream::iter(page).map(Ok))
            .try_flatten()
    }

    fn question(&self) -> SessionsOf {
        SessionsOf {
            parameters: self.parameters.clone(),
        }
    }
}

/// The list of sessions, as a question.
struct SessionsOf {
    parameters: Arc<[(String, String)]>,
}

impl Question for SessionsOf {
    type Request = SessionsRequest;

    fn at(&self, place: Place) -> SessionsRequest {
        SessionsRequest {
            parameters: self.parameters.clone(),
            place,
        }
    }
}

impl Page for ChatSessionsPage {
    fn next_page_token(&self) -> Option<&str> {
        self.next_page_token
            .as_deref()
            .filter(|token| !token.is_empty())
    }

    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (date(self.from), date(self.to))
    }
}

/// Reads the windows of a listing one after another, oldest first.
pub(crate) struct Listing {
    request: Sessions,
    windows: VecDeque<Window>,
    chain: Option<Chain<SessionsOf>>,
    seen: HashSet<String>,
}

impl Listing {
    pub(crate) async fn start(request: Sessions) -> Result<Self> {
        check_page_size(request.page_size, MAX_SESSIONS)?;
        let inner = &request.inner;
        let today = inner.caller.ensure_server_time().await?.date_naive();
        let interval = Interval::new(request.range.start(), request.range.end());
        let asked = inner
            .reach()
            .clip(Window::around(interval), today)
            .ok_or_else(out_of_reach)?;
        Ok(Self {
            windows: asked.split(inner.window_days).into(),
            chain: None,
            seen: HashSet::new(),
            request,
        })
    }

    /// The sessions of the next page that were not seen before.
    pub(crate) async fn next(mut self) -> Result<Option<(Vec<Session>, Self)>> {
        Ok(self.next_page().await?.map(|page| (page, self)))
    }

    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<Session>>> {
        loop {
            let Some(chain) = self.chain.as_mut() else {
                let Some(window) = self.windows.front().copied() else {
                    return Ok(None);
                };
                self.chain = Some(Chain::new(
                    self.request.inner.clone(),
                    self.request.question(),
                    window,
                    self.request.page_size,
                    true,
                ));
                continue;
            };
            match chain.next().await {
                Ok(Some(page)) => {
                    let sessions: Vec<Session> = page
                        .sessions
                        .into_iter()
                        .flatten()
                        .map(Session::new)
                        // An item without a readable id is named by its text.
                        .filter(|session| {
                            let name = session.id().unwrap_or(session.raw());
                            self.seen.insert(name.to_owned())
                        })
                        .collect();
                    chain.gained(!sessions.is_empty());
                    return Ok(Some(sessions));
                }
                Ok(None) => self.skip_window(),
                Err(error)
                    if error.kind() == ErrorKind::OutOfReach
                        && chain.pages() == 0
                        && self.windows.len() > 1 =>
                {
                    // This window fell below the floor since the range was clipped.
                    self.skip_window();
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn skip_window(&mut self) {
        self.windows.pop_front();
        self.chain = None;
    }
}

/// The windows in which all sessions are listed that Zoom still has.
pub(crate) fn whole_reach(inner: &Inner) -> Vec<Window> {
    let today = inner.caller.server_now().date_naive();
    let range = DateRange::last_six_months(today);
    let asked = Window::around(Interval::new(range.start(), range.end()));
    inner
        .reach()
        .clip(asked, today)
        .map(|asked| asked.split(inner.window_days))
        .unwrap_or_default()
}

/// The sessions that Zoom lists for one window, and on how many pages.
pub(crate) async fn list(inner: Arc<Inner>, window: Window) -> Result<(Vec<Session>, u64)> {
    let question = SessionsOf {
        parameters: Arc::default(),
    };
    let mut chain = Chain::new(inner, question, window, MAX_SESSIONS, true);
    let mut known = HashSet::new();
    let mut sessions = Vec::new();
    let mut pages = 0;
    while let Some(page) = chain.next().await? {
        pages += 1;
        let before = sessions.len();
        let listed = page.sessions.into_iter().flatten().map(Session::new);
        // One without a readable id is named by its text.
        sessions.extend(
            listed.filter(|session| known.insert(session.id().unwrap_or(session.raw()).to_owned())),
        );
        chain.gained(sessions.len() > before);
    }
    Ok((sessions, pages))
}
