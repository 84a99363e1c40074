//! All items of a stream, with its report.

use super::Report;
use crate::{Error, ErrorKind, Result};

/// All items of a stream, and how far they go.
#[derive(Clone, Debug)]
#[must_use = "it may be incomplete"]
#[non_exhaustive]
pub struct Collected<T> {
    /// The items, in the order in which they came.
    pub items: Vec<T>,
    /// How far the items go, and what is missing.
    pub report: Report,
}

impl<T> Collected<T> {
    pub(crate) fn new(items: Vec<T>, report: Option<Report>, last: Option<Error>) -> Result<Self> {
        match (report, last) {
            (Some(report), _) => Ok(Self { items, report }),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::new(
                ErrorKind::Incomplete,
                "the stream was read before, or ended without a report",
            )),
        }
    }

    /// The items, if nothing is missing.
    ///
    /// # Errors
    /// The error that the stream ended with; [`ErrorKind::Incomplete`] if nothing can be claimed.
    pub fn complete(self) -> Result<Vec<T>> {
        if self.report.is_complete() {
            return Ok(self.items);
        }
        Err(self.report.error.unwrap_or_else(|| {
            Error::new(
                ErrorKind::Incomplete,
                "the dates were asked for as reported, so nothing can be claimed",
            )
            .with_hint("use the items as they are, or ask for exact dates")
        }))
    }
}
