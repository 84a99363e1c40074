//! The pure rules of dates: what to ask for, how far Zoom answers, what an answer proves.
//!
//! Nothing here sends a request or reads a clock.

pub(crate) mod coverage;
pub(crate) mod horizon;
pub(crate) mod interval;
pub(crate) mod proof;
#[cfg(test)]
mod proof_tests;
pub(crate) mod range;
#[cfg(test)]
mod rules_tests;
pub(crate) mod window;

pub use coverage::RunId;
pub use interval::Interval;
pub use proof::{AnsweredWindow, Proof, SETTLED_AFTER, proven};
pub use window::Window;
