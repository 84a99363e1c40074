//! Facts: the bodies that Zoom sent, byte for byte, and the ledger, which records everything else that was seen
//! or decided. All other tables are derived from them (`derived`).

pub(crate) mod digest;
pub(crate) mod items;
mod ledger;
mod links;
mod quiet;
mod reading;
mod row;

pub(crate) use ledger::{append, check_last, each_after, hash_of, head, holds_hash, last_run};
pub use links::{without_download_urls, without_signatures};
pub(crate) use quiet::{Quiet, stretches};
pub(crate) use reading::Reading;
pub(crate) use row::{
    Accepted, AcceptedGap, Batch, Created, Doubt, Ended, Failed, FileFact, FileOutcome, FromNowOn,
    LedgerRow, Listing, Migrated, OldRun, Run, SettingsRow, Window,
};
