//! Tests across the crates of the workspace.

/// The README of the workspace, so that its example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
