//! Reading an archive: its sessions and entries, search, its status, figures for monitoring.

mod entries;
mod head;
mod metrics;
mod search;
mod status;

pub use entries::{ArchivedEntry, ArchivedSession, Entries, EntryFilter};
pub use search::{SearchFilter, SearchHit};
pub use status::{RunReport, StatusReport};
