//! One request: sends it at the right pace, judges its answer, and sends it again if that helps.

pub(crate) mod base;
pub(crate) mod caller;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod latency;
pub(crate) mod limiter;
pub(crate) mod memory;
pub(crate) mod operations;
pub(crate) mod parts;
pub(crate) mod path_id;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod runtime;
pub(crate) mod send;
pub(crate) mod server_time;
pub mod stats;
pub(crate) mod tls;
pub(crate) mod tokens;
pub(crate) mod waits;
