//! Reading an archive: sessions, entries, search, status, metrics.

mod entries;
mod head;
mod metrics;
mod search;
mod status;

pub use entries::{ArchivedEntry, ArchivedSession, Entries, EntryFilter};
pub use search::{SearchFilter, SearchHit};
pub use status::{RunReport, StatusReport};
