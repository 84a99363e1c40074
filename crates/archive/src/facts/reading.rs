//! One reading of a session, whichever row of the ledger tells of it.

use zoom_chat_reports::{
    Axis,
    dates::{AnsweredWindow, Window as Dates},
};

/// What was asked of a session, and how Zoom answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) run: i64,
    pub(crate) asked: Dates,
    pub(crate) answered: &'a AnsweredWindow,
    pub(crate) axis: Axis,
    /// Whether it needs no other one to confirm it.
    pub(crate) confirmed: bool,
    /// Whether it agrees with the readings before it.
    pub(crate) agrees: bool,
}
