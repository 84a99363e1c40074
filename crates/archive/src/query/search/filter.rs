//! Conditions on what is found, beside the words.

use rusqlite::types::Value;

use crate::query::selection::Selection;

/// Conditions on the entries to be found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SearchFilter {
    /// Only these entries.
    pub selection: Selection,
    /// The largest number of results; `None` for all.
    pub limit: Option<u32>,
    /// How many messages of the session come with each result: as many before it as after it, at most 1,000 each.
    pub context: u32,
}

/// The filter in SQL: conditions on the entry `e`.
pub(super) fn conditions(filter: &SearchFilter, put: &mut impl FnMut(Value) -> String) -> String {
    let mut conditions = filter.selection.conditions();
    if let Some(numbers) = filter.selection.session_numbers() {
        let numbers = put(numbers.into());
        conditions.push_str(&format!(
            " AND e.session IN (SELECT value FROM json_each({numbers}))"
        ));
    }
    conditions
}
