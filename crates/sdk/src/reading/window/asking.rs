//! Requests of pages, and the edges that their answers show.

use chrono::{DateTime, NaiveDate, Utc};

use super::{AnswerOf, AskedPage, First, Reader};
use crate::{
    Error, ErrorKind, Result,
    dates::{
        horizon::{DatesAnswer, Horizon},
        window::Window,
    },
    reading::source::{Out, PageBody, Source},
    transport::{memory::Room, operations::Place},
};

impl<S: Source, O: Out<S::Item>> Reader<'_, S, O> {
    /// The first page. Each refusal that an edge explains narrows the dates. `None` if the piece is beyond
    /// an edge.
    pub(super) async fn first_page(
        &mut self,
        piece: Window,
        room: Option<Room>,
    ) -> Result<Option<AskedPage<AnswerOf<S>>>> {
        loop {
            let known = || self.run.horizon_of(S::KIND, self.source.name());
            let horizon = || known().narrowed_by(self.found);
            let today = self.run.today();
            let window = if self.how.exact {
                match horizon().clip(piece, today) {
                    Some(window) => window,
                    None => return Ok(None),
                }
            } else {
                piece
            };
            let error = match self.ask(window, None, room.as_ref()).await {
                Ok(page) => return Ok(Some(page)),
                Err(error) => error,
            };
            if error.kind() != ErrorKind::OutOfReach || !self.how.exact {
                return Err(error);
            }
            if horizon().clip(piece, today) != Some(window) {
                // Another window has learned an edge meanwhile.
                continue;
            }
            let refused = Horizon::default().observe(window, DatesAnswer::Refusal, today);
            match refused {
                // One refusal may be temporary: the same dates are asked for once more.
                Some(_) if self.refused.insert(window) => {}
                Some((edge, _)) => self.found = self.found.narrowed_by(edge),
                // No edge explains it: Zoom refuses this question for another reason.
                None => return Err(error.into_kind(ErrorKind::Refused)),
            }
        }
    }

    /// The page at a token; `None` when the token has expired.
    pub(super) async fn next_page(
        &mut self,
        window: Window,
        token: String,
    ) -> Result<Option<AskedPage<AnswerOf<S>>>> {
        let room = self.room();
        match self.ask(window, Some(token), room.as_ref()).await {
            Ok(page) => Ok(Some(page)),
            Err(error) if error.kind() == ErrorKind::PageTokenExpired => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn ask(
        &self,
        window: Window,
        page_token: Option<String>,
        room: Option<&Room>,
    ) -> Result<AskedPage<AnswerOf<S>>> {
        let request = self.source.at(Place {
            window,
            page_size: self.how.page_size,
            page_token,
        });
        let answered = self.run.call(self.source.name(), &request, room).await?;
        if let (Some(memory), Some(Room::New(_))) = (&answered.memory, room) {
            memory.settle(answered.body_bytes);
        }
        Ok(AskedPage { window, answered })
    }

    /// The memory for a page that is read while no other page is held.
    pub(super) fn room(&self) -> Option<Room> {
        self.memory.clone().map(Room::New)
    }

    /// Compares the answered dates with those that were asked for.
    pub(super) fn accept(
        &self,
        page: &AskedPage<AnswerOf<S>>,
        accepted: &mut Option<Window>,
    ) -> Result<()> {
        let mut dates = page.window;
        if self.how.exact {
            let (from, to) = page.answered.value.echo();
            let echo = DatesAnswer::Echo(from, to);
            let seen = self.found.observe(page.window, echo, self.run.today());
            let Some((found, answered)) = seen else {
                return Err(mismatch(page.window, from, to));
            };
            let source = self.source.name();
            self.run.learn(S::KIND, source, found, page.window);
            dates = answered;
        }
        // The narrowest of several answers counts.
        *accepted = Some(accepted.map_or(dates, |before| {
            Window::new(before.from.max(dates.from), before.to.min(dates.to))
        }));
        Ok(())
    }

    /// Notes when a page was answered; returns the time.
    pub(super) fn seen(&mut self, page: &AskedPage<AnswerOf<S>>) -> DateTime<Utc> {
        let as_of = self.run.as_of(page.answered.server_date);
        self.first.get_or_insert_with(|| First {
            as_of,
            tracking_id: page.answered.tracking_id.clone(),
        });
        as_of
    }

    pub(super) fn as_of(&self) -> DateTime<Utc> {
        let first = self.first.as_ref();
        first.map_or_else(|| self.run.now(), |first| first.as_of)
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
    .with_hint("the account may allow only shorter ranges; set fewer days per window")
}
