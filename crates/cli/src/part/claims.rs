//! What a file proves that several runs have written.
//!
//! A run tells what it proves itself. What earlier runs have read can begin earlier, since Zoom's reach moves on with
//! the days; but perhaps not in every session.

use chrono::{DateTime, Utc};
use zoom_chat_reports::{HarvestSummary, dates::Interval};

use super::state::State;

/// What a file proves, as far as it is not what its last run proves.
#[derive(Debug)]
pub(crate) struct Claims {
    /// From this instant on, all sessions are proven.
    pub(crate) complete_from: DateTime<Utc>,
    /// The first instant that any session proves.
    pub(crate) begins: DateTime<Utc>,
    /// What is missing in between, by session.
    pub(crate) missing: Vec<(String, Interval)>,
}

/// Compares what all runs prove with what the last one does.
pub(super) fn claims(state: &State, summary: &HarvestSummary) -> Option<Claims> {
    let State {
        coverage,
        floors,
        question,
        ..
    } = state;
    let options = &question.options;
    let starts = coverage.sessions().filter_map(|id| {
        let proven = coverage.proven(id, options);
        proven.first().map(|stretch| stretch.start)
    });
    let begins = starts.min()?.min(summary.complete_from);
    let ends = floors.values().map(|floor| floor.end);
    let end = ends.chain([summary.complete_from]).max()?;
    let end = end.min(summary.complete_through.max(summary.complete_from));
    let missing: Vec<(String, Interval)> = coverage
        .sessions()
        .flat_map(|id| {
            let stretches = coverage.missing(id, options, Interval::new(begins, end));
            stretches
                .into_iter()
                .map(|stretch| (id.to_owned(), stretch))
        })
        .collect();
    let last = missing.iter().map(|(_, stretch)| stretch.end).max();
    Some(Claims {
        complete_from: last.unwrap_or(begins),
        begins,
        missing,
    })
}
