//! Reading an archive: its sessions and entries, search, the state of it, figures for monitoring.

pub(crate) mod entries;
pub(crate) mod metrics;
pub(crate) mod search;
pub(crate) mod status;
