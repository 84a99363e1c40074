//! The progress of a verification, a rebuild or a backup.

use std::time::Instant;

use zoom_chat_archive::VerifyStep;

use super::LINE_EVERY;
use crate::ui::{
    quantity::{count, counted},
    stderr::eprint,
};

/// Prints the progress, a line at intervals; nothing if it ends soon.
pub(crate) fn steps(quiet: bool) -> impl FnMut(VerifyStep) {
    let mut last = Instant::now();
    move |step| {
        if quiet || last.elapsed() < LINE_EVERY {
            return;
        }
        last = Instant::now();
        let text = match step {
            VerifyStep::Ledger { done, of } => {
                format!("{}/{} of the ledger", count(done), counted(of, "row"))
            }
            VerifyStep::Tables { done, of } => format!("{done}/{of} tables"),
            VerifyStep::Search { done } => {
                format!("{} in the index for search", counted(done, "place"))
            }
            VerifyStep::Files { done, of } => {
                format!("{}/{}", count(done), counted(of, "attachment"))
            }
            _ => return,
        };
        eprint(&format!("progress: {text}"));
    }
}
