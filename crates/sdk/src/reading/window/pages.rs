//! One reading of a piece: reads its pages in order, and detects whether anything vanished meanwhile.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::{Held, PieceReading, Reader};
use crate::{
    Error, ErrorKind, Result,
    dates::window::Window,
    model::cursor::{FirstPage, Resume},
    reading::source::{Halt, Manner, Next, Out, PageBody as _, Source, Taken},
    transport::memory::Room,
};

/// A deletion may have disturbed the reading even if its time is up to this much earlier.
const DISTURBANCE: TimeDelta = TimeDelta::hours(1);
/// The most pages of one reading: ten million messages of a session in a month.
const MOST_PAGES: u32 = 100_000;
/// After this many pages in a row without anything new, paging counts as endless.
const STALE_PAGES: u32 = 100;

/// The progress of one reading of a piece.
struct Pass {
    manner: Manner,
    first: FirstPage,
    pages: u32,
    /// Pages in a row that held nothing new.
    stale: u32,
    /// Whether a deletion shows that items may have moved from one page to another.
    disturbed: bool,
    tokens: HashSet<String>,
    digests: HashSet<u64>,
}

impl Pass {
    fn new(manner: Manner, first: FirstPage) -> Self {
        Self {
            manner,
            first,
            pages: 0,
            stale: 0,
            disturbed: false,
            tokens: HashSet::new(),
            digests: HashSet::new(),
        }
    }

    fn note<T>(&mut self, page: &Taken<T>) {
        self.pages += 1;
        let repeats = page.digest == 0 || !self.digests.insert(page.digest);
        let no_news = self.manner == Manner::First && !page.gained;
        self.stale = if repeats || no_news {
            self.stale + 1
        } else {
            0
        };
        let is_first = self.pages == 1 && self.manner != Manner::Resumed;
        if is_first {
            self.first.held = page.stable_digest;
        }
        // An older deletion on the first page happened before the other pages were read.
        // One that is only on a later page can be of any time, whatever it says.
        let began = self.first.began - DISTURBANCE;
        self.disturbed |= page
            .deletions
            .iter()
            .any(|at| !is_first || at.is_some_and(|at| at >= began));
    }

    /// Fails if this token was seen before, or if paging seems endless.
    fn follow(&mut self, token: &str, asked: Window) -> Result<()> {
        if !self.tokens.insert(token.to_owned()) {
            return Err(token_loop(asked));
        }
        if self.stale >= STALE_PAGES || self.pages >= MOST_PAGES {
            return Err(endless(asked, self.pages));
        }
        Ok(())
    }

    fn has_several_pages(&self) -> bool {
        self.pages > 1 || self.manner == Manner::Resumed
    }
}

impl<S: Source, O: Out<S::Item>> Reader<'_, S, O> {
    /// Reads a piece from its first page, or from a token, to its last page.
    pub(super) async fn read_once(
        &mut self,
        piece: Window,
        resume: Option<Resume>,
        manner: Manner,
        accepted: &mut Option<Window>,
    ) -> Result<PieceReading<S::Item>, Halt> {
        let resumed = resume.as_ref().and_then(|resume| resume.first);
        let opened = match resume {
            Some(resume) => self
                .next_page(piece, resume.token)
                .await?
                .ok_or(PieceReading::Expired),
            None => self
                .first_page(piece, self.room())
                .await?
                .ok_or(PieceReading::BeyondReach),
        };
        let mut page = match opened {
            Ok(page) => page,
            Err(ended) => return Ok(ended),
        };
        let began = self.seen(&page);
        let mut pass = Pass::new(manner, resumed.unwrap_or(FirstPage { began, held: 0 }));
        let last = loop {
            self.pages += 1;
            self.seen(&page);
            self.accept(&page, accepted)?;
            let asked = page.window;
            let next = page.answered.value.next_page_token().map(str::to_owned);
            let memory = page.answered.memory;
            let taken = self.source.take(page.answered.value);
            self.gained |= taken.gained;
            pass.note(&taken);
            // A page that is read again is given out only if it has new items.
            let is_given = manner != Manner::Again || !taken.items.is_empty();
            let held = is_given.then_some(Held {
                items: taken.items,
                memory,
            });
            let Some(token) = next else { break held };
            pass.follow(&token, asked)?;
            let place = if piece == self.window {
                Next::Token(asked, token.clone(), pass.first)
            } else {
                Next::Again
            };
            self.put(held, place).await?;
            page = match self.next_page(asked, token).await? {
                Some(page) => page,
                None => return Ok(PieceReading::Expired),
            };
        };
        self.source.is_whole();
        let before = (manner == Manner::Resumed).then_some(resumed);
        self.end_of_pass(pass, piece, before, accepted, last).await
    }

    /// After the last page: decides whether the reading is whole, or messages vanished meanwhile.
    async fn end_of_pass(
        &mut self,
        mut pass: Pass,
        piece: Window,
        before: Option<Option<FirstPage>>,
        accepted: &mut Option<Window>,
        mut last: Option<Held<S::Item>>,
    ) -> Result<PieceReading<S::Item>, Halt> {
        if !self.how.exact || !S::ITEMS_VANISH || !pass.has_several_pages() {
            return Ok(PieceReading::Whole { pages: 1, last });
        }
        if !pass.disturbed && !self.how.confirm {
            pass.disturbed = self
                .vanished_meanwhile(piece, accepted, before, &mut last)
                .await?;
        }
        if pass.disturbed {
            self.put(last, Next::Again).await?;
            return Ok(PieceReading::Disturbed);
        }
        let pages = pass.pages.max(2);
        Ok(PieceReading::Whole { pages, last })
    }

    /// Reads the first page once more: all deletions may be on it, and those made since it was first
    /// read have moved messages from one page to another.
    ///
    /// If another run read it first, `before` is that run's record of it. New items are given out
    /// with the last page, so that no cursor leads back.
    async fn vanished_meanwhile(
        &mut self,
        piece: Window,
        accepted: &mut Option<Window>,
        before: Option<Option<FirstPage>>,
        last: &mut Option<Held<S::Item>>,
    ) -> Result<bool, Halt> {
        let held = last.as_ref().and_then(|last| last.memory.clone());
        let memory = self.memory.clone();
        let room = memory.map(|memory| Room::Beside(memory, held));
        let Some(page) = self.first_page(piece, room).await? else {
            return Ok(true);
        };
        self.pages += 1;
        self.accept(&page, accepted)?;
        self.source.begin(Manner::Check);
        let memory = page.answered.memory;
        let taken = self.source.take(page.answered.value);
        self.gained |= taken.gained;
        if !taken.items.is_empty() {
            let last = last.get_or_insert_with(|| Held {
                items: Vec::new(),
                memory,
            });
            last.items.extend(taken.items);
        }
        Ok(match before {
            None => !taken.deletions.is_empty() || taken.lacking > 0,
            Some(first) => first.is_none_or(|first| first.held != taken.stable_digest),
        })
    }
}

fn token_loop(asked: Window) -> Error {
    Error::new(
        ErrorKind::PageTokenLoop,
        format!("{asked}: the same page token came twice"),
    )
    .with_hint("Zoom's paging repeats itself here; try again later")
}

fn endless(asked: Window, pages: u32) -> Error {
    let why = if pages >= MOST_PAGES {
        format!("no end after {pages} pages")
    } else {
        format!("{STALE_PAGES} pages in a row held nothing new")
    };
    Error::new(ErrorKind::NoProgress, format!("{asked}: {why}"))
        .with_hint("Zoom's paging does not end here; try again later")
}
