//! Runs a harvest: lists, plans, and keeps as many windows under way as the rate limit can serve.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use tokio::{sync::Notify, task::JoinSet};

use crate::{
    Entry, Error, ErrorKind, HarvestEvent, Options, Result, Session,
    chain::out_of_reach,
    run::{MessagesOf, WindowRun},
    sessions,
    sieve::{Hasher, Sieve},
    window::{Interval, Window},
};

use super::{
    FailedWindow, Harvest, WindowFacts, WindowId,
    summary::Tally,
    units::{self, Seams, Unit},
    waiting::Events,
};

/// How often a window of the list may fail, of both passes together, before it is given up.
const LIST_TRIES: u32 = 2;

/// Why a harvest ends early: an error for the consumer, or nobody who listens.
enum Stop {
    Error(Error),
    Dropped,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Runs a harvest to its end, or until nobody listens.
pub(super) async fn drive(harvest: Harvest, events: Events) {
    let ended = match Driver::new(harvest, events.clone()) {
        Ok(driver) => driver.run().await,
        Err(error) => Err(error.into()),
    };
    if let Err(Stop::Error(error)) = ended {
        // Nobody listens any more: nobody to tell.
        events.send(Err(error)).await;
    }
}

/// Something to do that takes requests of its own.
enum Job {
    List(Window),
    Read(Unit),
}

/// What came of it.
enum Ended {
    Listed(Window, Result<Vec<Session>>),
    Read(Unit, Result<Box<Reading>, Stop>),
}

/// Jobs that are started before anything has come: what half a second of the highest rate takes.
const AT_FIRST: usize = 32;
/// The same where no rate limit holds, and with it nothing that spaces the answers.
const AT_FIRST_UNPACED: usize = 4;
/// No plan of Zoom's allows so many requests a second.
const UNPACED: f64 = 200.0;
/// Jobs that are started for each page that has come.
const AT_A_TIME: usize = 1;

struct Driver {
    harvest: Harvest,
    events: Events,
    options: Arc<Options>,
    hasher: Hasher,
    tally: Tally,
    sessions: Vec<Arc<str>>,
    known: HashSet<Arc<str>>,
    /// Whether messages are read beside the list.
    reading: bool,
    planned: usize,
    windows: usize,
    list_failures: HashMap<Window, u32>,
    waiting: VecDeque<Job>,
    running: JoinSet<Ended>,
    seams: Seams,
    /// Read to their end, but the window before is not, and may bring the same entries.
    held: Vec<(Unit, Box<Reading>)>,
    page_read: Arc<Notify>,
}

impl Driver {
    fn new(harvest: Harvest, events: Events) -> Result<Self> {
        harvest.check()?;
        Ok(Self {
            options: Arc::new(harvest.options.clone()),
            harvest,
            events,
            hasher: Hasher::default(),
            tally: Tally::default(),
            sessions: Vec::new(),
            known: HashSet::new(),
            reading: false,
            planned: 0,
            windows: 0,
            list_failures: HashMap::new(),
            waiting: VecDeque::new(),
            running: JoinSet::new(),
            seams: Seams::default(),
            held: Vec::new(),
            page_read: Arc::default(),
        })
    }

    async fn run(mut self) -> Result<(), Stop> {
        let inner = self.harvest.inner.clone();
        let today = inner.caller.ensure_server_time().await?.date_naive();
        let range = &self.harvest.range;
        let asked = Window::around(Interval::new(range.start(), range.end()));
        inner.reach().clip(asked, today).ok_or_else(out_of_reach)?;

        if let Some(ids) = self.harvest.sessions.clone() {
            self.sessions = ids;
        } else {
            self.queue_listing();
            self.work().await?;
            // The list is read twice and the union taken: a session whose place in it changes
            // meanwhile can be missed by one pass. The second goes beside the first messages.
            self.queue_listing();
        }
        self.reading = true;
        self.queue_reading().await?;
        self.work().await?;

        let summary = self.tally.summary(
            &self.sessions,
            &self.harvest.range,
            &self.harvest.options,
            &self.harvest.except,
            &inner.reach(),
            inner.caller.server_now(),
        );
        emit(&self.events, HarvestEvent::Finished(summary)).await
    }

