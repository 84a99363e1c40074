//! Streams of pages and of their items; each has a cursor and, at its end, a report of what is missing.

mod collected;
mod report;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use futures::{Stream, StreamExt as _, stream::BoxStream};

use crate::{
    Cursor, Entry, Error, Result, Session,
    model::cursor::{Page, SessionsPage},
    reading::{
        source::Halt,
        stream::{Emit, stream_of},
    },
};

pub use collected::Collected;
pub use report::Report;

/// A message of a reading to its stream.
pub(crate) enum Told<P> {
    Page(P),
    /// The last message: the report of the reading, if it began, and the error that comes last.
    Ended(Option<Report>, Option<Error>),
}

impl<P> Told<P> {
    pub(crate) fn ended(reading: Result<Report, Halt>) -> Self {
        let (report, error) = match reading {
            Ok(report) => (Some(report), None),
            Err(Halt::Error(error)) => (None, Some(error)),
            Err(Halt::Dropped) => (None, None),
        };
        let error = error.or_else(|| report.as_ref()?.error.clone());
        Self::Ended(report, error)
    }
}

/// A page whose items can be given out one by one.
pub(crate) trait Items {
    type Item: Unpin;
    fn next(&self) -> Option<&Cursor>;
    fn into_items(self) -> Vec<Self::Item>;
}

impl Items for Page {
    type Item = Entry;

    fn next(&self) -> Option<&Cursor> {
        Page::next(self)
    }

    fn into_items(self) -> Vec<Entry> {
        self.into_entries()
    }
}

impl Items for SessionsPage {
    type Item = Session;

    fn next(&self) -> Option<&Cursor> {
        SessionsPage::next(self)
    }

    fn into_items(self) -> Vec<Session> {
        self.into_sessions()
    }
}

/// Streams pages.
pub(crate) struct Paged<P> {
    told: BoxStream<'static, Told<P>>,
    cursor: Option<Cursor>,
    report: Option<Report>,
}

impl<P: Items + Send + 'static> Paged<P> {
    pub(crate) fn new<F>(
        begin: Option<Cursor>,
        read: impl FnOnce(Emit<Told<P>>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            told: stream_of(read).boxed(),
            cursor: begin,
            report: None,
        }
    }

    fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<P>>> {
        match ready!(self.told.poll_next_unpin(context)) {
            Some(Told::Page(page)) => {
                self.cursor = page.next().cloned();
                Poll::Ready(Some(Ok(page)))
            }
            Some(Told::Ended(report, error)) => {
                self.report = report;
                Poll::Ready(error.map(Err))
            }
            None => Poll::Ready(None),
        }
    }
}

/// Streams the items of pages, one by one.
pub(crate) struct Flat<P: Items> {
    pages: Paged<P>,
    ready: vec::IntoIter<P::Item>,
    cursor: Option<Cursor>,
}

impl<P: Items + Send + 'static> Flat<P> {
    pub(crate) fn new(pages: Paged<P>) -> Self {
        Self {
            cursor: pages.cursor.clone(),
            pages,
            ready: Vec::new().into_iter(),
        }
    }

    fn report(&self) -> Option<&Report> {
        self.pages.report()
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<P::Item>>> {
        loop {
            if let Some(item) = self.ready.next() {
                if self.ready.len() == 0 {
                    self.cursor = self.pages.cursor.clone();
                }
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_page(context)) {
                Some(Ok(page)) => {
                    self.ready = page.into_items().into_iter();
                    if self.ready.len() == 0 {
                        self.cursor = self.pages.cursor.clone();
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Makes a named stream over one of the two.
macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $poll:ident, $item:ty) => {
        $(#[$doc])*
        #[must_use = "streams do nothing unless polled"]
        pub struct $name(pub(crate) $inner);

        impl Stream for $name {
            type Item = Result<$item>;

            fn poll_next(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                self.0.$poll(context)
            }
        }

        impl $name {
            /// Where to continue after the items taken so far, so that none is skipped; `None` until all of the
            /// first page was taken, and once everything was read.
            ///
            /// Store it (it implements serde's traits) for `resume` on a request with the same session and options;
            /// other requests refuse it. Items of the page that it names may repeat.
            #[must_use]
            pub fn cursor(&self) -> Option<&Cursor> {
                self.0.cursor.as_ref()
            }

            /// How far the range was read, and what is missing; `None` before the stream has ended, and if it could
            /// not begin.
            #[must_use]
            pub fn report(&self) -> Option<&Report> {
                self.0.report()
            }

            /// Reads to the end, and returns the items that were not taken yet, with the report of the whole stream.
            ///
            /// # Errors
            /// When no request could be sent: a bad argument, no token, a range wholly out of reach. An error that
            /// Zoom answers is in the [report](Report::error), beside the items that came before it; this includes a
            /// session that does not exist.
            pub async fn collect_all(mut self) -> Result<Collected<$item>> {
                let mut items = Vec::new();
                let mut last = None;
                while let Some(item) = self.next().await {
                    match item {
                        Ok(item) => items.push(item),
                        Err(error) => last = Some(error),
                    }
                }
                Collected::new(items, self.report().cloned(), last)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("cursor", &self.cursor())
                    .finish_non_exhaustive()
            }
        }
    };
}

stream! {
    /// The pages of a session's messages; see [`Messages::pages`](crate::messages::Messages::pages).
    Pages, Paged<Page>, poll_page, Page
}

stream! {
    /// A session's messages; see [`Messages::entries`](crate::messages::Messages::entries).
    Entries, Flat<Page>, poll_item, Entry
}

stream! {
    /// The pages of the list of sessions; see [`Sessions::pages`](crate::sessions::Sessions::pages).
    SessionPages, Paged<SessionsPage>, poll_page, SessionsPage
}

stream! {
    /// The sessions of an account; see [`Sessions::entries`](crate::sessions::Sessions::entries).
    SessionEntries, Flat<SessionsPage>, poll_item, Session
}
