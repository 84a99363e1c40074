//! A user's crate; its tests use the packages.
