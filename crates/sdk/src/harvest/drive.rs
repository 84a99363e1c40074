//! Runs a harvest: reads the list, plans, and reads as many windows at once as the rate limit can serve.

use std::{collections::HashSet, sync::Arc};

use futures::future::BoxFuture;
use tokio::{sync::Notify, task::JoinSet};

use super::{
    FailedWindow, Harvest,
    channel::{Message, Sender},
    list_reading::ListReading,
    pages::Pages,
    schedule::Schedule,
};
use crate::{
    Error, ErrorKind, Options, Result, Session,
    dates::Window,
    operation::Operation,
    reading::{
        clean::{Messages, MessagesOf},
        fingerprint::Hasher,
        listed,
        plan::Planner,
        run::Run,
        source::{Halt, How, Kind},
        tally::Early,
        window::out_of_reach,
    },
    transport::memory::Memory,
};

/// Runs a harvest to its end, until `stop` completes, or until its events are no longer wanted.
pub(super) async fn drive(harvest: Harvest, sender: Sender, mut stop: BoxFuture<'static, ()>) {
    let range = harvest.range;
    let begun = tokio::select! {
        begun = start(harvest, sender.clone()) => begun,
        () = &mut stop => {
            let _ = sender.send(Ok(Message::NotBegun(range))).await;
            return;
        }
    };
    let mut driver = match begun {
        Ok(driver) => driver,
        Err(error) => {
            let _ = sender.send(Err(error)).await;
            return;
        }
    };
    let ended = tokio::select! {
        ended = driver.run() => ended.map(|()| None),
        () = stop => Ok(Some(driver.early())),
    };
    let (early, error) = match ended {
        Ok(early) => (early, None),
        Err(Halt::Dropped) => return,
        Err(Halt::Error(error)) => (Some(driver.early()), Some(error)),
    };
    // Stops the tasks, since nothing may follow the summary. What they sent before is still delivered.
    driver.running.shutdown().await;
    let scope = Box::new(driver.run.scope(Kind::Messages, &driver.harvest.range));
    let finished = driver.tell(Message::Finished { scope, early }).await;
    if let (Ok(()), Some(error)) = (finished, error) {
        let _ = sender.send(Err(error)).await;
    }
}

async fn start(harvest: Harvest, sender: Sender) -> Result<Driver> {
    harvest.check()?;
    let run = Run::begin(harvest.inner.clone()).await?;
    let asked = Window::around(run.interval(&harvest.range));
    run.clip(Kind::Messages, asked).ok_or_else(out_of_reach)?;
    Ok(Driver {
        options: Arc::new(harvest.options.clone()),
        planner: run.planner(harvest.whole_windows),
        memory: Memory::new(harvest.memory),
        harvest,
        run,
        sender,
        hasher: Hasher::default(),
        sessions: Vec::new(),
        known: HashSet::new(),
        planned: 0,
        told: 0,
        windows: 0,
        list: ListReading::default(),
        schedule: Schedule::default(),
        running: JoinSet::new(),
        page_read: Arc::default(),
    })
}

/// The result of a job, which sends requests.
enum Ended {
    Listed(Window, Result<Vec<Session>, Halt>),
    /// A window was read, or failed, and this was reported; whether it is near Zoom's floor.
    Read(Result<(), Halt>, bool),
}

struct Driver {
    harvest: Harvest,
    run: Arc<Run>,
    sender: Sender,
    memory: Arc<Memory>,
    options: Arc<Options>,
    hasher: Hasher,
    planner: Planner,
    sessions: Vec<Arc<str>>,
    known: HashSet<Arc<str>>,
    /// How many sessions were planned, and how many of them were reported.
    planned: usize,
    told: usize,
    windows: usize,
    list: ListReading,
    schedule: Schedule,
    running: JoinSet<Ended>,
    page_read: Arc<Notify>,
}

impl Driver {
    async fn run(&mut self) -> Result<(), Halt> {
        if let Some(ids) = self.harvest.sessions.clone() {
            self.sessions = ids;
            self.queue_reading().await?;
        } else {
            for id in std::mem::take(&mut self.harvest.also) {
                self.add(id);
            }
            self.list.begin_pass(&self.run);
            if !self.sessions.is_empty() {
                self.queue_reading().await?;
            }
        }
        self.work().await?;
        self.refused(Operation::Sessions)?;
        self.refused(Operation::Messages)
    }

