//! Traits of reading: the source of a window's pages, and their destination.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::plan::Unit;
use crate::{
    Error,
    dates::{AnsweredWindow, window::Window},
    model::cursor::FirstPage,
    transport::{
        memory::{Memory, Reserved},
        operations::Place,
        request::Request,
    },
};

/// A source that is read page by page: the messages of a session, or the list of sessions.
pub(crate) trait Source: Send {
    type Request: Request<Answer: PageBody> + Clone + 'static;
    type Item: Send;
    /// Whether items vanish, and deletions show it.
    const ITEMS_VANISH: bool;
    /// The kind of source; each kind has separate edges.
    const KIND: Kind;

    /// Names the source among those of its kind.
    fn name(&self) -> &Arc<str>;

    /// The request for one place; pages differ only in the place.
    fn at(&self, place: Place) -> Self::Request;

    /// Notes that a reading of a piece begins, at its first page or in its middle.
    fn begin(&mut self, manner: Manner);

    /// Notes that the reading that began last reached the end of its piece.
    fn is_whole(&mut self);

    /// Cleans a page, and returns what is new on it.
    fn take(&mut self, page: <Self::Request as Request>::Answer) -> Taken<Self::Item>;

    /// Whether the last two whole readings of a piece agree; messages sent later than `settled` may be new.
    fn agrees(&self, settled: DateTime<Utc>) -> bool;
}

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    List,
    Messages,
}

/// The purpose of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The first reading.
    First,
    /// Continues in the middle of a piece.
    Resumed,
    /// Reads pages again.
    Again,
    /// Reads only the first page again.
    Check,
}

/// The new items of a page.
#[derive(Debug)]
pub(crate) struct Taken<T> {
    pub(crate) items: Vec<T>,
    /// Whether the page held anything new, even if it is not given out.
    pub(crate) gained: bool,
    /// A digest of the page's items; 0 for a page without items.
    pub(crate) digest: u64,
    /// A digest of the page's content, identical in every process.
    pub(crate) stable_digest: u64,
    /// How many items left the first page without being pushed off by new ones.
    pub(crate) lacking: usize,
    /// When the deletions that were not known before happened.
    pub(crate) deletions: Vec<Option<DateTime<Utc>>>,
}

/// The properties of a page that reading needs.
pub(crate) trait PageBody: Send {
    /// The token of the next page; absent, null and empty mean that there is no next page.
    fn next_page_token(&self) -> Option<&str>;
    /// The dates that Zoom echoes.
    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>);
}

/// How a window is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) page_size: u32,
    /// Whether to learn edges and to detect messages that vanish; otherwise the window is taken as
    /// Zoom gives it.
    pub(crate) exact: bool,
    /// Whether a window of several pages is read until two readings agree.
    pub(crate) confirm: bool,
}

/// The bounded memory for pages; `None` if only one page is held at a time.
pub(crate) type PageMemory = Option<Arc<Memory>>;

/// A page to be given out.
#[derive(Debug)]
pub(crate) struct Given<T> {
    pub(crate) items: Vec<T>,
    /// The memory of the items, if it is bounded.
    pub(crate) memory: Option<Arc<Reserved>>,
    pub(crate) next: Next,
}

/// Where the next page is.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// At this token of this window.
    Token(Window, String, FirstPage),
    /// In the window, which must be read from its start.
    Again,
    /// After the window; this is its result.
    Over(Box<Reading>),
}

/// A destination of pages; the reading continues once it has taken one.
pub(crate) trait Out<T>: Send {
    /// Takes a page; fails if pages are no longer wanted.
    fn put(&mut self, page: Given<T>) -> impl Future<Output = Result<(), Halt>> + Send;
}

/// Why reading a window ended early.
#[derive(Debug)]
pub(crate) enum Halt {
    Error(Error),
    /// Its pages are no longer wanted.
    Dropped,
}

impl Halt {
    /// What a reading gave, or the error that ended it; fails if it is no longer wanted.
    pub(crate) fn wanted<T>(reading: Result<T, Self>) -> Result<Result<T, Error>, Self> {
        match reading {
            Ok(read) => Ok(Ok(read)),
            Err(Self::Error(error)) => Ok(Err(error)),
            Err(Self::Dropped) => Err(Self::Dropped),
        }
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The result of reading a window.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The dates that Zoom answered; two equal dates if it answers none yet.
    pub(crate) accepted: Window,
    /// When the first answer was given.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) tracking_id: Option<String>,
    /// Whether the account shows its floor.
    pub(crate) floor_shown: bool,
    /// The first date that every interpretation of "six months" includes.
    pub(crate) sure_day: NaiveDate,
    /// Pages read, repeated ones included.
    pub(crate) pages: u32,
    pub(crate) restarts: u32,
    pub(crate) rereads: u32,
    /// Whether nothing vanished in the last reading.
    pub(crate) settled: bool,
    /// Whether one page held everything, or two readings agree.
    pub(crate) confirmed: bool,
}

impl Reading {
    /// The answered window of the unit that was read.
    pub(crate) fn answered(&self, unit: &Unit) -> AnsweredWindow {
        AnsweredWindow {
            // If the floor is hidden, the later of the two clocks counts.
            from: if self.floor_shown {
                self.accepted.from
            } else {
                self.accepted.from.max(self.sure_day.min(self.accepted.to))
            },
            to: self.accepted.to,
            as_of: self.as_of,
            floor_shown: self.floor_shown,
            kept: unit.keep,
        }
    }
}
