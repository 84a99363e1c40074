//! The pages of one window, one after another, whatever happens between them.
//!
//! A chain follows page tokens, starts again when a token has expired, halves a
//! window whose tokens keep expiring, learns the account's edges from refusals
//! and echoes, and refuses to run in circles.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    Error, ErrorKind, Result,
    caller::{Answered, Request},
    client::Inner,
    reach::{Echo, Reach},
    requests::Place,
    window::Window,
};

/// What is asked for page by page: messages of a session, or sessions.
pub(crate) trait Question: Send + Sync {
    type Request: Request<Answer: Page>;

    /// The request for one place of the chain; the same at every page but for the place.
    fn at(&self, place: Place) -> Self::Request;
}

/// What a chain needs to know of a page.
pub(crate) trait Page: Send {
    /// The token of the next page; absent, null and empty mean that there is none.
    fn next_page_token(&self) -> Option<&str>;
    /// The dates as Zoom gives them back.
    fn echo(&self) -> (Option<NaiveDate>, Option<NaiveDate>);
}

/// The answer to a request of this question.
pub(crate) type PageOf<Q> = <<Q as Question>::Request as Request>::Answer;

/// The pages of one unit: a window, or the pieces into which it was split.
pub(crate) struct Chain<Q> {
    inner: Arc<Inner>,
    question: Q,
    page_size: u32,
    exact: bool,
    pieces: VecDeque<Window>,
    /// Edges that refusals suggest, for this chain only: what one session is refused for another
    /// reason must not narrow the reach of the others.
    edges: Reach,
    asking: Option<Window>,
    token: Option<String>,
    used_tokens: HashSet<String>,
    expiries: u32,
    gained: bool,
    piece: PieceRun,
    ended: Option<EndedPiece>,
    accepted: Option<Window>,
    first_answer: Option<Sighting>,
    restarts: u32,
    pages: u32,
}

/// What is known of the piece being read.
#[derive(Debug, Default)]
struct PieceRun {
    pages: u32,
    began: Option<DateTime<Utc>>,
    accepted: Option<Window>,
}

/// A piece that was read to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndedPiece {
    window: Window,
    /// How many pages it had.
    pub(crate) pages: u32,
    /// The server's time at its first page.
    pub(crate) began: DateTime<Utc>,
}

/// When and under which id Zoom first answered a unit.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) tracking_id: Option<String>,
}

impl<Q: Question> Chain<Q> {
    /// A chain over a window; `exact` asks as [`Edges::Exact`](crate::Edges) says.
    pub(crate) fn new(
        inner: Arc<Inner>,
        question: Q,
        window: Window,
        page_size: u32,
        exact: bool,
    ) -> Self {
        Self {
            inner,
            question,
            page_size,
            exact,
            pieces: VecDeque::from([window]),
            edges: Reach::default(),
            asking: None,
            token: None,
            used_tokens: HashSet::new(),
            expiries: 0,
            gained: true,
            piece: PieceRun::default(),
            ended: None,
            accepted: None,
            first_answer: None,
            restarts: 0,
            pages: 0,
        }
    }

    /// Goes on with a page token of an earlier run.
    pub(crate) fn resume(&mut self, token: Option<String>) {
        self.token = token;
    }

    /// The next page, or `None` once all pieces are answered.
    ///
    /// After an error the chain is over.
    pub(crate) async fn next(&mut self) -> Result<Option<PageOf<Q>>> {
        self.ended = None;
        while let Some(piece) = self.pieces.front().copied() {
            let Some(asked) = self.ask(piece) else {
                // Beyond an edge that was learned meanwhile.
                self.pass_over(piece);
                continue;
            };
            let request = self.question.at(Place {
                window: asked,
                page_size: self.page_size,
                page_token: self.token.clone(),
            });
            match self.inner.caller.call(&request).await {
                Ok(answered) => return self.answered(asked, answered).map(Some),
                Err(error) => self.failed(piece, asked, error)?,
            }
        }
        if self.accepted.is_none() {
            return Err(out_of_reach());
        }
        Ok(None)
    }

    /// Tells the chain whether its last page brought anything new: what its guard against endless restarts rests on.
    pub(crate) fn gained(&mut self, anything: bool) {
        self.gained |= anything;
    }

    /// The piece that the last page ended, if it did.
    pub(crate) fn ended(&self) -> Option<EndedPiece> {
        self.ended
    }

    /// Whether the last page was the first one of its piece.
    pub(crate) fn is_first_page(&self) -> bool {
        match self.ended {
            Some(ended) => ended.pages == 1,
            None => self.piece.pages == 1,
        }
    }

    /// Reads the piece that the last page ended once more; one that goes on is read on.
    pub(crate) fn read_again(&mut self) {
        if let Some(ended) = self.ended.take() {
            self.pieces.push_front(ended.window);
            self.begin_piece();
        }
    }

    /// Leaves the piece that is being read, which was read to its end before.
    pub(crate) fn leave_piece(&mut self) {
        if self.ended.is_none() {
            self.pieces.pop_front();
            self.begin_piece();
        }
    }

    /// The dates that Zoom answered, once it has.
    pub(crate) fn accepted(&self) -> Option<Window> {
        self.accepted
    }

    /// The first answer of the unit.
    pub(crate) fn first_answer(&self) -> Option<&Sighting> {
        self.first_answer.as_ref()
    }

    /// The question and page token of the next page, if the piece goes on.
    pub(crate) fn next_page(&self) -> Option<(Window, &str)> {
        self.asking.zip(self.token.as_deref())
    }

    /// Whether anything is left to be read.
    pub(crate) fn has_more(&self) -> bool {
        !self.pieces.is_empty()
    }

