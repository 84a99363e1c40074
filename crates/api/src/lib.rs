#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod answer;
mod byte_order_mark;
mod call;
mod captured;
mod content_encoding;
mod decode_error;
mod generated;
mod hooks;
mod keys;
mod message;
mod page_or_error;
mod scalars;
mod session;
mod throughput;

pub use answer::Answer;
pub use byte_order_mark::without_mark;
pub use call::{BodyTooLarge, Call, Observed, Outgrown};
pub use captured::Captured;
pub use content_encoding::decoded;
pub use decode_error::DecodeError;
pub use generated::{ByteStream, Client, ClientInfo, Error, ResponseValue, builder, types};
pub use keys::{MessageKeys, session_key};
pub use page_or_error::{Expected, Judged};
pub use scalars::{EchoedDate, Integer};
pub use throughput::{Floor, Meter, TooSlow};
