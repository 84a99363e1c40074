//! The words that the ledger and the reports share.

pub(crate) mod settings;
