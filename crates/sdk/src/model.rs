//! What is asked for and what comes: options, plans, sessions, entries, cursors.

pub(crate) mod coverage;
pub(crate) mod cursor;
pub(crate) mod entry;
pub(crate) mod options;
pub(crate) mod plan;
pub(crate) mod session;
