#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod account;
pub mod auth;
mod builder;
mod caller;
mod client;
pub mod clock;
mod dates;
mod entry;
mod error;
mod exchange;
mod failure;
mod files;
#[doc(hidden)]
pub mod fuzzing;
mod harvest;
mod http;
mod include;
mod latency;
mod limiter;
mod memory;
mod messages;
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
mod sessions;
mod stats;
mod streams;
#[cfg(test)]
mod test_server;
#[cfg(feature = "test-util")]
mod testing;
mod tls;
mod version;

/// The README of the workspace, so that its example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod workspace {}

// What stands in this crate's signatures.
pub use {bytes, chrono, futures, reqwest};

pub use account::Probe;
pub use auth::{AccessToken, ServerToServer, StaticToken, TokenSource};
pub use builder::ChatReportsBuilder;
pub use client::ChatReports;
pub use dates::{
    coverage::{Coverage, RunId},
    interval::Interval,
    proof::{AnsweredWindow, Proof, SETTLED_AFTER, proven},
    range::DateRange,
    window::Window,
};
pub use entry::{Entry, EntryKind};
pub use error::{Again, Error, ErrorKind, Result};
pub use files::{Chunks, Download, Downloaded};
pub use harvest::{
    FailedWindow, Forecast, Gap, GapReason, Harvest, HarvestEvent, HarvestEvents, HarvestSummary,
    WindowFacts, WindowId,
};
pub use include::{Axis, IncludeField, Options};
pub use messages::Messages;
pub use page::{Cursor, Edges, Page};
pub use plan::{Plan, RateLabel};
pub use reading::fingerprint::same_content;
pub use retry::RetryPolicy;
pub use sessions::{Session, Sessions, SessionsPage};
pub use stats::{RequestCounts, Stats};
pub use streams::{Collected, Entries, Pages, Report, SessionEntries, SessionPages};
pub use zoom_chat_reports_api::{DecodeError, EchoedDate, Integer, MessageKeys, types};
