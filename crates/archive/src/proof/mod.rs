//! The one answer to "is this proven": for whom, from when to when, and what is missing.

mod accept;
mod gap;
mod kept;
mod missing;
mod months;
mod session;
mod standing;
mod state;

pub(crate) use accept::acceptances;
pub use accept::{Accept, AcceptanceReport};
pub use gap::{Acceptance, GapAxis, GapClass, GapReport, GapState};
pub use months::{MonthCoverage, MonthReport};
pub use standing::{FileCounts, Question, Standing, Verdict};

pub(crate) use gap::Gaps;
pub(crate) use kept::{keep, keep_anew};
pub(crate) use missing::read;
pub(crate) use months::of as months;
pub(crate) use standing::look;
pub(crate) use state::{State, on};
