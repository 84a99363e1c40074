//! The progress of a verification, a rebuild, a backup or an export.

use std::time::Instant;

use zoom_chat_archive::{ExportStep, VerifyStep};

use super::LINE_EVERY;
use crate::ui::{
    quantity::{count, counted},
    stderr::eprint,
};

/// Prints the progress, a line at intervals; nothing if it ends soon.
pub(crate) fn steps(quiet: bool) -> impl FnMut(VerifyStep) {
    lines(quiet, verifying)
}

/// As [`steps`], for an export.
pub(crate) fn export_steps(quiet: bool) -> impl FnMut(ExportStep) {
    lines(quiet, |step| {
        Some(match step {
            ExportStep::Verify(step) => format!("verifying the archive: {}", verifying(step)?),
            ExportStep::Compared { done } => format!("{} compared", counted(done, "entry")),
            ExportStep::Entries { done, of } => {
                format!("{}/{}", count(done), counted(of, "entry"))
            }
            _ => return None,
        })
    })
}

fn verifying(step: VerifyStep) -> Option<String> {
    Some(match step {
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
        _ => return None,
    })
}

fn lines<Step>(quiet: bool, text: impl Fn(Step) -> Option<String>) -> impl FnMut(Step) {
    let mut last = Instant::now();
    move |step| {
        if quiet || last.elapsed() < LINE_EVERY {
            return;
        }
        if let Some(text) = text(step) {
            last = Instant::now();
            eprint(&format!("progress: {text}"));
        }
    }
}
