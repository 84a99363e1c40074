//! Options of a sync, and its events.

use zoom_chat_reports::{Session, dates::Window};

use crate::{model::ArchiveSettings, stop::Stop};

/// A function that receives the events of a sync.
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
    /// Receives the events of the sync.
    pub progress: Option<Progress>,
    /// Stops the run in order.
    pub stop: Option<Stop>,
}

impl SyncOptions {
    /// Makes empty options: the sync follows the archive's settings.
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

/// A phase of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncPhase {
    /// Messages by the time they were sent; the list of sessions comes first.
    Messages,
    /// Edits and deletions by the time they were made.
    Modifications,
    /// Messages that were edited or deleted, again.
    Parents,
    /// Messages that were read once, again, to see whether both readings agree.
    Scrub,
    /// Files.
    Attachments,
    /// The index for search.
    Index,
}

/// An event of a sync.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncEvent<'a> {
    /// A phase begins.
    Phase(SyncPhase),
    /// Zoom's list names this session.
    Session(&'a Session),
    /// The number of windows and sessions that this phase will read.
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
    /// A window failed.
    WindowFailed {
        /// The session; none for the list of sessions.
        session_id: Option<&'a str>,
        /// The dates.
        window: Window,
        /// Why.
        error: &'a zoom_chat_reports::Error,
    },
    /// The number of files that are still to be fetched.
    FilesLeft(u64),
    /// A file was stored, or could not be.
    File {
        /// Whether it is stored.
        stored: bool,
        /// Its length.
        bytes: u64,
    },
}
