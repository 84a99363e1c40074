//! Tests across the crates of the workspace, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod archive;
mod cli;
mod decoding;
mod document;
mod endurance;
mod faults;
mod fuzz_corpus;
mod generated;
mod harvest;
mod lies;
mod paging;
mod raw_server;
mod recovery;
mod requests;
mod rooms;
mod support;
mod surface;
mod unknowns;
