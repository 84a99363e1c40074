#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod archive;
mod digest;
mod error;
mod folder;
mod gaps;
mod known;
mod ledger;
mod months;
mod read;
mod schema;
mod search;
mod settings;
mod status;
mod store;
mod sync;
mod verify;

pub use archive::{Archive, OpenOptions};
pub use error::{Error, ErrorKind, Result};
pub use gaps::{Acceptance, GapAxis, GapClass, GapReport, GapState};
pub use months::{MonthCoverage, MonthReport};
pub use read::{ArchivedEntry, ArchivedSession, Entries, EntryFilter};
pub use search::{SearchFilter, SearchHit};
pub use settings::{Account, ArchiveSettings};
pub use status::{RunReport, StatusReport};
pub use sync::{
    AttachmentCounts, FailedUnit, ModificationsFlag, Outcome, Progress, REPORT_VERSION, Stop,
    SyncEvent, SyncOptions, SyncPhase, SyncPlan, SyncReport, ZoomProblem,
};
pub use verify::{Finding, FindingKind, VerifyOptions, VerifyReport};
