//! The way from a harvest's tasks to its consumer, and what becomes of their messages on it.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc::{self, Receiver, Sender as Channel};

use super::{FailedWindow, WindowId, event::HarvestEvent};
use crate::{
    DateRange, Error, HarvestSummary, Result, Session,
    dates::Window,
    reading::{
        clean::{Cleaned, Dropped},
        plan::Unit,
        source::Reading,
        tally::{Asked, Early, Scope, Tally},
    },
    transport::memory::Reserved,
};

/// Messages that may wait for the consumer. What the pages among them hold is bounded by their memory.
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
        memory: Option<Arc<Reserved>>,
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
    /// It was stopped before it knew what time it is.
    NotBegun(DateRange),
    Finished {
        scope: Box<Scope>,
        /// What was left undone, where the run ended early.
        early: Option<Early>,
    },
}

/// Where messages are sent from.
#[derive(Clone)]
pub(super) struct Sender(Channel<Result<Message>>);

impl Sender {
    /// Sends a message once there is room for it; false when it is not wanted any more.
    pub(super) async fn send(&self, message: Result<Message>) -> bool {
        self.0.send(message).await.is_ok()
    }
}

/// Where messages arrive and become events.
pub(super) struct Events {
    channel: Receiver<Result<Message>>,
    /// The memory of the page that the consumer has.
    in_hand: Option<Arc<Reserved>>,
    ready: VecDeque<HarvestEvent>,
    tally: Option<Tally>,
    sessions: Vec<Arc<str>>,
}

/// Both ends of the way.
pub(super) fn way(asked: Asked) -> (Sender, Events) {
    let (sender, channel) = mpsc::channel(MESSAGES);
    let events = Events {
        channel,
        in_hand: None,
        ready: VecDeque::new(),
        tally: Some(Tally::new(asked)),
        sessions: Vec::new(),
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
            // The consumer is done with the page before.
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
                tally.expect(sessions.iter().cloned(), &units);
                self.sessions.extend(sessions);
                self.ready.push_back(HarvestEvent::Planned {
                    sessions: self.sessions.len(),
                    windows,
                });
            }
            Message::Page { unit, page, memory } => {
                self.in_hand = memory;
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
                    session_id: Some(self.sessions[unit.session].clone()),
                    window: unit.window,
                    error,
                })
            }
        };
        self.ready.push_back(event);
    }
}
