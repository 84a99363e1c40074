//! Reading an archive: sessions, entries, search, status, metrics.

mod directory;
mod entries;
mod files;
mod head;
mod metrics;
mod search;
mod selection;
mod status;

pub use directory::{Conversation, ConversationKind, Directory, Person, Unresolved};
pub use entries::{ArchivedEntry, ArchivedSession, Entries, EntryFilter};
pub use files::{ArchivedFile, FileState};
pub use search::{FoundIn, SearchFilter, SearchHit, SearchNeighbour};
pub use selection::{Filter, Selection};
pub use status::{RunReport, StatusReport};
