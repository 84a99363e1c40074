//! The promises of the sandbox over HTTP, tested by a client that knows none of its
//! types.
#![allow(clippy::unwrap_used)] // a failing test may panic

mod changes;
mod client;
mod clock;
mod control;
mod errors;
mod faults;
mod files;
mod lies;
mod limits;
mod listing;
mod messages;
mod paging;
mod plain;
mod token;
mod truth;
mod unreliable;
mod verbatim;
