//! The JSON of messages and sessions, byte for byte.
//!
//! It is written by hand rather than by serialising structs: a server that shared
//! types with its clients could not find a wrong field name in them.

mod extras;
pub(crate) mod file;
mod hostile_text;
pub(crate) mod json;
mod message;
mod quirk;
mod session;
mod text;

pub(crate) use message::{Style, message, message_id, timestamp};
pub(crate) use session::session;
