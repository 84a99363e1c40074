//! The messages of one session.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{Stream, TryStreamExt, stream};

use crate::{
    Coverage, Cursor, DateRange, Edges, Entry, EntryKind, Error, ErrorKind, Gap, GapReason,
    IncludeField, Options, Page, Result,
    caller::Answered,
    client::Inner,
    dates::window::Window,
    include::Axis,
    page::Before,
    reading::{
        clean::{self, Cleaned, MessagesOf},
        fingerprint::Hasher,
        plan::{Planner, Unit},
        run::Run,
        source::{Given, Halt, How, Kind, Next, Out, Page as _},
        stream::{Emit, stream_of},
        tally::{Asked, Tally},
        window::{out_of_reach, read_window},
    },
    requests::{MAX_MESSAGES, Place, check_id, check_page_size},
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
}

/// How long after its page a cursor goes on with the run that made it.
const SAME_RUN: TimeDelta = TimeDelta::hours(1);

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
        }
    }

    /// Adds arrays of edited or deleted messages.
    pub fn include(mut self, fields: impl IntoIterator<Item = IncludeField>) -> Self {
        self.options.include.extend(fields);
        self
    }

    /// Whether messages of chat bots carry what the bot sent.
    pub fn include_bot_messages(mut self, include: bool) -> Self {
        self.options.bot_messages = include;
        self
    }

    /// Whether messages carry reactions.
    pub fn include_reactions(mut self, include: bool) -> Self {
        self.options.reactions = include;
        self
    }

    /// Whether messages carry reactions with the account's own emoji.
    pub fn include_custom_emoji_reactions(mut self, include: bool) -> Self {
        self.options.custom_emoji_reactions = include;
        self
    }

    /// Asks for everything that can be asked for: both arrays, bot messages and all reactions.
    pub fn everything(self) -> Self {
        let everything = Options::everything();
        let mut this = self
            .include(everything.include)
            .include_bot_messages(true)
            .include_reactions(true);
        this.options.custom_emoji_reactions = true;
        this
    }

    /// Selects edited and deleted messages by the time of the edit or deletion
    /// (`query_all_modifications`), instead of the time the message was sent.
    pub fn query_all_modifications(mut self, all: bool) -> Self {
        self.options.axis = if all { Axis::Modified } else { Axis::Sent };
        self
    }

    /// Messages on a page, 1 to 100; 100 unless set.
    pub fn page_size(mut self, size: u32) -> Self {
        self.page_size = size;
        self
    }

    /// How the range's dates are asked for; exact by UTC time unless set.
    pub fn edges(mut self, edges: Edges) -> Self {
        self.edges = edges;
        self
    }

    /// Adds a query parameter that this crate does not know.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.add_parameter(name.into(), value.into());
        self
    }

    /// Reads windows of several pages until two readings agree, which doubles their requests.
    ///
    /// A message that vanishes between two pages without being listed as deleted, for instance by
    /// retention, can move another one to a page that was read already. Nobody can see that in one
    /// reading.
    pub fn confirm(mut self, confirm: bool) -> Self {
        self.confirm = confirm;
        self
    }

    /// Goes on where an earlier page ended; entries may repeat, none is skipped.
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Sends one request with the range's dates as they are, and gives its page as it is.
    ///
    /// It is retried like any other, but nothing is split, dropped or cut.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the range is longer than one window
    /// (28 days unless the client says otherwise), the session id or the page
    /// size cannot be sent; else whatever Zoom's answer means.
    pub async fn send(self) -> Result<Page> {
        self.check()?;
        let window = match &self.cursor {
            Some(cursor) => cursor.window(),
            None => Window {
                from: self.range.first(),
                to: self.range.last(),
            },
        };
        if window.days() > self.inner.window_days.into() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{window} is longer than one request may ask for"),
            )
            .with_hint("use pages() or entries(), which take ranges of any length"));
        }
        let question = self.question();
        let request = question.at(Place {
            window,
            page_size: self.page_size,
            page_token: self
                .cursor
                .as_ref()
                .and_then(Cursor::page_token)
                .map(str::to_owned),
        });
        let Answered { value: page, .. } = self.inner.caller.call(&request).await?;
        let next = page
            .next_page_token()
            .map(|token| Cursor::page(window, token.to_owned(), None));
        let arrays = [
            (EntryKind::Sent, page.messages),
            (EntryKind::Edited, page.edited_messages),
            (EntryKind::Deleted, page.deleted_messages),
        ];
        let entries = arrays
            .into_iter()
            .flat_map(|(kind, items)| {
                let session_id = question.session_id.clone();
                items
                    .into_iter()
                    .flatten()
                    .map(move |item| Entry::new(kind, session_id.clone(), item))
            })
            .collect();
        Ok(Page::new(entries, next))
    }

    /// Streams the pages of the range, oldest window first, each entry once.
    ///
    /// Nothing is sent before the stream is polled, and nothing after it is
    /// dropped. Tokens that expire between two polls are healed unseen. An
    /// entry whose content changes while the range is read comes again.
    ///
    /// # Errors
    /// An error is yielded once and ends the stream. Where a part of the range
    /// lies beyond what Zoom still has, all that can be had comes first and
    /// then [`ErrorKind::Incomplete`], which names the rest. Messages younger
    /// than two days may still appear in Zoom's report; ask for them again.
    #[must_use = "streams do nothing unless polled"]
    pub fn pages(self) -> impl Stream<Item = Result<Page>> + Send + 'static {
        stream_of(|mut out: Emit<Result<Page>>| async move {
            if let Err(Halt::Error(error)) = read(self, &mut out).await {
                out.put(Err(error)).await;
            }
        })
    }

    /// Streams the entries of the range, page by page; see [`pages`](Self::pages).
    ///
    /// # Errors
    /// As for [`pages`](Self::pages). An entry that does not fit its type is no
    /// error: its [`message`](Entry::message) is.
    #[must_use = "streams do nothing unless polled"]
    pub fn entries(self) -> impl Stream<Item = Result<Entry>> + Send + 'static {
        self.pages()
            .map_ok(|page| stream::iter(page.into_entries().into_iter().map(Ok)))
            .try_flatten()
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_id("session id", &self.session_id)?;
        check_page_size(self.page_size, MAX_MESSAGES)
    }

    pub(crate) fn question(&self) -> MessagesOf {
        MessagesOf {
            session_id: self.session_id.clone(),
            options: Arc::new(self.options.clone()),
        }
    }
}

