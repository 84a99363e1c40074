#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod archive;
mod backup;
mod derived;
mod disk;
mod error;
#[cfg(feature = "export")]
mod export;
mod facts;
mod model;
mod proof;
mod query;
mod rebuild;
mod sql;
mod stop;
mod sync;
mod text;
mod verify;

pub use archive::{Archive, OpenOptions};
pub use backup::{BackupOptions, BackupReport};
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "export")]
pub use export::{
    ConversationCount, Existing, ExportAsked, ExportCounts, ExportFormat, ExportManifest,
    ExportRecord, ExportReport, ExportRequest, ExportStep, ExportedFile, ExportedReaction,
    ExportedState,
};
pub use facts::{without_download_urls, without_signatures};
pub use model::{
    Account, ArchiveSettings, GapAxis, GapClass, ModificationsFlag, Outcome, REPORT_VERSION,
    ZoomProblem,
};
pub use proof::{
    Accept, Acceptance, AcceptanceReport, Confirmation, Difference, DifferenceKind, FileCounts,
    GapReport, GapState, MonthCoverage, MonthReport, Question, Standing, Verdict,
};
pub use query::{
    ArchivedEntry, ArchivedFile, ArchivedSession, Conversation, ConversationKind, Directory,
    Entries, EntryFilter, FileState, Filter, FoundIn, Person, RunReport, SearchFilter, SearchHit,
    SearchNeighbour, Selection, StatusReport, Unresolved,
};
pub use rebuild::RebuildReport;
pub use stop::Stop;
pub use sync::{
    AttachmentCounts, FailedUnit, Progress, SyncEvent, SyncOptions, SyncPhase, SyncPlan, SyncReport,
};
pub use text::{SearchQuery, fold};
pub use verify::{Finding, FindingKind, VerifyOptions, VerifyReport, VerifyStep};
