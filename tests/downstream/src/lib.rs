//! A crate of somebody else; its tests use the packages.
