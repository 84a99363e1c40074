//! Requests for the messages of one session.

use std::{sync::Arc, time::Duration};

use crate::{
    Cursor, DateRange, Edges, Entry, Options, Result,
    model::{cursor::Question, options::option_setters},
    reading::{
        clean::{MessagesOf, items},
        shared::Inner,
        source::PageBody as _,
    },
    setters::setters,
    transport::{
        operations::{MAX_MESSAGES, Place, check_id, check_page_size, single_window},
        request::Answered,
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

    setters! {
        /// Messages on a page, 1 to 100; default 100.
        page_size: u32;

        /// How the range's dates are asked for; default exact by UTC time.
        edges: Edges;

        /// Reads windows of several pages until two readings agree, which doubles their requests.
        ///
        /// A message that vanishes between two pages without being listed as deleted, for instance by
        /// retention, can move another one to a page that was already read. One reading cannot show that.
        confirm: bool;

        /// The time that the whole reading may take, over all its requests; default no limit.
        ///
        /// It starts with the first poll, and passes even while the stream is not polled. When it is over, the stream
        /// ends with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout); what came is given, and the [report](crate::Report) names the rest as
        /// [not read](crate::GapReason::Unread). Before the first request there is no report, only the error. If the
        /// dates are asked for [as reported](Edges::AsReported), nothing is claimed, so nothing is named.
        timeout: Duration;

        /// Continues where an earlier page ended; entries may repeat, but none is skipped.
        resume: Cursor => cursor;
    }

    /// Sends one request with the range's dates unchanged, and returns its page unchanged.
    ///
    /// It is retried like any other request, but nothing is split, dropped or cut.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the range is longer than one window
    /// (28 days unless the client sets another length), or the session id or the
    /// page size cannot be sent; otherwise the error that Zoom's answer stands for.
    pub async fn send(self) -> Result<Page> {
        self.check()?;
        let cursor = self.cursor.as_ref();
        let window = single_window(cursor, &self.range, self.inner.window_days)?;
        let question = self.question();
        let request = question.at(Place {
            window,
            page_size: self.page_size,
            page_token: cursor.and_then(Cursor::page_token).map(str::to_owned),
        });
        let call = self.inner.caller.call(&request);
        let Answered { value: page, .. } = Deadline::of(self.timeout)?.within(call).await?;
        let next = page
            .next_page_token()
            .map(|token| Cursor::page(self.cursor_of(), window, token.to_owned(), None));
        let id = &question.session_id;
        let entries = items(page).map(|(kind, item)| Entry::new(kind, id.clone(), item));
        Ok(Page::new(entries.collect(), next))
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_id("session id", &self.session_id)?;
        check_page_size(self.page_size, MAX_MESSAGES)?;
        self.options.check()?;
        self.cursor
            .iter()
            .try_for_each(|cursor| cursor.check(self.cursor_of()))
    }

    /// The question that cursors of this request belong to.
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
