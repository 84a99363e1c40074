//! Types of questions and answers: options, plans, sessions, entries, cursors, coverage.

pub(crate) mod coverage;
pub(crate) mod cursor;
pub(crate) mod entry;
pub(crate) mod options;
pub(crate) mod plan;
pub(crate) mod session;
