#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod archive;
mod backup;
mod db;
mod derived;
mod error;
mod facts;
mod folder;
mod holders;
mod metrics;
mod proof;
mod read;
mod rebuild;
mod search;
mod settings;
mod space;
mod status;
mod sync;
mod text;
mod verify;

pub use archive::{Archive, OpenOptions};
pub use backup::{BackupOptions, BackupReport};
pub use error::{Error, ErrorKind, Result};
pub use proof::{
    Accept, Acceptance, AcceptanceReport, Confirmation, Difference, DifferenceKind, FileCounts,
    GapAxis, GapClass, GapReport, GapState, MonthCoverage, MonthReport, Question, Standing,
    Verdict,
};
pub use read::{ArchivedEntry, ArchivedSession, Entries, EntryFilter};
pub use rebuild::RebuildReport;
pub use search::{SearchFilter, SearchHit};
pub use settings::{Account, ArchiveSettings};
pub use status::{RunReport, StatusReport};
pub use sync::{
    AttachmentCounts, FailedUnit, ModificationsFlag, Outcome, Progress, REPORT_VERSION, Stop,
    SyncEvent, SyncOptions, SyncPhase, SyncPlan, SyncReport, ZoomProblem,
};
pub use verify::{Finding, FindingKind, VerifyOptions, VerifyReport, VerifyStep};
