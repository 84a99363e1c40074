//! The messages of one session.

use std::{sync::Arc, time::Duration};

use crate::{
    Cursor, DateRange, Edges, Entry, EntryKind, Error, ErrorKind, Options, Result,
    dates::Window,
    model::{cursor::Question, options::option_setters},
    reading::{clean::MessagesOf, shared::Inner, source::Page as _},
    requests::{
        range_reader,
        streams::{Ended, Flat, Paged, Told},
    },
    transport::{
        caller::Answered,
        requests::{MAX_MESSAGES, Place, check_id, check_page_size},
        runtime::Deadline,
    },
};

pub use crate::{
    model::cursor::Page,
    requests::streams::{Entries, Pages},
};

/// A request for the messages of one session; see [`ChatReports::messages`](crate::ChatReports::messages).
///
/// [`entries`](Self::entries) and [`pages`](Self::pages) give a range of any
/// length, each entry once; [`send`](Self::send) sends a single raw request.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent or polled"]
pub struct Messages {
    pub(crate) inner: Arc<Inner>,
    pub(crate) session_id: Arc<str>,
    pub(crate) range: DateRange,
    pub(crate) options: Options,
    pub(crate) page_size: u32,
    pub(crate) edges: Edges,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) confirm: bool,
    pub(crate) timeout: Option<Duration>,
}

impl Messages {
    pub(crate) fn new(inner: Arc<Inner>, session_id: &str, range: DateRange) -> Self {
        Self {
            inner,
            session_id: session_id.into(),
            range,
            options: Options::default(),
            page_size: MAX_MESSAGES,
            edges: Edges::default(),
            cursor: None,
            confirm: false,
            timeout: None,
        }
    }

    option_setters!();

    /// Messages on a page, 1 to 100; 100 unless set.
    pub fn page_size(mut self, size: u32) -> Self {
        self.page_size = size;
        self
    }

    /// How the range's dates are asked for; exact by UTC time unless set.
    pub fn edges(mut self, edges: Edges) -> Self {
        self.edges = edges;
        self
    }

    /// Reads windows of several pages until two readings agree, which doubles their requests.
    ///
    /// A message that vanishes between two pages without being listed as deleted, for instance by
    /// retention, can move another one to a page that was read already. Nobody can see that in one
    /// reading.
    pub fn confirm(mut self, confirm: bool) -> Self {
        self.confirm = confirm;
        self
    }

    /// The time that the whole reading may take, however many requests it needs; without an end unless set.
    ///
    /// It begins with the first poll, and goes on while nobody polls. Before anything was asked there is no report, only
    /// the error. When it is over the stream ends with
    /// [`ErrorKind::Timeout`]; what came is given, and the [report](crate::Report) names the rest as
    /// [not read](crate::GapReason::Unread). Where the dates are asked for [as reported](Edges::AsReported), nothing is
    /// claimed, and so nothing is named.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// Goes on where an earlier page ended; entries may repeat, none is skipped.
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Sends one request with the range's dates as they are, and gives its page as it is.
    ///
    /// It is retried like any other, but nothing is split, dropped or cut.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the range is longer than one window
    /// (28 days unless the client says otherwise), the session id or the page
    /// size cannot be sent; else whatever Zoom's answer means.
    pub async fn send(self) -> Result<Page> {
        self.check()?;
        let window = match &self.cursor {
            Some(cursor) => cursor.window(),
            None => Window {
                from: self.range.first(),
                to: self.range.last(),
            },
        };
        if window.days() > self.inner.window_days.into() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{window} is longer than one request may ask for"),
            )
            .with_hint("use pages() or entries(), which take ranges of any length"));
        }
        let question = self.question();
        let request = question.at(Place {
            window,
            page_size: self.page_size,
            page_token: self
                .cursor
                .as_ref()
                .and_then(Cursor::page_token)
                .map(str::to_owned),
        });
        let call = self.inner.caller.call(&request);
        let Answered { value: page, .. } = Deadline::of(self.timeout)?.within(call).await?;
        let next = page
            .next_page_token()
            .map(|token| Cursor::page(self.cursor_of(), window, token.to_owned(), None));
        let arrays = [
            (EntryKind::Sent, page.messages),
            (EntryKind::Edited, page.edited_messages),
            (EntryKind::Deleted, page.deleted_messages),
        ];
        let entries = arrays
            .into_iter()
            .flat_map(|(kind, items)| {
                let session_id = question.session_id.clone();
                items
                    .into_iter()
                    .flatten()
                    .map(move |item| Entry::new(kind, session_id.clone(), item))
            })
            .collect();
        Ok(Page::new(entries, next))
    }

    /// Streams the pages of the range, oldest window first, each entry once.
    ///
    /// Nothing is sent before the stream is polled, and nothing after it is
    /// dropped. Tokens that expire between two polls are healed unseen. An
    /// entry whose content changes while the range is read comes again.
    ///
    /// # Errors
    /// An error is yielded once and ends the stream. Where a part of the range
    /// lies beyond what Zoom still has, all that can be had comes first and
    /// then [`ErrorKind::Incomplete`], which names the rest. Messages younger
    /// than two days may still appear in Zoom's report; ask for them again.
    pub fn pages(self) -> Pages {
        Pages(Paged::new(self.cursor.clone(), |mut out| async move {
            let ended = range_reader::read(self, &mut out).await;
            out.put(Told::Ended(ended.unwrap_or_else(Ended::early)))
                .await;
        }))
    }

    /// Streams the entries of the range, page by page; see [`pages`](Self::pages).
    ///
    /// # Errors
    /// As for [`pages`](Self::pages). An entry that does not fit its type is no
    /// error: its [`message`](Entry::message) is.
    pub fn entries(self) -> Entries {
        Entries(Flat::new(self.pages().0))
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_id("session id", &self.session_id)?;
        check_page_size(self.page_size, MAX_MESSAGES)?;
        self.options.check()?;
        match &self.cursor {
            Some(cursor) => cursor.check(self.cursor_of()),
            None => Ok(()),
        }
    }

    /// The question that its cursors belong to.
    pub(crate) fn cursor_of(&self) -> Question {
        Question::of_messages(&self.session_id, &self.options)
    }

    pub(crate) fn question(&self) -> MessagesOf {
        MessagesOf {
            session_id: self.session_id.clone(),
            options: Arc::new(self.options.clone()),
        }
    }
}
