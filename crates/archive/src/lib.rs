#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod archive;
mod backup;
mod derived;
mod disk;
mod error;
mod facts;
mod model;
mod proof;
mod query;
mod rebuild;
mod sql;
mod sync;
mod text;
mod verify;

pub use archive::{Archive, OpenOptions};
pub use backup::{BackupOptions, BackupReport};
pub use error::{Error, ErrorKind, Result};
pub use model::{
    Account, ArchiveSettings, GapAxis, GapClass, ModificationsFlag, Outcome, REPORT_VERSION,
    ZoomProblem,
};
pub use proof::{
    Accept, Acceptance, AcceptanceReport, Confirmation, Difference, DifferenceKind, FileCounts,
    GapReport, GapState, MonthCoverage, MonthReport, Question, Standing, Verdict,
};
pub use query::{
    ArchivedEntry, ArchivedSession, Entries, EntryFilter, RunReport, SearchFilter, SearchHit,
    StatusReport,
};
pub use rebuild::RebuildReport;
pub use sync::{
    AttachmentCounts, FailedUnit, Progress, Stop, SyncEvent, SyncOptions, SyncPhase, SyncPlan,
    SyncReport,
};
pub use verify::{Finding, FindingKind, VerifyOptions, VerifyReport, VerifyStep};
