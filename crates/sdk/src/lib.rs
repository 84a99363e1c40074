#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod account;
pub mod auth;
mod builder;
mod caller;
mod client;
pub mod clock;
pub mod dates;
mod entry;
mod error;
mod exchange;
mod failure;
pub mod files;
#[doc(hidden)]
pub mod fuzzing;
pub mod harvest;
mod http;
mod include;
mod latency;
mod limiter;
mod memory;
pub mod messages;
mod operation;
mod page;
mod path_id;
mod plan;
mod reading;
mod request;
mod requests;
mod retry;
mod retry_after;
mod runtime;
mod server_time;
mod session;
pub mod sessions;
pub mod stats;
mod streams;
#[cfg(test)]
mod test_server;
#[cfg(feature = "test-util")]
mod testing;
mod tls;
pub mod types;
mod version;

// What stands in this crate's signatures.
pub use {bytes, chrono, futures, reqwest};

pub use auth::credentials::ServerToServer;
pub use builder::ChatReportsBuilder;
pub use client::ChatReports;
pub use dates::{coverage::Coverage, range::DateRange};
pub use entry::{Entry, EntryKind};
pub use error::{Again, Error, ErrorKind, Result};
pub use harvest::{
    event::HarvestEvent,
    summary::{Gap, GapReason, HarvestSummary},
};
pub use include::{Axis, IncludeField, Options};
pub use page::{Cursor, Edges};
pub use plan::Plan;
pub use retry::RetryPolicy;
pub use session::Session;
pub use streams::{Collected, Report};