/// Reads the windows of a request one after another, and gives out their pages.
async fn read(request: Messages, out: &mut Emit<Result<Page>>) -> Result<(), Halt> {
    request.check()?;
    let run = Run::begin(request.inner.clone()).await?;
    let exact = request.edges == Edges::Exact;
    let cursor = request.cursor.as_ref();
    let goes_on = cursor.is_some_and(|cursor| is_of_this_run(cursor, run.now()));
    let mut before = match cursor.and_then(Cursor::before).filter(|_| exact) {
        Some(before) if goes_on => before.clone(),
        Some(before) => before.of_another_run(run.now()),
        None => Before::nothing(run.now()),
    };
    let units = if goes_on || !exact || cursor.is_none() {
        plan(&request, &run, exact)
    } else {
        plan_missing(&request, &run, &before)
    };
    if units.is_empty() && before.proven.is_empty() {
        return Err(out_of_reach().into());
    }
    let mut except = Coverage::default();
    for interval in &before.proven {
        except.insert(&request.session_id, &request.options, *interval);
    }
    let mut tally = Tally::new(Asked {
        range: request.range,
        options: request.options.clone(),
        except: Arc::new(except),
        whole_windows: !exact,
        counters: run.inner.caller.parts().counters.clone(),
    });
    tally.expect([request.session_id.clone()], &units);
    for window in &before.answered {
        tally.answered(0, window.clone());
    }
    let token = cursor.filter(|_| goes_on || !exact);
    let mut resume = token.and_then(Cursor::resume);
    let how = How {
        page_size: request.page_size,
        exact,
        confirm: request.confirm,
    };
    let hasher = Hasher::default();
    for (place, unit) in units.iter().enumerate() {
        let keep = exact.then_some(unit.keep);
        let mut source = clean::Messages::new(
            request.question(),
            unit.window,
            keep,
            run.today(),
            hasher.clone(),
            request.confirm,
        );
        let mut pages = Pages {
            out: &mut *out,
            tally: &mut tally,
            unit,
            next: units.get(place + 1),
            before: &mut before,
            now: run.now(),
        };
        let window = unit.window;
        let read = read_window(&run, &mut source, how, window, resume.take(), &mut pages).await;
        match read {
            Ok(reading) if !reading.settled => return Err(unsettled().into()),
            Ok(reading) => drop(tally.read(unit, reading, source.dropped)),
            Err(halt) => return Err(halt),
        }
    }
    if !exact {
        return Ok(());
    }
    match tally
        .summary(&run.scope(Kind::Messages, &request.range))
        .gaps
        .first()
    {
        Some(gap) => Err(missing(gap).into()),
        None => Ok(()),
    }
}

