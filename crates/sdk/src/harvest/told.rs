//! The way from a harvest's tasks to its consumer, and what becomes of their messages on it.
//!
//! What may wait on the way is bounded in entries, since one page of many edits and deletions is as
//! large as ten others.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, Receiver, Sender as Channel},
};

use super::{FailedWindow, HarvestEvent, WindowId};
use crate::{
    Error, Result, Session, Window,
    reading::{
        clean::{Cleaned, Dropped},
        plan::Unit,
        source::Reading,
        tally::{Asked, Scope, Tally},
    },
};

/// Entries that may wait for the consumer; with those of the requests under way, the memory that a
/// harvest takes.
const ENTRIES: u32 = 800;
/// Messages that may wait, whatever they hold.
const MESSAGES: usize = 64;

/// What a harvest's tasks tell.
pub(super) enum Message {
    Found(Session),
    Planned {
        /// Those that are new.
        sessions: Vec<Arc<str>>,
        units: Vec<Unit>,
        /// Of all sessions.
        windows: usize,
    },
    Page {
        unit: Arc<Unit>,
        page: Vec<Cleaned>,
    },
    Ended {
        unit: Arc<Unit>,
        reading: Result<Box<(Reading, Dropped)>>,
    },
    ListFailed {
        failed: FailedWindow,
        /// Whether it will not be tried again.
        given_up: bool,
    },
    /// The list holds a session without an id that can be read.
    Nameless(Window),
    Finished(Box<Scope>),
}

/// A message on its way, and the room that it takes until it is there.
type OnItsWay = (Result<Message>, Option<OwnedSemaphorePermit>);

/// Where messages are sent from.
#[derive(Clone)]
pub(super) struct Sender {
    channel: Channel<OnItsWay>,
    room: Arc<Semaphore>,
}

impl Sender {
    /// Sends a message once there is room for it; false when it is not wanted any more.
    pub(super) async fn send(&self, message: Result<Message>) -> bool {
        let entries = match &message {
            Ok(Message::Page { page, .. }) => page.len(),
            _ => 0,
        };
        let entries = u32::try_from(entries).unwrap_or(ENTRIES).min(ENTRIES);
        let room = match entries {
            0 => None,
            entries => self.room.clone().acquire_many_owned(entries).await.ok(),
        };
        self.channel.send((message, room)).await.is_ok()
    }

    /// Whether entries come faster than they are taken.
    pub(super) fn are_many(&self) -> bool {
        self.room.available_permits() < ENTRIES as usize / 2
    }
}

/// Where messages arrive and become events.
pub(super) struct Events {
    channel: Receiver<OnItsWay>,
    ready: VecDeque<HarvestEvent>,
    tally: Option<Tally>,
    sessions: Vec<Arc<str>>,
}

/// Both ends of the way.
pub(super) fn way(asked: Asked) -> (Sender, Events) {
    let (sender, channel) = mpsc::channel(MESSAGES);
    let room = Arc::new(Semaphore::new(ENTRIES as usize));
    let sender = Sender {
        channel: sender,
        room,
    };
    let events = Events {
        channel,
        ready: VecDeque::new(),
        tally: Some(Tally::new(asked)),
        sessions: Vec::new(),
    };
    (sender, events)
}

impl Events {
    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<HarvestEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            match self.channel.recv().await?.0 {
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
                tally.expect(sessions.iter().cloned(), &units);
                self.sessions.extend(sessions);
                self.ready.push_back(HarvestEvent::Planned {
                    sessions: self.sessions.len(),
                    windows,
                });
            }
            Message::Page { unit, page } => {
                let entries = tally.page(&unit, page);
                if !entries.is_empty() {
                    let window = WindowId {
                        session_id: self.sessions[unit.session].clone(),
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
            Message::Finished(scope) => {
                if let Some(tally) = self.tally.take() {
                    let summary = tally.summary(&scope);
                    self.ready.push_back(HarvestEvent::Finished(summary));
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
                tally.failed(unit, error.kind());
                HarvestEvent::WindowFailed(FailedWindow {
                    session_id: Some(self.sessions[unit.session].clone()),
                    window: unit.window,
                    error,
                })
            }
        };
        self.ready.push_back(event);
    }
}
