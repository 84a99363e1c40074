//! Runs a harvest: lists, plans, and keeps as many windows under way as the rate limit can serve.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use tokio::{sync::Notify, task::JoinSet};

use super::{
    FailedWindow, Harvest,
    told::{Message, Sender},
};
use crate::{
    Error, ErrorKind, Options, Result, Session, Window,
    reading::{
        clean::{Cleaned, Messages, MessagesOf},
        fingerprint::Hasher,
        listed,
        plan::{Planner, Unit},
        run::Run,
        source::{Given, Halt, How, Kind, Out},
        window::{out_of_reach, read_window},
    },
};

/// How often a window of the list may fail, of both passes together, before it is given up.
const LIST_TRIES: u32 = 2;
/// Jobs that are started before anything has come: what half a second of the highest rate takes.
const AT_FIRST: usize = 32;
/// The same where no rate limit holds, and with it nothing that spaces the answers.
const AT_FIRST_UNPACED: usize = 4;
/// No plan of Zoom's allows so many requests a second.
const UNPACED: f64 = 200.0;
/// Jobs that are started for each page that has come.
const AT_A_TIME: usize = 1;

/// Runs a harvest to its end, or until its events are not wanted any more.
pub(super) async fn drive(harvest: Harvest, sender: Sender) {
    let ended = match start(harvest, sender.clone()).await {
        Ok(driver) => driver.run().await,
        Err(error) => Err(error.into()),
    };
    if let Err(Halt::Error(error)) = ended {
        sender.send(Err(error)).await;
    }
}

async fn start(harvest: Harvest, sender: Sender) -> Result<Driver> {
    harvest.check()?;
    let run = Run::begin(harvest.inner.clone()).await?;
    let asked = Window::around(run.interval(&harvest.range));
    run.clip(Kind::Messages, asked).ok_or_else(out_of_reach)?;
    Ok(Driver {
        options: Arc::new(harvest.options.clone()),
        planner: harvest.planner(&run),
        harvest,
        run,
        sender,
        hasher: Hasher::default(),
        sessions: Vec::new(),
        known: HashSet::new(),
        listed: HashSet::new(),
        reading: false,
        planned: 0,
        windows: 0,
        pass: 0,
        list_failures: HashMap::new(),
        waiting: VecDeque::new(),
        running: JoinSet::new(),
        page_read: Arc::default(),
    })
}

/// Something to do that takes requests.
enum Job {
    List(Window),
    Read(Unit),
}

/// What came of it.
enum Ended {
    Listed(Window, Result<Vec<Session>, Halt>),
    /// A window was read, or failed; that was told.
    Read(Result<(), Halt>),
}

struct Driver {
    harvest: Harvest,
    run: Arc<Run>,
    sender: Sender,
    options: Arc<Options>,
    hasher: Hasher,
    planner: Planner,
    sessions: Vec<Arc<str>>,
    known: HashSet<Arc<str>>,
    listed: HashSet<Arc<str>>,
    /// Whether messages are read beside the list.
    reading: bool,
    planned: usize,
    windows: usize,
    /// How often the list was queued.
    pass: u32,
    list_failures: HashMap<Window, u32>,
    waiting: VecDeque<Job>,
    running: JoinSet<Ended>,
    page_read: Arc<Notify>,
}

impl Driver {
    async fn run(mut self) -> Result<(), Halt> {
        if let Some(ids) = self.harvest.sessions.clone() {
            self.sessions = ids;
        } else {
            for id in std::mem::take(&mut self.harvest.also) {
                self.add(id);
            }
            self.queue_listing();
            self.work().await?;
            // The list is read twice and the union taken: a session whose place in it changes
            // meanwhile can be missed by one pass. The second goes beside the first messages.
            self.queue_listing();
        }
        self.reading = true;
        self.queue_reading().await?;
        self.work().await?;
        let scope = self.run.scope(Kind::Messages, &self.harvest.range);
        self.tell(Message::Finished(Box::new(scope))).await
    }

    /// Queues the list of sessions, whatever the range: the whole reach, since a session may be
    /// listed only for the range of its last message.
    fn queue_listing(&mut self) {
        self.pass += 1;
        let windows = listed::whole_reach(&self.run);
        self.waiting.extend(windows.into_iter().map(Job::List));
    }

    /// Queues the windows of the sessions that were not planned yet.
    async fn queue_reading(&mut self) -> Result<(), Halt> {
        let new = &self.sessions[self.planned..];
        let units = self
            .harvest
            .units(&self.run, &mut self.planner, new, self.planned);
        let sessions = new.to_vec();
        self.planned = self.sessions.len();
        self.windows += units.len();
        self.waiting.extend(units.iter().cloned().map(Job::Read));
        self.tell(Message::Planned {
            sessions,
            units,
            windows: self.windows,
        })
        .await
    }

