//! What a caller asks for: the list of sessions, and the messages of one.

pub mod messages;
pub(crate) mod range_reader;
pub mod sessions;
pub(crate) mod streams;
