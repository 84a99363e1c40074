//! The account over HTTP.

mod account_settings;
mod call;
pub(crate) mod control;
mod files;
mod guard;
mod latency;
mod oauth;
mod reply;
mod report;
mod respond;
mod route;
mod serve;
pub(crate) mod server;

pub use account_settings::DECOY_PASSCODE;
