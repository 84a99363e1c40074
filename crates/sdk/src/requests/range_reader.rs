//! Reads the windows of one session in order, from the start or from a cursor.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Coverage, Cursor, Edges, Error, ErrorKind, Gap, GapReason, Report,
    dates::Window,
    model::cursor::{Before, Question, Resume},
    reading::{
        clean::{self, Cleaned},
        fingerprint::Hasher,
        plan::Unit,
        run::Run,
        source::{Given, Halt, How, Kind, Next, Out},
        stream::Emit,
        tally::{Early, Tally, Wanted},
        window::{out_of_reach, read_window},
    },
    requests::{
        messages::{Messages, Page},
        streams::{Entries, Flat, Paged, Pages, Told},
    },
    transport::runtime::Deadline,
};

/// How long after its page a cursor continues the run that made it.
const SAME_RUN: TimeDelta = TimeDelta::hours(1);

impl Messages {
    /// Streams the pages of the range, oldest window first, each entry once.
    ///
    /// Nothing is sent before the stream is polled, and nothing after it is
    /// dropped. If a page token expires between two polls, its window is silently
    /// read again. An entry whose content changes during the reading comes again.
    ///
    /// # Errors
    /// An error is yielded once and ends the stream. If a part of the range is
    /// beyond what Zoom still has, everything available comes first, and then
    /// [`ErrorKind::Incomplete`], which names the rest. Messages of the last
    /// two days may still appear in Zoom's report; ask for them again.
    pub fn pages(self) -> Pages {
        Pages(Paged::new(self.cursor.clone(), |mut out| async move {
            let ended = read(self, &mut out).await;
            out.put(Told::ended(ended)).await;
        }))
    }

    /// Streams the entries of the range, page by page; see [`pages`](Self::pages).
    ///
    /// # Errors
    /// As for [`pages`](Self::pages). An entry that does not fit its type is not an
    /// error of the stream; its [`message`](crate::Entry::message) is one.
    pub fn entries(self) -> Entries {
        Entries(Flat::new(self.pages().0))
    }
}

