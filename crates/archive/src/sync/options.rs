//! Options of a sync, its events, and the handle that stops it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;
use zoom_chat_reports::{Session, dates::Window};

use crate::model::ArchiveSettings;

/// Called with what happens in a sync.
pub type Progress = Box<dyn FnMut(&SyncEvent<'_>) + Send>;

/// Options of a sync beside the archive's settings.
#[derive(Default)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Settings for this run only, which may ask for less than those stored.
    pub once: Option<ArchiveSettings>,
    /// Read the messages of the last N days again: finds edits if Zoom
    /// does not report those of older messages.
    pub reread_days: Option<u32>,
    /// Called with what happens.
    pub progress: Option<Progress>,
    /// Ends the run in order.
    pub stop: Option<Stop>,
}

impl SyncOptions {
    /// No options: the sync follows the archive's settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify(&mut self, event: &SyncEvent<'_>) {
        if let Some(progress) = &mut self.progress {
            progress(event);
        }
    }
}

/// What a sync is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncPhase {
    /// Messages by the time they were sent; the list of sessions comes first.
    Messages,
    /// Edits and deletions by their own time.
    Modifications,
    /// Messages that were edited or deleted, once more.
    Parents,
    /// Messages that were read once, again: whether both readings agree.
    Scrub,
    /// Files.
    Attachments,
    /// The index for search.
    Index,
}

/// What happens in a sync.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncEvent<'a> {
    /// A phase begins.
    Phase(SyncPhase),
    /// Zoom's list names this session.
    Session(&'a Session),
    /// How many windows of how many sessions this phase will read.
    Planned {
        /// Sessions.
        sessions: usize,
        /// Windows.
        windows: usize,
    },
    /// Entries came and were stored.
    Entries(usize),
    /// A window is complete.
    WindowDone,
    /// A window failed; its session and dates.
    WindowFailed {
        /// The session; none for the list of sessions.
        session_id: Option<&'a str>,
        /// The dates.
        window: Window,
        /// Why.
        error: &'a zoom_chat_reports::Error,
    },
    /// How many files are still to be fetched.
    FilesLeft(u64),
    /// A file was stored, or could not be.
    File {
        /// Whether it is stored.
        stored: bool,
        /// Its length.
        bytes: u64,
    },
}

/// Ends a sync in order: what is whole is kept, and the report says that it was stopped.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stopped: AtomicBool,
    notify: Notify,
}

impl Stop {
    /// A handle; clones share it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the sync that was given this handle.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    /// Whether it was told to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Waits until it is told to end.
    pub(crate) async fn stopped(&self) {
        let notified = self.0.notify.notified();
        let mut notified = std::pin::pin!(notified);
        // Listens before it looks, so that no call in between is missed.
        notified.as_mut().enable();
        if !self.is_stopped() {
            notified.await;
        }
    }
}

/// Waits until the run is stopped; without a handle, it never ends.
pub(crate) async fn stopped(stop: Option<&Stop>) {
    match stop {
        Some(stop) => stop.stopped().await,
        None => futures::future::pending().await,
    }
}
