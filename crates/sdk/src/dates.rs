//! Date rules as pure functions: what to ask for, how far Zoom answers, what an answer proves.
//!
//! Nothing here sends a request or reads a clock.

pub(crate) mod horizon;
pub(crate) mod interval;
pub(crate) mod padding;
pub(crate) mod proof;
pub(crate) mod range;
#[cfg(test)]
mod rules_tests;
pub(crate) mod run_id;
pub(crate) mod window;

pub use horizon::SURE_DAYS;
pub use interval::Interval;
pub use padding::{earliest_midnight, latest_midnight};
pub use proof::{AnsweredWindow, Proof, SETTLED_AFTER, proven};
pub use run_id::RunId;
pub use window::Window;
