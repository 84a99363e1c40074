//! The way from a harvest's tasks to its consumer: what may wait on it is bounded in entries, since
//! one page of many edits and deletions is as large as ten others.

use std::sync::Arc;

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, Receiver, Sender},
};

use crate::Result;

use super::HarvestEvent;

/// Entries that may wait for the consumer; with those of the requests under way, the memory that a
/// harvest takes.
const ENTRIES: u32 = 800;
/// Events that may wait, whatever they hold.
const EVENTS: usize = 64;

/// An event on its way, and the room that it takes until it is there.
type OnItsWay = (Result<HarvestEvent>, Option<OwnedSemaphorePermit>);

/// Where events are sent from.
#[derive(Clone, Debug)]
pub(super) struct Events {
    sender: Sender<OnItsWay>,
    room: Arc<Semaphore>,
}

/// Where they arrive.
#[derive(Debug)]
pub(super) struct Arrivals(Receiver<OnItsWay>);

pub(super) fn channel() -> (Events, Arrivals) {
    let (sender, receiver) = mpsc::channel(EVENTS);
    let room = Arc::new(Semaphore::new(ENTRIES as usize));
    (Events { sender, room }, Arrivals(receiver))
}

impl Events {
    /// Sends an event once there is room for it; false when nobody wants it any more.
    pub(super) async fn send(&self, event: Result<HarvestEvent>) -> bool {
        let entries = match &event {
            Ok(HarvestEvent::Entries { entries, .. }) => entries.len(),
            _ => 0,
        };
        let entries = u32::try_from(entries).unwrap_or(ENTRIES).min(ENTRIES);
        let room = match entries {
            0 => None,
            entries => self.room.clone().acquire_many_owned(entries).await.ok(),
        };
        self.sender.send((event, room)).await.is_ok()
    }

    /// Whether entries come faster than they are taken.
    pub(super) fn are_many(&self) -> bool {
        self.room.available_permits() < ENTRIES as usize / 2
    }
}

impl Arrivals {
    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<HarvestEvent>> {
        Some(self.0.recv().await?.0)
    }
}
