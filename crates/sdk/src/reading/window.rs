//! Reads one window: pages, page tokens, restarts, edges.
//!
//! Whatever happens between two pages, a window ends either with everything that Zoom answered for its
//! dates, or with an error. Only an answer ends a window.

mod asking;
mod pages;

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    run::Run,
    source::{Given, Halt, How, Manner, Next, Out, PageMemory, Reading, Source},
};
use crate::{
    Error, ErrorKind, Result,
    dates::{
        horizon::{Horizon, sure_day},
        window::Window,
    },
    model::cursor::Resume,
    transport::{
        memory::Reserved,
        request::{Answered, Request},
    },
};

/// How often a window is read again because messages vanished while it was read.
const REREADS: u32 = 3;
/// How often a window is read at most, until two readings agree.
const READINGS: u32 = 6;
/// How often a piece that cannot be split is read again from its start, at most.
const RESTARTS: u32 = 20;

/// Reads a window completely.
pub(crate) async fn read_window<S: Source>(
    run: &Run,
    source: &mut S,
    how: How,
    window: Window,
    resume: Option<Resume>,
    memory: PageMemory,
    out: &mut impl Out<S::Item>,
) -> Result<Reading, Halt> {
    let mut reader = Reader {
        run,
        source,
        how,
        window,
        memory,
        out,
        found: Horizon::default(),
        refused: HashSet::new(),
        first: None,
        accepted: None,
        pages: 0,
        restarts: 0,
        rereads: 0,
        settled: true,
        confirmed: true,
        gained: true,
    };
    let mut todo = vec![window];
    let mut resume = resume;
    while let Some(piece) = todo.pop() {
        let is_last = todo.is_empty();
        if let Some([first, second]) = reader.piece(piece, is_last, resume.take()).await? {
            todo.extend([second, first]);
        }
    }
    Ok(reader.reading())
}

/// How one reading of a piece ended.
enum PieceReading<T> {
    Whole {
        pages: u32,
        /// The last page, which was not given out yet.
        last: Option<Held<T>>,
    },
    /// Its page token expired.
    Expired,
    /// Messages vanished meanwhile.
    Disturbed,
    /// The piece is beyond an edge that other answers have shown.
    BeyondReach,
}

/// The items of a page that was not given out yet.
struct Held<T> {
    items: Vec<T>,
    memory: Option<Arc<Reserved>>,
}

/// The first answer of a window.
struct First {
    as_of: DateTime<Utc>,
    tracking_id: Option<String>,
}

struct Reader<'a, S: Source, O> {
    run: &'a Run,
    source: &'a mut S,
    how: How,
    window: Window,
    memory: PageMemory,
    out: &'a mut O,
    /// Edges that refusals of this window suggest. They count for others only once the narrower
    /// question was answered: a refusal for one session's own reason must not narrow the reach of
    /// all.
    found: Horizon,
    /// Dates that were refused once.
    refused: HashSet<Window>,
    first: Option<First>,
    /// The dates that were answered, over all pieces.
    accepted: Option<Window>,
    pages: u32,
    restarts: u32,
    rereads: u32,
    settled: bool,
    confirmed: bool,
    /// Whether anything new came since the last restart.
    gained: bool,
}

type AnswerOf<S> = <<S as Source>::Request as Request>::Answer;

/// A page, and the dates that it was requested for.
struct AskedPage<T> {
    window: Window,
    answered: Answered<T>,
}