    /// The work that is left undone if the run ends now.
    fn early(&self) -> Early {
        let is_listed = self.harvest.sessions.is_some() || self.list.is_read();
        Early {
            list_read: is_listed && self.told == self.sessions.len(),
        }
    }

    /// Fails if all requests of a kind were refused in a way that normally holds for the whole app.
    fn refused(&self, operation: Operation) -> Result<(), Halt> {
        let refusal = self.run.judge().of_all(operation);
        refusal.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Queues the windows of the sessions that are not planned yet.
    async fn queue_reading(&mut self) -> Result<(), Halt> {
        let new = &self.sessions[self.planned..];
        let units = self
            .harvest
            .units(&self.run, &mut self.planner, new, self.planned);
        let sessions = new.to_vec();
        self.planned = self.sessions.len();
        self.windows += units.len();
        for unit in &units {
            self.schedule.add(unit.clone());
        }
        self.tell(Message::Planned {
            sessions,
            units,
            windows: self.windows,
        })
        .await?;
        self.told = self.planned;
        Ok(())
    }

    /// Runs all jobs, as many at once as the rate limit can serve and memory can hold.
    async fn work(&mut self) -> Result<(), Halt> {
        loop {
            let caller = self.harvest.inner.caller.clone();
            let another_fails = caller.another_fails();
            let fit = self.running.len() + self.memory.fit();
            let most = fit.min(caller.in_flight_target()).max(1);
            while self.running.len() < most && self.start_next() {}
            let ended = tokio::select! {
                ended = self.running.join_next() => Some(ended),
                // The number of jobs needed changes when a page is read and when a call fails.
                () = self.page_read.notified() => None,
                () = another_fails => None,
            };
            match ended {
                None => {}
                Some(None) => return Ok(()),
                Some(Some(Ok(Ended::Listed(window, listed)))) => {
                    self.listed(window, listed).await?;
                }
                Some(Some(Ok(Ended::Read(read, near_floor)))) => {
                    self.schedule.ended(near_floor);
                    read?;
                }
                Some(Some(Err(error))) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime is shutting down.
                    Err(_) => return Err(Halt::Dropped),
                },
            }
        }
    }

    /// Starts the next job, if there is one. The list goes first, since it names the sessions.
    fn start_next(&mut self) -> bool {
        let run = self.run.clone();
        if let Some(window) = self.list.next() {
            let pass = self.list.pass();
            self.running.spawn(async move {
                Ended::Listed(window, listed::list(&run, window, pass).await)
            });
            return true;
        }
        let Some((unit, near_floor)) = self.schedule.next(run.today()) else {
            return false;
        };
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
            memory: self.memory.clone(),
            page_read: self.page_read.clone(),
        };
        self.running
            .spawn(async move { Ended::Read(pages.read(&run, source, how).await, near_floor) });
        true
    }

    async fn listed(
        &mut self,
        window: Window,
        listed: Result<Vec<Session>, Halt>,
    ) -> Result<(), Halt> {
        let sessions = match Halt::wanted(listed)? {
            Ok(sessions) => sessions,
            Err(error) => {
                let name = window.to_string().into();
                if let Some(fatal) = self.run.judge().judge(Operation::Sessions, &name, &error) {
                    return Err(fatal.into());
                }
                let Some(given_up) = self.list.failed(window) else {
                    return Ok(());
                };
                self.list_failed(window, error, given_up).await?;
                Vec::new()
            }
        };
        let is_pass_over = self.list.window_done();
        for session in sessions {
            let Some(id) = session.shared_id() else {
                self.tell(Message::Nameless(window)).await?;
                self.list_failed(window, nameless(), false).await?;
                continue;
            };
            self.add(id.clone());
            if self.list.is_new(id) {
                self.tell(Message::Found(session)).await?;
            }
        }
        let is_first_plan = is_pass_over && self.list.pass() == 1 && self.planned == 0;
        if self.sessions.len() > self.planned || is_first_plan {
            self.queue_reading().await?;
        }
        if is_pass_over && !self.list.is_read() {
            self.list.begin_pass(&self.run);
        }
        Ok(())
    }

    /// Adds a session to be read.
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
        self.sender.send(Ok(message)).await
    }
}

fn nameless() -> Error {
    Error::new(
        ErrorKind::UnreadableBody,
        "the list names a session without a readable id",
    )
    .with_hint("its messages cannot be requested; those of the other sessions were")
}
