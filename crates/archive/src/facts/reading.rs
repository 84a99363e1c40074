//! One reading of a session, from any row of the ledger that holds one.

use zoom_chat_reports::{
    Axis,
    dates::{AnsweredWindow, Window as Dates},
};

/// The question about a session, and Zoom's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) run: i64,
    pub(crate) asked: Dates,
    pub(crate) answered: &'a AnsweredWindow,
    pub(crate) axis: Axis,
    /// Whether it needs no second reading to confirm it.
    pub(crate) confirmed: bool,
    /// Whether it agrees with the readings before it.
    pub(crate) agrees: bool,
}
