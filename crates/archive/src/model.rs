//! The words that the ledger and the reports share: settings, gaps, how a run ended.

mod gap;
mod outcome;
mod settings;

pub use gap::{GapAxis, GapClass};
pub use outcome::{ModificationsFlag, Outcome, REPORT_VERSION, ZoomProblem};
pub use settings::{Account, ArchiveSettings};
