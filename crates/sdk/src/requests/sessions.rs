//! Requests for the list of chat sessions.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    Cursor, DateRange, Error, ErrorKind, GapReason, Report, Result, Session,
    dates::{SETTLED_AFTER, Window, horizon::Horizon},
    model::{cursor::Question, options::check_parameters},
    reading::{
        listed::Listed,
        run::Run,
        shared::Inner,
        source::{Given, Halt, How, Kind, Next, Out, PageBody as _},
        stream::Emit,
        window::{out_of_reach, read_window},
    },
    requests::streams::{Flat, Paged, Told},
    setters::setters,
    transport::{
        operations::{MAX_SESSIONS, Place, SessionsRequest, check_page_size, single_window},
        runtime::Deadline,
    },
};

pub use crate::{
    model::cursor::SessionsPage,
    requests::streams::{SessionEntries, SessionPages},
};

/// A request for the list of chat sessions; see [`ChatReports::sessions`](crate::ChatReports::sessions).
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent or polled"]
pub struct Sessions {
    inner: Arc<Inner>,
    range: DateRange,
    page_size: u32,
    parameters: Arc<[(String, String)]>,
    cursor: Option<Cursor>,
    timeout: Option<Duration>,
}

impl Sessions {
    pub(crate) fn new(inner: Arc<Inner>, range: DateRange) -> Self {
        Self {
            inner,
            range,
            page_size: MAX_SESSIONS,
            parameters: Arc::default(),
            cursor: None,
            timeout: None,
        }
    }

    setters! {
        /// Sessions on a page, 1 to 300; default 300.
        page_size: u32;
    }

    /// Adds a query parameter that this crate does not know.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let added = (name.into(), value.into());
        self.parameters = self.parameters.iter().cloned().chain([added]).collect();
        self
    }

    setters! {
        /// The time that the whole reading may take; see [`Messages::timeout`](crate::messages::Messages::timeout).
        /// What came before is given, and the report names the list as
        /// [incomplete](crate::GapReason::ListIncomplete).
        timeout: Duration;

        /// Continues where an earlier page ended; sessions may repeat, but none is skipped.
        resume: Cursor => cursor;
    }

    /// Sends one request with the range's dates unchanged, or with those of a cursor, and returns
    /// its page unchanged.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the range is longer than one window or the page
    /// size is out of range; otherwise the error that Zoom's answer stands for.
    pub async fn send(self) -> Result<SessionsPage> {
        self.check()?;
        let cursor = self.cursor.as_ref();
        let window = single_window(cursor, &self.range, self.inner.window_days)?;
        let token = cursor.and_then(Cursor::page_token);
        let request = SessionsRequest {
            parameters: self.parameters.clone(),
            place: Place {
                window,
                page_size: self.page_size,
                page_token: token.map(str::to_owned),
            },
        };
        let call = self.inner.caller.call(&request);
        let page = Deadline::of(self.timeout)?.within(call).await?.value;
        let next = page
            .next_page_token()
            .map(|token| Cursor::page(self.cursor_of(), window, token.to_owned(), None));
        let sessions = page.sessions.into_iter().flatten().map(Session::new);
        Ok(SessionsPage::new(sessions.collect(), next))
    }

    fn check(&self) -> Result<()> {
        check_page_size(self.page_size, MAX_SESSIONS)?;
        check_parameters(&self.parameters, &PARAMETERS)?;
        self.cursor
            .iter()
            .try_for_each(|cursor| cursor.check(self.cursor_of()))
    }

    /// The question that cursors of this request belong to.
    fn cursor_of(&self) -> Question {
        Question::of_sessions(&self.parameters)
    }

    /// Streams the sessions that Zoom lists for the range, page by page, each once.
    ///
    /// The list is read twice, and the union is given: one reading can miss a session whose place
    /// in the list changes meanwhile.
    ///
    /// Zoom may list a session for every range in which it has messages, or only
    /// for the range of its last message: that is not documented. To find all
    /// sessions with messages in a range, list from its first day to today, as
    /// [`ChatReports::harvest`](crate::ChatReports::harvest) does.
    ///
    /// # Errors
    /// An error is yielded once and ends the stream. If the range begins before what Zoom answers,
    /// everything available comes first, and then [`ErrorKind::Incomplete`], which names the rest.
    pub fn pages(self) -> SessionPages {
        SessionPages(Paged::new(self.cursor.clone(), |mut out| async move {
            let ended = read(self, &mut out).await;
            out.put(Told::ended(ended)).await;
        }))
    }

    /// Streams the sessions that Zoom lists for the range; see [`pages`](Self::pages).
    ///
    /// # Errors
    /// As for [`pages`](Self::pages).
    pub fn entries(self) -> SessionEntries {
        SessionEntries(Flat::new(self.pages().0))
    }
}

