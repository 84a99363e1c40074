//! Reads the windows of a range one after another, for one session.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::NaiveDate;

use crate::{
    Cursor, Edges, Error, ErrorKind, Messages, Page, Result,
    chain::out_of_reach,
    coverage::AnsweredWindow,
    run::{MessagesOf, WindowRun},
    seam::Seam,
    sieve::{Hasher, Sieve},
    window::{Interval, Window},
};

/// Reads the windows of a range one after another.
pub(crate) struct Reader {
    request: Messages,
    question: MessagesOf,
    keep: Option<Interval>,
    windows: VecDeque<Window>,
    run: Option<WindowRun>,
    hasher: Hasher,
    seams: HashMap<NaiveDate, Arc<Seam>>,
    at_start: bool,
    gap: Option<Error>,
}

impl Reader {
    pub(crate) async fn start(request: Messages) -> Result<Self> {
        request.check()?;
        let inner = &request.inner;
        let exact = request.edges == Edges::Exact;
        let (asked, keep) = if exact {
            let interval = Interval::new(request.range.start(), request.range.end());
            let today = inner.caller.ensure_server_time().await?.date_naive();
            let asked = inner.reach().clip(Window::around(interval), today);
            (asked.ok_or_else(out_of_reach)?, Some(interval))
        } else {
            let asked = Window {
                from: request.range.first(),
                to: request.range.last(),
            };
            (asked, None)
        };
        let first = request.cursor.as_ref().map(Cursor::window);
        let mut windows: VecDeque<Window> = first.into_iter().collect();
        let rest = Window {
            from: first.map_or(asked.from, |first| first.to),
            to: asked.to,
        };
        if first.is_none() || rest.from < rest.to {
            windows.extend(rest.split(inner.window_days));
        }
        Ok(Self {
            question: request.question(),
            keep,
            windows,
            run: None,
            hasher: Hasher::default(),
            seams: HashMap::new(),
            at_start: exact && first.is_none_or(|first| first.from <= asked.from),
            gap: None,
            request,
        })
    }

    pub(crate) async fn next(mut self) -> Result<Option<(Page, Self)>> {
        loop {
            let Some(run) = self.run.as_mut() else {
                let Some(window) = self.windows.front().copied() else {
                    return match self.gap.take() {
                        Some(gap) => Err(gap),
                        None => Ok(None),
                    };
                };
                self.run = Some(self.open(window));
                continue;
            };
            match run.next().await {
                Err(error) if error.kind() == ErrorKind::OutOfReach && run.chain.pages() == 0 => {
                    // This window fell below the floor since the range was clipped.
                    self.windows.pop_front();
                    self.run = None;
                    if self.windows.is_empty() {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
                Ok(Some(entries)) => {
                    let next = self.cursor();
                    return Ok(Some((Page::new(entries, next), self)));
                }
                Ok(None) => {
                    self.window_done()?;
                    self.windows.pop_front();
                    self.run = None;
                }
            }
        }
    }

    fn open(&mut self, window: Window) -> WindowRun {
        let mut seam = |date| {
            let seam = self.seams.entry(date).or_insert_with(|| Seam::at(date));
            seam.clone()
        };
        let before = seam(window.from);
        let after = (window.to > window.from).then(|| seam(window.to));
        // Windows are read in order: older seams are no longer needed.
        self.seams.retain(|date, _| *date >= window.from);
        let mut run = WindowRun::new(
            self.request.inner.clone(),
            self.question.clone(),
            window,
            self.request.page_size,
            self.keep,
            Sieve::new(self.hasher.clone(), Some(before), after),
        );
        run.resume(
            self.request
                .cursor
                .take()
                .and_then(|cursor| cursor.page_token),
        );
        run
    }

    fn cursor(&self) -> Option<Cursor> {
        let run = self.run.as_ref()?;
        if let Some((window, token)) = run.chain.next_page() {
            return Some(Cursor::new(window, Some(token)));
        }
        if run.chain.has_more() {
            // Another piece of a split window follows: only the whole window is a safe place.
            return self
                .windows
                .front()
                .map(|window| Cursor::new(*window, None));
        }
        self.windows.get(1).map(|window| Cursor::new(*window, None))
    }

    fn window_done(&mut self) -> Result<()> {
        let Some(run) = &self.run else { return Ok(()) };
        if !run.settled() {
            return Err(Error::new(
                ErrorKind::Incomplete,
                "messages kept vanishing while the session was read",
            )
            .with_hint("read the range again in a quieter hour"));
        }
        if std::mem::take(&mut self.at_start) {
            self.gap = self.gap_at_start(run);
        }
        if let Some(run) = &mut self.run {
            run.end();
        }
        Ok(())
    }

    /// The days of the range that lie before what Zoom provably answered.
    fn gap_at_start(&self, run: &WindowRun) -> Option<Error> {
        let range = &self.request.range;
        let answered = AnsweredWindow::of(run)?;
        if range.is_whole_reach() || answered.start() <= range.start() {
            return None;
        }
        let last = answered.start().date_naive().min(range.last());
        Some(
            Error::new(
                ErrorKind::Incomplete,
                format!("the days {}..{last} lie beyond what Zoom provably answers", range.first()),
            )
            .with_hint("Zoom keeps about six months of chat reports; older days are in an archive, if anywhere"),
        )
    }
}