impl<S: Source, O: Out<S::Item>> Reader<'_, S, O> {
    /// Reads a piece until it is whole. If its page tokens expire too soon, returns the two halves to read
    /// instead.
    async fn piece(
        &mut self,
        piece: Window,
        is_last: bool,
        mut resume: Option<Resume>,
    ) -> Result<Option<[Window; 2]>, Halt> {
        let (mut expiries, mut rereads, mut readings) = (0, 0, 0);
        let mut accepted = None;
        let last = loop {
            readings += 1;
            let manner = match (&resume, readings) {
                (Some(_), _) => Manner::Resumed,
                (None, 1) if self.restarts == 0 => Manner::First,
                _ => Manner::Again,
            };
            self.source.begin(manner);
            let once = self
                .read_once(piece, resume.take(), manner, &mut accepted)
                .await?;
            match once {
                PieceReading::BeyondReach => return Ok(None),
                PieceReading::Whole { pages, last } if self.is_enough(pages, readings) => {
                    break last;
                }
                PieceReading::Whole { last, .. } => self.put(last, Next::Again).await?,
                PieceReading::Disturbed if rereads == REREADS => {
                    self.settled = false;
                    break None;
                }
                PieceReading::Disturbed => {
                    rereads += 1;
                    self.rereads += 1;
                }
                PieceReading::Expired => {
                    expiries += 1;
                    if let Some(halves) = self.expired(piece, expiries)? {
                        return Ok(Some(halves));
                    }
                }
            }
        };
        let dates = accepted.unwrap_or(piece);
        self.accepted = Some(self.accepted.map_or(dates, |before| {
            Window::new(before.from.min(dates.from), before.to.max(dates.to))
        }));
        // In a window that was split, only its start is a safe place.
        let next = if is_last {
            Next::Over(Box::new(self.reading()))
        } else {
            Next::Again
        };
        self.put(last, next).await?;
        Ok(None)
    }

    /// Whether a whole reading needs no other reading to confirm it.
    fn is_enough(&mut self, pages: u32, readings: u32) -> bool {
        if pages == 1 {
            return true;
        }
        let settled = self.as_of() - crate::dates::SETTLED_AFTER;
        if self.how.confirm && self.source.agrees(settled) {
            return true;
        }
        if self.how.confirm && readings < READINGS {
            return false;
        }
        self.confirmed = false;
        // Two readings that agree were asked for, and there are none.
        self.settled &= !self.how.confirm;
        true
    }

    /// After a page token expired: reads the piece again, the second time in halves.
    fn expired(&mut self, piece: Window, expiries: u32) -> Result<Option<[Window; 2]>> {
        self.restarts += 1;
        self.run.inner.caller.counters().restart();
        let gained = std::mem::take(&mut self.gained);
        if expiries < 2 {
            return Ok(None);
        }
        if let Some(halves) = piece.halves() {
            self.gained = true;
            return Ok(Some(halves));
        }
        if gained && expiries < RESTARTS {
            return Ok(None);
        }
        Err(Error::new(
            ErrorKind::NoProgress,
            format!("{piece}: page tokens expire before anything new is read"),
        )
        .with_hint("less of the rate limit may be left than the plan allows; try again later"))
    }

    async fn put(&mut self, page: Option<Held<S::Item>>, next: Next) -> Result<(), Halt> {
        let (items, memory) = match (page, &next) {
            (Some(page), _) => (page.items, page.memory),
            // Even if the last page gives nothing new, the end of the window is reported.
            (None, Next::Over(_)) => (Vec::new(), None),
            (None, _) => return Ok(()),
        };
        self.out
            .put(Given {
                items,
                memory,
                next,
            })
            .await
    }

    /// The result of the window.
    fn reading(&self) -> Reading {
        // If other answers have shown that Zoom no longer or not yet answers these dates,
        // nothing is claimed: a window of one date proves nothing.
        let accepted = self
            .accepted
            .unwrap_or(Window::new(self.window.from, self.window.from));
        let first = self.first.as_ref();
        Reading {
            accepted,
            as_of: self.as_of(),
            tracking_id: first.and_then(|first| first.tracking_id.clone()),
            floor_shown: self.run.horizon(S::KIND).shows_floor(),
            sure_day: sure_day(self.run.today().latest),
            pages: self.pages,
            restarts: self.restarts,
            rereads: self.rereads,
            settled: self.settled,
            confirmed: self.confirmed,
        }
    }
}

pub(crate) fn out_of_reach() -> Error {
    Error::new(
        ErrorKind::OutOfReach,
        "Zoom answers for no day of the range",
    )
    .with_hint("Zoom keeps about six months of chat reports, up to today")
}
