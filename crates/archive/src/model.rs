//! The words that the ledger and the reports share: settings, gaps, how a run ended.

pub(crate) mod gap;
pub(crate) mod outcome;
pub(crate) mod settings;