    pub(crate) fn restarts(&self) -> u32 {
        self.restarts
    }

    pub(crate) fn pages(&self) -> u32 {
        self.pages
    }

    /// The dates to send: a page token goes with exactly the dates it came for.
    fn ask(&mut self, piece: Window) -> Option<Window> {
        if self.asking.is_none() {
            let today = self.inner.caller.server_now().date_naive();
            self.asking = if self.exact && self.token.is_none() {
                let mut reach = self.inner.reach().clone();
                reach.learn(&self.edges);
                reach.clip(piece, today)
            } else {
                Some(piece)
            };
        }
        self.asking
    }

    fn answered(&mut self, asked: Window, answer: Answered<PageOf<Q>>) -> Result<PageOf<Q>> {
        let page = answer.value;
        let mut accepted = asked;
        if self.exact {
            let (from, to) = page.echo();
            let today = self.inner.caller.server_now().date_naive();
            let mut reach = self.inner.reach();
            match reach.echoed(asked, from, to, today) {
                Echo::Accepted(window) => accepted = window,
                Echo::Mismatch => return Err(mismatch(asked, from, to)),
            }
            // The narrower question was answered: the edge is the account's.
            reach.learn(&self.edges);
        }
        self.pages += 1;
        self.piece.pages += 1;
        let began = *self.piece.began.get_or_insert(answer.server_date);
        self.first_answer.get_or_insert(Sighting {
            as_of: answer.server_date,
            tracking_id: answer.tracking_id,
        });
        // Of several pages the narrowest answer counts.
        let of_piece = self.piece.accepted.get_or_insert(accepted);
        of_piece.from = of_piece.from.max(accepted.from);
        of_piece.to = of_piece.to.min(accepted.to);
        let of_piece = *of_piece;
        match page.next_page_token() {
            Some(token) => {
                if !self.used_tokens.insert(token.to_owned()) {
                    return Err(Error::new(
                        ErrorKind::PageTokenLoop,
                        format!("{asked}: the same page token came twice"),
                    )
                    .with_hint("Zoom's paging runs in a circle here; a later run may not"));
                }
                self.token = Some(token.to_owned());
            }
            None => {
                let pages = self.piece.pages;
                self.ended = self.pieces.pop_front().map(|window| EndedPiece {
                    window,
                    pages,
                    began,
                });
                // Pieces are read in order: the first one tells where the unit begins.
                let whole = self.accepted.get_or_insert(of_piece);
                whole.to = whole.to.max(of_piece.to);
                self.begin_piece();
            }
        }
        Ok(page)
    }

    /// Heals what can be healed, so that the loop goes on.
    fn failed(&mut self, piece: Window, asked: Window, error: Error) -> Result<()> {
        match error.kind() {
            ErrorKind::PageTokenExpired => self.restart(piece),
            ErrorKind::OutOfReach if self.exact && self.token.is_none() => {
                let today = self.inner.caller.server_now().date_naive();
                let mut reach = self.inner.reach().clone();
                reach.learn(&self.edges);
                // The server's date may have been learned by this very refusal.
                let is_news = reach.clip(piece, today) != Some(asked);
                if !is_news && !self.edges.refused(asked, today) {
                    // No edge explains it: Zoom refuses this question for a reason of its own.
                    return Err(error.into_kind(ErrorKind::Refused));
                }
                self.begin_piece();
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Leaves a piece that lies beyond an edge: below the floor there is nothing to be had any more,
    /// above the ceiling nothing yet.
    fn pass_over(&mut self, piece: Window) {
        self.pieces.pop_front();
        let now = self.inner.caller.server_now();
        let mut reach = self.inner.reach().clone();
        reach.learn(&self.edges);
        if piece.from <= reach.ceiling(now.date_naive()) {
            return;
        }
        self.accepted.get_or_insert(Window {
            from: piece.from,
            to: piece.from,
        });
        self.first_answer.get_or_insert(Sighting {
            as_of: now,
            tracking_id: None,
        });
    }

    /// Starts a piece again at its first page; halves it when that has happened before.
    fn restart(&mut self, piece: Window) -> Result<()> {
        self.restarts += 1;
        self.expiries += 1;
        self.inner.caller.counters().restart();
        let expiries = self.expiries;
        let gained = std::mem::take(&mut self.gained);
        self.begin_piece();
        if expiries >= 2 {
            if let Some(halves) = piece.halves() {
                self.pieces.pop_front();
                for half in halves.into_iter().rev() {
                    self.pieces.push_front(half);
                }
                self.gained = true;
                return Ok(());
            }
            if !gained {
                return Err(Error::new(
                    ErrorKind::NoProgress,
                    format!("{piece}: page tokens expire before anything new is read"),
                )
                .with_hint(
                    "a smaller share of the rate limit may be left than the plan says; try again later",
                ));
            }
        }
        self.expiries = expiries;
        Ok(())
    }

    fn begin_piece(&mut self) {
        self.asking = None;
        self.token = None;
        self.used_tokens.clear();
        self.expiries = 0;
        self.piece = PieceRun::default();
    }
}

fn mismatch(asked: Window, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Error {
    let shown = |date: Option<NaiveDate>| date.map_or("?".to_owned(), |date| date.to_string());
    Error::new(
        ErrorKind::EchoMismatch,
        format!(
            "{asked}: Zoom answered for {}..{} instead",
            shown(from),
            shown(to)
        ),
    )
    .with_hint("the account may allow shorter ranges; set a smaller number of days for a window")
}

pub(crate) fn out_of_reach() -> Error {
    Error::new(
        ErrorKind::OutOfReach,
        "the range lies wholly outside what Zoom answers",
    )
    .with_hint("Zoom keeps about six months of chat reports, up to today")
}
