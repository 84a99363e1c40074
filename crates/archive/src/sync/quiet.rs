//! Windows without anything new, gathered as they arrive and written as one ledger row for many sessions.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::{
    error::Result,
    facts::{self, LedgerRow},
    text::json,
};

/// The longest time for which windows are gathered: a killed run loses no more than that.
const GATHERED: Duration = Duration::from_secs(60);

/// The gathered windows.
#[derive(Default)]
pub(super) struct QuietWindows {
    /// The windows, by question and answer without the time of day.
    alike: BTreeMap<String, Alike>,
    since: Option<Instant>,
}

/// Windows that were asked and answered alike.
struct Alike {
    first: facts::Window,
    sessions: BTreeSet<i64>,
}

impl QuietWindows {
    /// Adds a window of a session.
    pub(super) fn add(&mut self, session: i64, row: &facts::Window) {
        self.since.get_or_insert_with(Instant::now);
        let answered = &row.answered;
        let alike = json(&(
            (row.asked, answered.from, answered.to),
            (answered.kept, answered.floor_shown),
            // A floor that no answer shows is counted from this day.
            answered.as_of.date_naive(),
            (&row.options, row.confirmed, row.pages),
        ));
        let alike = self.alike.entry(alike).or_insert_with(|| Alike {
            first: facts::Window {
                sent: 0,
                edited: 0,
                deleted: 0,
                ..row.clone()
            },
            sessions: BTreeSet::new(),
        });
        alike.sessions.insert(session);
        let first = &mut alike.first;
        first.answered.as_of = first.answered.as_of.min(row.answered.as_of);
        first.sent += row.sent;
        first.edited += row.edited;
        first.deleted += row.deleted;
    }

    /// Whether the windows have been gathered for long enough.
    pub(super) fn are_due(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= GATHERED)
    }

    /// The ledger rows of the gathered windows.
    pub(super) fn take(&mut self, db: &Connection) -> Result<Vec<LedgerRow>> {
        self.since = None;
        let alike = std::mem::take(&mut self.alike).into_values();
        alike.map(|alike| alike.row(db)).collect()
    }
}

impl Alike {
    fn row(self, db: &Connection) -> Result<LedgerRow> {
        let Self { first, sessions } = self;
        let mut row = facts::Quiet {
            run: first.run,
            sessions: facts::stretches(sessions),
            windows: 0,
            digest: String::new(),
            asked: first.asked,
            answered: first.answered,
            options: first.options,
            confirmed: first.confirmed,
            pages: first.pages,
            sent: first.sent,
            edited: first.edited,
            deleted: first.deleted,
        };
        (row.windows, row.digest) = row.named(db, |_| {})?;
        Ok(LedgerRow::Quiet(Box::new(row)))
    }
}
