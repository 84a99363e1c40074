//! Tests across the crates of the workspace, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod cli;
mod decoding;
mod generated;
mod harvest;
mod paging;
mod recovery;
mod support;
mod unknowns;
