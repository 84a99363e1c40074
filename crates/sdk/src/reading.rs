//! Reading windows page by page: drops what is outside the range, and gives each entry once.

pub(crate) mod clean;
pub(crate) mod edges;
pub(crate) mod facts;
pub(crate) mod fingerprint;
pub(crate) mod judge;
pub(crate) mod listed;
pub(crate) mod once;
pub(crate) mod placement;
pub(crate) mod plan;
#[cfg(test)]
mod proof_tests;
pub(crate) mod run;
pub(crate) mod shared;
pub(crate) mod source;
pub(crate) mod stream;
pub(crate) mod summary;
pub(crate) mod tally;
pub(crate) mod window;
