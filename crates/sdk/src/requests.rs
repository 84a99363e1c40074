//! Requests of a caller: the list of sessions, and the messages of one session.

pub mod messages;
pub(crate) mod range_reader;
pub mod sessions;
pub(crate) mod streams;