/// The query parameters of the requests for sessions.
const PARAMETERS: [&str; 4] = ["from", "to", "page_size", "next_page_token"];
/// How often the list is read.
const PASSES: u32 = 2;

/// Reads the windows of the list in order, twice, gives out their pages, and returns the report.
async fn read(request: Sessions, out: &mut Emit<Told<SessionsPage>>) -> Result<Report, Halt> {
    request.check()?;
    let deadline = Deadline::of(request.timeout)?;
    let run = deadline.within(Run::begin(request.inner.clone())).await?;
    let interval = run.interval(&request.range);
    let dates = Horizon::default()
        .clip(Window::around(interval), run.today())
        .ok_or_else(out_of_reach)?;
    let windows = dates.split(request.inner.window_days);
    let range = request.range;
    let settled = run.as_of(run.now()) - SETTLED_AFTER;
    let reading = read_twice(request, &run, &windows, out);
    let error = Halt::wanted(deadline.within(reading).await)?.err();
    let listed_from = run.scope(Kind::List, &range).provable_from();
    let is_cut = !range.is_whole_reach() && listed_from > interval.start;
    let complete_from = interval.start.max(listed_from).min(interval.end);
    let mut report = Report {
        complete_from,
        complete_through: settled.min(interval.end).max(complete_from),
        gaps: Vec::new(),
        error: None,
        claims: true,
    };
    if error.is_some() {
        report.complete_through = complete_from;
        report.missing(complete_from, interval.end, GapReason::ListIncomplete);
    }
    if is_cut {
        report.missing(interval.start, complete_from, GapReason::BeyondReach);
    }
    report.error = error.or_else(|| is_cut.then(|| cut(&range, listed_from)));
    Ok(report)
}

async fn read_twice(
    request: Sessions,
    run: &Run,
    windows: &[Window],
    out: &mut Emit<Told<SessionsPage>>,
) -> Result<(), Halt> {
    let how = How {
        page_size: request.page_size,
        exact: true,
        confirm: false,
    };
    let question = request.cursor_of();
    let mut cursor = request.cursor;
    let mut source = Listed::new(request.parameters);
    let first_pass = cursor.as_ref().map_or(0, Cursor::pass);
    for pass in first_pass..PASSES {
        let windows = match &cursor {
            Some(cursor) => rest_of(cursor.window(), windows),
            None => windows.to_vec(),
        };
        source.pass = pass.to_string().into();
        let mut resume = cursor.take().and_then(|cursor| cursor.resume());
        for (place, window) in windows.iter().enumerate() {
            let mut pages = Pages {
                out: &mut *out,
                question,
                window: *window,
                next: windows.get(place + 1).copied(),
                first: windows.first().copied(),
                pass,
            };
            let resume = resume.take();
            let read = read_window(run, &mut source, how, *window, resume, None, &mut pages).await;
            read?;
        }
    }
    Ok(())
}

/// The windows from an already begun one on.
fn rest_of(begun: Window, windows: &[Window]) -> Vec<Window> {
    let later = windows.iter().filter(|window| window.from >= begun.to);
    [begun].into_iter().chain(later.copied()).collect()
}

fn cut(range: &DateRange, listed_from: DateTime<Utc>) -> Error {
    let last = listed_from.date_naive().min(range.last());
    Error::new(
        ErrorKind::Incomplete,
        format!(
            "the days {}..{last} lie beyond what Zoom provably answers: sessions of these days may be missing",
            range.first()
        ),
    )
    .with_hint("Zoom keeps about six months of chat reports; use a later first day, or `last_six_months`")
    .permanent()
}

/// Gives out the pages of a window of the list.
struct Pages<'a> {
    out: &'a mut Emit<Told<SessionsPage>>,
    question: Question,
    window: Window,
    next: Option<Window>,
    first: Option<Window>,
    pass: u32,
}

impl Out<Session> for Pages<'_> {
    async fn put(&mut self, page: Given<Session>) -> Result<(), Halt> {
        let next_pass = || {
            let next = self.pass + 1;
            let first = self.first.filter(|_| next < PASSES)?;
            Some(Cursor::at(self.question, first).in_pass(next))
        };
        let in_pass = |cursor: Cursor| Some(cursor.in_pass(self.pass));
        let next = match page.next {
            Next::Token(window, token, first) => {
                in_pass(Cursor::page(self.question, window, token, Some(first)))
            }
            Next::Again => in_pass(Cursor::at(self.question, self.window)),
            Next::Over(_) => match self.next {
                Some(next) => in_pass(Cursor::at(self.question, next)),
                None => next_pass(),
            },
        };
        // A page of the second reading is given out only if it has new items.
        if self.pass == 0 || !page.items.is_empty() {
            let page = SessionsPage::new(page.items, next);
            self.out.put(Told::Page(page)).await;
        }
        Ok(())
    }
}
