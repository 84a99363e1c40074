//! Low-level client for Zoom's chat message reports, generated from
//! `spec/zoom-chat-reports.yaml` at build time.
//!
//! One method an operation, one request a call: no paging, no retries, no
//! tokens. For those use the crate `zoom-chat-reports`, which is built on this
//! one. What is written by hand here is what the generated code needs in its
//! own crate:
//!
//! - [`Call`], what goes with one request and what was seen of its response;
//! - [`Answer`] and [`Captured`], which keep the JSON text as it was served;
//! - [`Expected`], which tells an answer from an error body;
//! - [`Integer`] and [`EchoedDate`], scalars that never fail a page;
//! - [`decoded`] and [`without_mark`], for forms of a body that are rare and allowed;
//! - [`MessageKeys`], a message's identity read apart from its typed view;
//! - accessors on [`types::ChatMessage`] and [`types::ChatSession`] that hide
//!   quirks of the wire format.

#![deny(missing_docs)]

mod answer;
mod byte_order_mark;
mod call;
mod captured;
mod content_encoding;
mod decode_error;
mod expected;
mod generated;
mod hooks;
mod keys;
mod message;
mod scalars;
mod session;
mod throughput;

pub use answer::Answer;
pub use byte_order_mark::without_mark;
pub use call::{BodyTooLarge, Call, Observed, Outgrown};
pub use captured::Captured;
pub use content_encoding::decoded;
pub use decode_error::DecodeError;
pub use expected::{Expected, Judged};
pub use generated::{ByteStream, Client, ClientInfo, Error, ResponseValue, builder, types};
pub use keys::{MessageKeys, session_key};
pub use scalars::{EchoedDate, Integer};
pub use throughput::{Floor, Meter, TooSlow};