    /// Does all jobs, as many at once as the rate limit can serve.
    async fn work(&mut self) -> Result<(), Halt> {
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
                Some(Ok(Ended::Read(read))) => read?,
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
            room = self.room();
        }
    }

    /// How many more jobs may be started now: few at a time, and none while pages come faster than
    /// they are taken. So memory stays bounded where the rate limit does not bound it.
    fn room(&self) -> usize {
        if self.sender.are_many() {
            return usize::from(self.running.is_empty());
        }
        AT_A_TIME
    }

    fn start(&mut self, job: Job) {
        let run = self.run.clone();
        match job {
            Job::List(window) => {
                let pass = self.pass;
                self.running.spawn(async move {
                    Ended::Listed(window, listed::list(&run, window, pass).await)
                });
            }
            Job::Read(unit) => {
                let question = MessagesOf {
                    session_id: self.sessions[unit.session].clone(),
                    options: self.options.clone(),
                };
                let confirm = self.harvest.confirm;
                let how = How {
                    page_size: self.harvest.page_size,
                    exact: true,
                    confirm,
                };
                let source = Messages::new(
                    question,
                    unit.window,
                    Some(unit.keep),
                    run.today(),
                    self.hasher.clone(),
                    confirm,
                );
                let pages = Pages {
                    unit: Arc::new(unit),
                    sender: self.sender.clone(),
                    page_read: self.page_read.clone(),
                };
                self.running
                    .spawn(async move { Ended::Read(pages.read(&run, source, how).await) });
            }
        }
    }

    async fn listed(
        &mut self,
        window: Window,
        listed: Result<Vec<Session>, Halt>,
    ) -> Result<(), Halt> {
        let sessions = match listed {
            Ok(sessions) => sessions,
            Err(Halt::Error(error)) if !is_fatal(&error) => {
                let failures = self.list_failures.entry(window).or_default();
                *failures += 1;
                if *failures < LIST_TRIES {
                    self.waiting.push_back(Job::List(window));
                    return Ok(());
                }
                let given_up = *failures == LIST_TRIES;
                return self.list_failed(window, error, given_up).await;
            }
            Err(halt) => return Err(halt),
        };
        for session in sessions {
            let Some(id) = session.shared_id() else {
                self.tell(Message::Nameless(window)).await?;
                self.list_failed(window, nameless(), false).await?;
                continue;
            };
            self.add(id.clone());
            if self.listed.insert(id) {
                self.tell(Message::Found(session)).await?;
            }
        }
        if self.reading && self.sessions.len() > self.planned {
            self.queue_reading().await?;
        }
        Ok(())
    }

    /// A session that is to be read.
    fn add(&mut self, id: Arc<str>) {
        if self.known.insert(id.clone()) {
            self.sessions.push(id);
        }
    }

    async fn list_failed(&self, window: Window, error: Error, given_up: bool) -> Result<(), Halt> {
        let failed = FailedWindow {
            session_id: None,
            window,
            error,
        };
        self.tell(Message::ListFailed { failed, given_up }).await
    }

    async fn tell(&self, message: Message) -> Result<(), Halt> {
        tell(&self.sender, message).await
    }
}

/// The pages of a unit, on their way.
struct Pages {
    unit: Arc<Unit>,
    sender: Sender,
    page_read: Arc<Notify>,
}

impl Pages {
    /// Reads the unit, and tells how that ended.
    async fn read(mut self, run: &Run, mut source: Messages, how: How) -> Result<(), Halt> {
        let window = self.unit.window;
        let read = read_window(run, &mut source, how, window, None, &mut self).await;
        let reading = match read {
            Ok(reading) => Ok(Box::new((reading, source.dropped))),
            Err(Halt::Error(error)) if !is_fatal(&error) => Err(error),
            Err(halt) => return Err(halt),
        };
        let unit = self.unit.clone();
        tell(&self.sender, Message::Ended { unit, reading }).await
    }
}

impl Out<Cleaned> for Pages {
    async fn put(&mut self, page: Given<Cleaned>) -> bool {
        self.page_read.notify_one();
        if page.items.is_empty() {
            return true;
        }
        let message = Message::Page {
            unit: self.unit.clone(),
            page: page.items,
        };
        tell(&self.sender, message).await.is_ok()
    }
}

async fn tell(sender: &Sender, message: Message) -> Result<(), Halt> {
    match sender.send(Ok(message)).await {
        true => Ok(()),
        false => Err(Halt::Dropped),
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
