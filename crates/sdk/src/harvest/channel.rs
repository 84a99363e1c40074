//! The channel from a harvest's tasks to its consumer: turns their messages into events.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc::{self, Receiver, Sender as Channel};

use super::{FailedWindow, WindowId, event::HarvestEvent};
use crate::{
    DateRange, Error, HarvestSummary, Result, Session,
    dates::Window,
    reading::{
        clean::{Cleaned, Dropped},
        plan::Unit,
        source::{Halt, Reading},
        tally::{Early, Scope, Tally, Wanted},
    },
    transport::memory::Reserved,
};

/// How many messages may wait for the consumer. The pages among them are also bounded by their memory.
const MESSAGES: usize = 64;

/// A message of a harvest's task.
pub(super) enum Message {
    Found(Session),
    Planned {
        /// The new sessions.
        sessions: Vec<Arc<str>>,
        units: Vec<Unit>,
        /// How many windows all sessions have.
        windows: usize,
    },
    Page {
        unit: Arc<Unit>,
        page: Vec<Cleaned>,
        memory: Option<Arc<Reserved>>,
    },
    Ended {
        unit: Arc<Unit>,
        reading: Result<Box<(Reading, Dropped)>>,
    },
    ListFailed {
        failed: FailedWindow,
        /// Whether the window will not be tried again.
        given_up: bool,
    },
    /// The list holds a session without a readable id.
    Nameless(Window),
    /// The run was stopped before it knew the time.
    NotBegun(DateRange),
    Finished {
        scope: Box<Scope>,
        /// The work left undone, if the run ended early.
        early: Option<Early>,
    },
}

/// The sending end of the channel.
#[derive(Clone)]
pub(super) struct Sender(Channel<Result<Message>>);

impl Sender {
    /// Sends a message once there is room for it; fails if it is no longer wanted.
    pub(super) async fn send(&self, message: Result<Message>) -> Result<(), Halt> {
        self.0.send(message).await.map_err(|_| Halt::Dropped)
    }
}

/// The receiving end, where messages become events.
pub(super) struct Events {
    channel: Receiver<Result<Message>>,
    /// The memory of the page that the consumer holds.
    in_hand: Option<Arc<Reserved>>,
    ready: VecDeque<HarvestEvent>,
    tally: Option<Tally>,
}

/// Both ends of the channel.
pub(super) fn way(asked: Wanted) -> (Sender, Events) {
    let (sender, channel) = mpsc::channel(MESSAGES);
    let events = Events {
        channel,
        in_hand: None,
        ready: VecDeque::new(),
        tally: Some(Tally::new(asked)),
    };
    (Sender(sender), events)
}

impl Events {
    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<HarvestEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            // The consumer is done with the previous page.
            self.in_hand = None;
            match self.channel.recv().await? {
                Ok(message) => self.take(message),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn take(&mut self, message: Message) {
        let Some(tally) = &mut self.tally else { return };
        match message {
            Message::Found(session) => {
                tally.listed();
                self.ready.push_back(HarvestEvent::SessionFound(session));
            }
            Message::Planned {
                sessions,
                units,
                windows,
            } => {
                tally.expect(sessions, &units);
                self.ready.push_back(HarvestEvent::Planned {
                    sessions: tally.sessions.len(),
                    windows,
                });
            }
            Message::Page { unit, page, memory } => {
                self.in_hand = memory;
                let entries = tally.page(&unit, page);
                if !entries.is_empty() {
                    let window = WindowId {
                        session_id: tally.sessions[unit.session].id.clone(),
                        window: unit.window,
                    };
                    let event = HarvestEvent::Entries { window, entries };
                    self.ready.push_back(event);
                }
            }
            Message::Ended { unit, reading } => self.ended(&unit, reading),
            Message::ListFailed { failed, given_up } => {
                if given_up {
                    tally.list_failed(failed.window);
                }
                self.ready.push_back(HarvestEvent::WindowFailed(failed));
            }
            Message::Nameless(window) => tally.nameless_session(window),
            Message::NotBegun(range) => {
                self.tally = None;
                let summary = HarvestSummary::not_begun(range);
                self.ready.push_back(HarvestEvent::Stopped(summary));
            }
            Message::Finished { scope, early } => {
                if let Some(tally) = self.tally.take() {
                    let summary = tally.summary(&scope, early);
                    self.ready.push_back(match early {
                        None => HarvestEvent::Finished(summary),
                        Some(_) => HarvestEvent::Stopped(summary),
                    });
                }
            }
        }
    }

    fn ended(&mut self, unit: &Unit, reading: Result<Box<(Reading, Dropped)>, Error>) {
        let Some(tally) = &mut self.tally else { return };
        let event = match reading {
            Ok(reading) => {
                let (reading, dropped) = *reading;
                HarvestEvent::WindowDone(Box::new(tally.read(unit, reading, dropped)))
            }
            Err(error) => {
                tally.failed(unit, &error);
                HarvestEvent::WindowFailed(FailedWindow {
                    session_id: Some(tally.sessions[unit.session].id.clone()),
                    window: unit.window,
                    error,
                })
            }
        };
        self.ready.push_back(event);
    }
}
