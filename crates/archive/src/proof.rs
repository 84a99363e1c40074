//! Proofs: the instants of each session that the ledger proves, and the gaps.

mod accept;
mod confirmation;
mod days;
mod gap;
mod kept;
mod listed;
mod lists;
mod missing;
mod months;
mod pages;
mod pairs;
mod session;
mod standing;
mod state;

pub(crate) use accept::acceptances;
pub use accept::{Accept, AcceptanceReport};
pub use confirmation::{Confirmation, Difference, DifferenceKind};
pub use gap::{Acceptance, GapReport, GapState};
pub use months::{MonthCoverage, MonthReport};
pub use standing::{FileCounts, Question, Standing, Verdict};

pub(crate) use confirmation::{of as confirmation, surely_there};
pub(crate) use days::{instants, midnight, on_axis};
pub(crate) use gap::Gaps;
pub(crate) use kept::{keep, keep_replayed};
pub(crate) use missing::read;
pub(crate) use months::of as months;
pub(crate) use session::{SURELY_VISIBLE, SessionProof};
pub(crate) use standing::assess;
pub(crate) use state::State;