fn plan(request: &Messages, run: &Run, exact: bool) -> Vec<Unit> {
    let (horizon, today) = (run.horizon(Kind::Messages), run.today());
    let days = request.inner.window_days;
    let mut planner = Planner::new(horizon, today, days, !exact);
    let begun = request.cursor.as_ref().map(Cursor::window);
    if exact {
        let stretch = run.interval(&request.range);
        return match begun {
            Some(window) => planner.units_from(stretch, window),
            None => planner.units(0, stretch),
        };
    }
    let dates = Window {
        from: request.range.first(),
        to: request.range.last(),
    };
    planner.as_given(dates, begun)
}

/// Whether a cursor is so young that its page token may live, and the account has not moved.
fn is_of_this_run(cursor: &Cursor, now: DateTime<Utc>) -> bool {
    cursor
        .before()
        .is_none_or(|before| (now - before.at).abs() <= SAME_RUN)
}

/// The units of what earlier runs have not proven.
fn plan_missing(request: &Messages, run: &Run, before: &Before) -> Vec<Unit> {
    let (horizon, today) = (run.horizon(Kind::Messages), run.today());
    let mut planner = Planner::new(horizon, today, request.inner.window_days, false);
    let missing = run.interval(&request.range).without(&before.proven);
    let units = missing
        .into_iter()
        .flat_map(|stretch| planner.units(0, stretch));
    units.collect()
}

/// Gives the pages of a window out.
struct Pages<'a> {
    out: &'a mut Emit<Result<Page>>,
    tally: &'a mut Tally,
    unit: &'a Unit,
    next: Option<&'a Unit>,
    before: &'a mut Before,
    now: DateTime<Utc>,
}

impl Out<Cleaned> for Pages<'_> {
    async fn put(&mut self, page: Given<Cleaned>) -> bool {
        let entries = self.tally.page(self.unit, page.items);
        let cursor = match page.next {
            Next::Token(window, token, first) => Some(Cursor::page(window, token, Some(first))),
            Next::Again => Some(Cursor::at(self.unit.window)),
            Next::Over(reading) => {
                if reading.settled {
                    self.before.answered.push(reading.answered(self.unit));
                }
                self.next.map(|next| Cursor::at(next.window))
            }
        };
        self.before.at = self.now;
        let cursor = cursor.map(|cursor| cursor.after(self.before));
        self.out.put(Ok(Page::new(entries, cursor))).await;
        true
    }
}

fn unsettled() -> Error {
    Error::new(
        ErrorKind::Incomplete,
        "messages kept vanishing while the session was read",
    )
    .with_hint("read the range again in a quieter hour")
}

fn missing(gap: &Gap) -> Error {
    let (from, to) = (gap.start.date_naive(), gap.end.date_naive());
    let hint = match gap.reason {
        GapReason::BeyondReach => {
            "Zoom keeps about six months of chat reports; older days are in an archive, if anywhere"
        }
        GapReason::ClocksDisagree => "set this machine's clock",
        _ => "read the range again later",
    };
    let text = format!("the days {from}..{to} are missing: {}", gap.reason);
    Error::new(ErrorKind::Incomplete, text).with_hint(hint)
}
