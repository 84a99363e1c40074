#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod auth;
mod client;
pub mod clock;
pub mod dates;
mod error;
pub mod files;
#[doc(hidden)]
pub mod fuzzing;
pub mod harvest;
mod lock;
mod model;
mod operation;
mod reading;
mod requests;
mod setters;
#[cfg(test)]
mod test_server;
#[cfg(feature = "test-util")]
mod testing;
mod transport;
pub mod types;
mod version;

// Crates whose types are in this crate's signatures.
pub use {bytes, chrono, futures, reqwest};

pub use auth::credentials::ServerToServer;
pub use client::{ChatReports, account, builder::ChatReportsBuilder};
pub use dates::range::DateRange;
pub use error::{Again, Error, ErrorKind, Result};
pub use harvest::event::HarvestEvent;
pub use model::{
    coverage::Coverage,
    cursor::{Cursor, Edges},
    entry::{Entry, EntryKind},
    options::{Axis, IncludeField, Options},
    plan::Plan,
    session::Session,
};
pub use reading::summary::{Gap, GapReason, HarvestSummary};
pub use requests::{
    messages, sessions,
    streams::{Collected, Report},
};
pub use transport::{retry::RetryPolicy, stats};