/// Reads the windows of a request in order, gives out their pages, and returns the report.
async fn read(request: Messages, out: &mut Emit<Told<Page>>) -> Result<Report, Halt> {
    request.check()?;
    let deadline = Deadline::of(request.timeout)?;
    let run = deadline.within(Run::begin(request.inner.clone())).await?;
    let exact = request.edges == Edges::Exact;
    let cursor = request.cursor.as_ref();
    let goes_on = cursor.is_some_and(|cursor| is_of_this_run(cursor, run.now()));
    let before = match cursor.and_then(Cursor::before).filter(|_| exact) {
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
    let token = cursor.filter(|_| goes_on || !exact);
    let resume = token.and_then(Cursor::resume);
    let mut tally = tally(&request, &run, &before, &units);
    let reading = read_units(&request, &run, &units, resume, before, &mut tally, out);
    let error = Halt::wanted(deadline.within(reading).await)?.err();
    let scope = run.scope(Kind::Messages, &request.range);
    if !exact {
        return Ok(Report::of_nothing_proven(scope.interval.start, error));
    }
    let early = error.as_ref().map(|_| Early { list_read: true });
    let summary = tally.summary(&scope, early);
    let error = error.or_else(|| summary.gaps.first().map(missing));
    Ok(Report::new(summary, error))
}

fn tally(request: &Messages, run: &Run, before: &Before, units: &[Unit]) -> Tally {
    let mut except = Coverage::default();
    for interval in &before.proven {
        except.insert(&request.session_id, &request.options, *interval);
    }
    let mut tally = Tally::new(Wanted {
        range: request.range,
        options: request.options.clone(),
        except: Arc::new(except),
        whole_windows: request.edges != Edges::Exact,
        counters: run.inner.caller.parts().counters.clone(),
    });
    tally.expect([request.session_id.clone()], units);
    for window in &before.answered {
        tally.answered(0, window.clone());
    }
    tally
}

/// Reads units in order.
async fn read_units(
    request: &Messages,
    run: &Run,
    units: &[Unit],
    mut resume: Option<Resume>,
    mut before: Before,
    tally: &mut Tally,
    out: &mut Emit<Told<Page>>,
) -> Result<(), Halt> {
    let how = How {
        page_size: request.page_size,
        exact: request.edges == Edges::Exact,
        confirm: request.confirm,
    };
    let hasher = Hasher::default();
    for (place, unit) in units.iter().enumerate() {
        let mut source = clean::Messages::new(
            request.question(),
            unit.window,
            how.exact.then_some(unit.keep),
            run.today(),
            hasher.clone(),
            request.confirm,
        );
        let mut pages = PageOut {
            out: &mut *out,
            question: request.cursor_of(),
            tally: &mut *tally,
            unit,
            next: units.get(place + 1),
            before: &mut before,
            now: run.now(),
        };
        let (window, resume) = (unit.window, resume.take());
        let read = read_window(run, &mut source, how, window, resume, None, &mut pages).await;
        let error = match Halt::wanted(read)? {
            Ok(reading) if reading.settled => {
                tally.read(unit, reading, source.dropped);
                continue;
            }
            Ok(_) => unsettled(),
            Err(error) => error,
        };
        // The units after it are not read, for the same reason.
        for unread in &units[place..] {
            tally.failed(unread, &error);
        }
        return Err(error.into());
    }
    Ok(())
}

fn plan(request: &Messages, run: &Run, exact: bool) -> Vec<Unit> {
    let mut planner = run.planner(!exact);
    let begun = request.cursor.as_ref().map(Cursor::window);
    if exact {
        let stretch = run.interval(&request.range);
        return match begun {
            Some(window) => planner.units_from(stretch, window),
            None => planner.units(0, stretch),
        };
    }
    planner.as_given(Window::of(&request.range), begun)
}

/// Whether a cursor is so recent that its page token may be valid, and the account's time zone is the same.
fn is_of_this_run(cursor: &Cursor, now: DateTime<Utc>) -> bool {
    cursor
        .before()
        .is_none_or(|before| (now - before.at).abs() <= SAME_RUN)
}

/// The units of the instants that earlier runs have not proven.
fn plan_missing(request: &Messages, run: &Run, before: &Before) -> Vec<Unit> {
    let mut planner = run.planner(false);
    let missing = run.interval(&request.range).without(&before.proven);
    let units = missing
        .into_iter()
        .flat_map(|stretch| planner.units(0, stretch));
    units.collect()
}

/// Gives out the pages of a window.
struct PageOut<'a> {
    out: &'a mut Emit<Told<Page>>,
    question: Question,
    tally: &'a mut Tally,
    unit: &'a Unit,
    next: Option<&'a Unit>,
    before: &'a mut Before,
    now: DateTime<Utc>,
}

impl Out<Cleaned> for PageOut<'_> {
    async fn put(&mut self, page: Given<Cleaned>) -> Result<(), Halt> {
        let entries = self.tally.page(self.unit, page.items);
        let cursor = match page.next {
            Next::Token(window, token, first) => {
                Some(Cursor::page(self.question, window, token, Some(first)))
            }
            Next::Over(reading) if reading.settled => {
                self.before.answered.push(reading.answered(self.unit));
                self.next.map(|next| Cursor::at(self.question, next.window))
            }
            // The window must be read again.
            Next::Again | Next::Over(_) => Some(Cursor::at(self.question, self.unit.window)),
        };
        self.before.at = self.now;
        let cursor = cursor.map(|cursor| cursor.after(self.before));
        self.out.put(Told::Page(Page::new(entries, cursor))).await;
        Ok(())
    }
}

fn unsettled() -> Error {
    Error::new(
        ErrorKind::Incomplete,
        "messages kept vanishing while the session was read",
    )
    .with_hint("read the range again when fewer messages are deleted")
}

fn missing(gap: &Gap) -> Error {
    let (from, to) = (gap.start.date_naive(), gap.end.date_naive());
    let hint = match gap.reason {
        GapReason::BeyondReach => {
            "Zoom keeps about six months of chat reports; older days can only be in an archive"
        }
        GapReason::ClocksDisagree => "set this machine's clock",
        _ => "read the range again later",
    };
    let text = format!("the days {from}..{to} are missing: {}", gap.reason);
    let error = Error::new(ErrorKind::Incomplete, text).with_hint(hint);
    if gap.healable {
        error
    } else {
        error.permanent()
    }
}
