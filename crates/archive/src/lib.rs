//! A local archive of an account's chat reports: kept for years, proven to be whole and unaltered.
//!
//! Zoom forgets after six months. [`Archive::sync`] keeps what its reports return, again and
//! again; [`Archive::verify`] proves that all of it is there as it came, and names
//! every gap. An archive is a folder with a SQLite database, attachments under
//! their SHA-256, and a lock; `docs/archive-format.md` defines it to the byte.
//!
//! ```no_run
//! use std::path::Path;
//! use zoom_chat_archive::{Account, Archive, ArchiveSettings, SyncOptions, VerifyOptions};
//! use zoom_chat_reports::{ChatReports, ServerToServer};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = ServerToServer::from_env()?;
//! let account = Account { id: credentials.account_id().to_owned(), sandbox: false };
//! let settings = ArchiveSettings::default();
//! let mut archive = Archive::create(Path::new("chats"), &account, &settings)?;
//! let zoom = ChatReports::builder().credentials(credentials).plan(settings.plan).build()?;
//! let report = archive.sync(&zoom, &account, SyncOptions::new()).await?;
//! println!("{} new messages, head {}", report.new, report.head);
//! assert!(archive.verify(&VerifyOptions::deep())?.is_whole());
//! # Ok(())
//! # }
//! ```
//!
//! The calls that touch the disk block; a sync does so between the pages that come.
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
