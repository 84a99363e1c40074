//! The differences that a verification found.

use super::report::{Finding, FindingKind};

/// Findings and gaps that a report lists one by one.
pub(super) const LISTED: usize = 1000;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(super) list: Vec<Finding>,
    pub(super) count: u64,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        kind: FindingKind,
        name: impl Into<String>,
        text: impl Into<String>,
    ) {
        self.count += 1;
        if self.list.len() < LISTED {
            self.list.push(Finding {
                kind,
                name: name.into(),
                text: text.into(),
            });
        }
    }

    /// Adds a row of the ledger.
    pub(super) fn row(&mut self, no: u64, text: &str) {
        self.add(FindingKind::LedgerRow, no.to_string(), text);
    }

    pub(crate) fn first(&self) -> Option<&Finding> {
        self.list.first()
    }
}
