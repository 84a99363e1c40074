//! Events of a harvest.

use std::sync::Arc;

use serde::Serialize;

use crate::{Entry, Error, HarvestSummary, Session, dates::Window};

pub use crate::reading::facts::WindowFacts;

/// An event of a harvest; events come in the order in which they happen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HarvestEvent {
    /// The list of sessions named this one; each comes once.
    SessionFound(Session),
    /// How many sessions and windows are to be read. It comes again when the list names more sessions.
    #[non_exhaustive]
    Planned {
        /// Sessions to be read.
        sessions: usize,
        /// Windows to be read, of all sessions.
        windows: usize,
    },
    /// Entries of a window, which is not done yet.
    #[non_exhaustive]
    Entries {
        /// The window that the entries belong to.
        window: WindowId,
        /// The new entries of one page.
        entries: Vec<Entry>,
    },
    /// A window was read to its end; all its entries have come.
    WindowDone(Box<WindowFacts>),
    /// A window could not be read; its entries may be incomplete.
    WindowFailed(FailedWindow),
    /// Everything that could be read was read; the last event.
    Finished(HarvestSummary),
    /// The run ended before all was read; the last event, instead of [`Finished`](Self::Finished). The gaps
    /// name what was not read. Either the run was stopped, or the error that ended it follows.
    Stopped(HarvestSummary),
}

/// Names a unit of a harvest: a session, and the dates asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WindowId {
    /// The session.
    pub session_id: Arc<str>,
    /// The dates asked for.
    pub window: Window,
}

/// A window that could not be read, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailedWindow {
    /// The session; `None` if the list of sessions could not be read.
    pub session_id: Option<Arc<str>>,
    /// The dates asked for.
    pub window: Window,
    /// Why it could not be read.
    pub error: Error,
}
