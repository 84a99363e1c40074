//! What a window is read through: where its pages come from, and where they go.

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

/// What is read page by page: the messages of a session, or the list of sessions.
pub(crate) trait Source: Send {
    type Request: Request<Answer: Page> + Clone + 'static;
    type Item: Send;
    /// Whether items vanish, and their deletions tell of it.
    const ITEMS_VANISH: bool;
    /// What is asked: each has edges that are its own.
    const KIND: Kind;

    /// Names the source among those of its kind.
    fn name(&self) -> &Arc<str>;

    /// The request for one place; the same on every page but for the place.
    fn at(&self, place: Place) -> Self::Request;

    /// A reading of a piece begins, at its first page or in its middle.
    fn begin(&mut self, manner: Manner);

    /// The reading that began last came to the end of its piece.
    fn is_whole(&mut self);

    /// Takes a page apart.
    fn take(&mut self, page: <Self::Request as Request>::Answer) -> Taken<Self::Item>;

    /// Whether the last two whole readings of a piece agree; messages that were sent later than `settled` may be new.
    fn agrees(&self, settled: DateTime<Utc>) -> bool;
}

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    List,
    Messages,
}

/// What a reading is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// For the first time.
    First,
    /// Goes on in the middle of a piece.
    Resumed,
    /// Of pages that were read before.
    Again,
    /// Of the first page alone, once more.
    Check,
}

/// What a page holds that was not seen before.
#[derive(Debug)]
pub(crate) struct Taken<T> {
    pub(crate) items: Vec<T>,
    /// Whether it held anything new, also what is not given out.
    pub(crate) gained: bool,
    /// Tells pages of other items apart; 0 for a page without items.
    pub(crate) digest: u64,
    /// Tells what the page holds apart from others, also in another process.
    pub(crate) stable_digest: u64,
    /// Items of the first page that are not on it any more, beyond those that new ones pushed off.
    pub(crate) lacking: usize,
    /// Deletions that were not known, and when they happened.
    pub(crate) deletions: Vec<Option<DateTime<Utc>>>,
}

/// What reading needs to know of a page.
pub(crate) trait Page: Send {
    /// The token of the next page; absent, null and empty mean that there is none.
    fn next_page_token(&self) -> Option<&str>;
    /// The dates as Zoom gives them back.
    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>);
}

/// How a window is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) page_size: u32,
    /// Whether edges may be learned and messages that vanish are looked for; otherwise the window
    /// is taken as Zoom gives it.
    pub(crate) exact: bool,
    /// Whether a window of several pages is read until two readings agree.
    pub(crate) confirm: bool,
}

/// Where the memory for pages comes from; nothing where only one is held at a time.
pub(crate) type PageMemory = Option<Arc<Memory>>;

/// A page that is given out.
#[derive(Debug)]
pub(crate) struct Given<T> {
    pub(crate) items: Vec<T>,
    /// The memory that they take, where that is bounded.
    pub(crate) memory: Option<Arc<Reserved>>,
    pub(crate) next: Next,
}

/// Where the page after this one is.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// At this token of this window.
    Token(Window, String, FirstPage),
    /// In the window, which has to be read from its start.
    Again,
    /// After the window, which came to this.
    Over(Box<Reading>),
}

/// Takes pages; the reading goes on when it has.
pub(crate) trait Out<T>: Send {
    /// False when the page is not wanted any more.
    fn put(&mut self, page: Given<T>) -> impl Future<Output = bool> + Send;
}

/// Why reading a window ended early.
#[derive(Debug)]
pub(crate) enum Halt {
    Error(Error),
    /// Its pages are not wanted any more.
    Dropped,
}

impl Halt {
    /// The error of a reading that goes no further, if there is one.
    pub(crate) fn error_of(reading: Result<(), Self>) -> Result<Option<Error>, Self> {
        match reading {
            Ok(()) => Ok(None),
            Err(Self::Error(error)) => Ok(Some(error)),
            Err(halt) => Err(halt),
        }
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What reading a window came to.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The dates that Zoom answered; equal ones where it answers none of them yet.
    pub(crate) accepted: Window,
    /// When the first answer was given.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) tracking_id: Option<String>,
    /// Whether the account shows its floor.
    pub(crate) floor_shown: bool,
    /// The first date that every reading of "six months" holds.
    pub(crate) sure_day: NaiveDate,
    /// Pages read, repeated ones included.
    pub(crate) pages: u32,
    pub(crate) restarts: u32,
    pub(crate) rereads: u32,
    /// Whether nothing vanished in the last reading.
    pub(crate) settled: bool,
    /// Whether all was read on one page, or twice with two readings that agree.
    pub(crate) confirmed: bool,
}

impl Reading {
    /// What it says of the unit that was read.
    pub(crate) fn answered(&self, unit: &Unit) -> AnsweredWindow {
        AnsweredWindow {
            // Where the floor is hidden, by the later of the two clocks.
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