    /// Queues the list of sessions, whatever the range: the whole reach, since a session may be
    /// listed only for the range of its last message.
    fn queue_listing(&mut self) {
        let windows = sessions::whole_reach(&self.harvest.inner);
        self.waiting.extend(windows.into_iter().map(Job::List));
    }

    /// Queues the windows of the sessions that were not planned yet.
    async fn queue_reading(&mut self) -> Result<(), Stop> {
        let units = units::plan(&self.harvest, &self.sessions, self.planned);
        self.planned = self.sessions.len();
        self.windows += units.len();
        if !self.harvest.whole_windows {
            self.seams.add(&units);
        }
        self.waiting.extend(units.into_iter().map(Job::Read));
        let planned = HarvestEvent::Planned {
            sessions: self.planned,
            windows: self.windows,
        };
        emit(&self.events, planned).await
    }

    /// Does all jobs, as many at once as the rate limit can serve.
    async fn work(&mut self) -> Result<(), Stop> {
        let rate = self.harvest.inner.caller.rate();
        let mut room = if rate < UNPACED {
            AT_FIRST
        } else {
            AT_FIRST_UNPACED
        };
        loop {
            while room > 0 && self.running.len() < self.harvest.inner.caller.in_flight_target() {
                let Some(job) = self.waiting.pop_front() else {
                    break;
                };
                self.start(job);
                room -= 1;
            }
            let ended = tokio::select! {
                ended = self.running.join_next() => ended,
                // Latency is learned as pages come, and with it how many jobs are needed.
                () = self.page_read.notified() => {
                    room = self.room();
                    continue;
                }
            };
            match ended {
                None => return Ok(()),
                Some(Ok(Ended::Listed(window, listed))) => self.listed(window, listed).await?,
                Some(Ok(Ended::Read(unit, read))) => self.read(unit, read).await?,
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
            room = self.room();
        }
    }

    /// How many more jobs may be started now: few at a time, and none while pages come faster than
    /// they are taken. So memory stays bounded where the rate limit does not bound it.
    fn room(&self) -> usize {
        if self.events.are_many() {
            return usize::from(self.running.is_empty());
        }
        AT_A_TIME
    }

    fn start(&mut self, job: Job) {
        let inner = self.harvest.inner.clone();
        match job {
            Job::List(window) => {
                self.running.spawn(async move {
                    let listed = sessions::list(inner, window).await;
                    Ended::Listed(window, listed.map(|(sessions, _)| sessions))
                });
            }
            Job::Read(unit) => {
                let question = MessagesOf {
                    session_id: self.sessions[unit.session].clone(),
                    options: self.options.clone(),
                };
                let (before, after) = self.seams.around(&unit);
                let reading = Reading {
                    id: WindowId {
                        session_id: question.session_id.clone(),
                        window: unit.window,
                    },
                    run: WindowRun::new(
                        inner,
                        question,
                        unit.window,
                        self.harvest.page_size,
                        Some(unit.keep),
                        Sieve::new(self.hasher.clone(), before, after),
                    ),
                    events: self.events.clone(),
                    page_read: self.page_read.clone(),
                };
                self.running
                    .spawn(async move { Ended::Read(unit, Box::new(reading).to_end().await) });
            }
        }
    }

    async fn listed(&mut self, window: Window, listed: Result<Vec<Session>>) -> Result<(), Stop> {
        let sessions = match listed {
            Ok(sessions) => sessions,
            Err(error) if is_fatal(&error) => return Err(error.into()),
            Err(error) => {
                let failures = self.list_failures.entry(window).or_default();
                *failures += 1;
                if *failures < LIST_TRIES {
                    self.waiting.push_back(Job::List(window));
                    return Ok(());
                }
                if *failures == LIST_TRIES {
                    self.tally.list_failed(window);
                }
                return self.failed(None, window, error).await;
            }
        };
        for session in sessions {
            let Some(id) = session.shared_id() else {
                self.tally.nameless_session(window);
                self.failed(None, window, nameless()).await?;
                continue;
            };
            if self.known.insert(id.clone()) {
                self.sessions.push(id);
                emit(&self.events, HarvestEvent::SessionFound(session)).await?;
            }
        }
        if self.reading && self.sessions.len() > self.planned {
            self.queue_reading().await?;
        }
        Ok(())
    }

    async fn read(&mut self, unit: Unit, read: Result<Box<Reading>, Stop>) -> Result<(), Stop> {
        match read {
            Ok(reading) => self.held.push((unit, reading)),
            Err(stop) => self.unread(&unit, stop).await?,
        }
        // The end of one window may be what the one after it waits for.
        let knows = |(_, reading): &(Unit, Box<Reading>)| reading.run.knows_its_own();
        while let Some(place) = self.held.iter().position(knows) {
            let (unit, reading) = self.held.swap_remove(place);
            self.done(&unit, *reading).await?;
        }
        Ok(())
    }

    async fn done(&mut self, unit: &Unit, mut reading: Reading) -> Result<(), Stop> {
        let entries = reading.run.give_waiting();
        reading.emit(entries).await?;
        let Some(facts) = WindowFacts::of(&reading.run, &reading.id) else {
            return self.unread(unit, out_of_reach().into()).await;
        };
        self.tally.done(unit.session, &facts);
        emit(&self.events, HarvestEvent::WindowDone(Box::new(facts))).await?;
        reading.run.end();
        self.seams.release(unit);
        Ok(())
    }

    async fn unread(&mut self, unit: &Unit, stop: Stop) -> Result<(), Stop> {
        match stop {
            Stop::Error(error) if !is_fatal(&error) => {
                self.seams.release(unit);
                self.tally.failed(unit.session, error.kind());
                let session = self.sessions[unit.session].clone();
                self.failed(Some(session), unit.window, error).await
            }
            stop => Err(stop),
        }
    }

    async fn failed(
        &self,
        session_id: Option<Arc<str>>,
        window: Window,
        error: Error,
    ) -> Result<(), Stop> {
        let failed = FailedWindow {
            session_id,
            window,
            error,
        };
        emit(&self.events, HarvestEvent::WindowFailed(failed)).await
    }
}

/// A unit being read.
struct Reading {
    id: WindowId,
    run: WindowRun,
    events: Events,
    page_read: Arc<Notify>,
}

impl Reading {
    async fn to_end(mut self: Box<Self>) -> Result<Box<Self>, Stop> {
        while let Some(entries) = self.run.next().await? {
            self.page_read.notify_one();
            self.emit(entries).await?;
        }
        Ok(self)
    }

    async fn emit(&self, entries: Vec<Entry>) -> Result<(), Stop> {
        if entries.is_empty() {
            return Ok(());
        }
        let window = self.id.clone();
        emit(&self.events, HarvestEvent::Entries { window, entries }).await
    }
}

async fn emit(events: &Events, event: HarvestEvent) -> Result<(), Stop> {
    match events.send(Ok(event)).await {
        true => Ok(()),
        false => Err(Stop::Dropped),
    }
}

/// Whether an error holds for every unit, so that going on is of no use.
fn is_fatal(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Credentials | ErrorKind::Scopes | ErrorKind::PaidPlan | ErrorKind::DailyLimit
    )
}

fn nameless() -> Error {
    Error::new(
        ErrorKind::UnreadableBody,
        "the list of sessions holds one without an id that can be read",
    )
    .with_hint("its messages cannot be asked for; the others were")
}
