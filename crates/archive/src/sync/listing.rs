//! Zoom's list of sessions, as a run reads it.

use std::collections::HashSet;

use rusqlite::{Connection, params};
use zoom_chat_reports::{GapReason, HarvestSummary, Session, dates::Interval};

use super::{open_unit::Batch, options::SyncEvent, run::Run};
use crate::{
    error::Result,
    facts::{
        Doubt, LedgerRow, Listing,
        digest::sha256,
        items::{self, LISTING},
    },
    sql::Sql,
};

/// A list under way: sessions that are new in it, or shown differently than before.
pub(crate) struct NewList {
    batch: Batch,
    /// Sessions that the list names.
    named: HashSet<String>,
    /// Sessions that the previous list did not name.
    listed_again: Vec<String>,
}

impl NewList {
    pub(super) fn new(unit: i64) -> Self {
        Self {
            batch: Batch::new(unit),
            named: HashSet::new(),
            listed_again: Vec::new(),
        }
    }

    /// Removes the items of a list that was not read to its end.
    pub(super) fn remove(self, db: &Connection) -> Result<()> {
        items::remove(db, self.batch.unit())
    }
}

/// What puts the whole account in doubt, in the words of the ledger. They never change, whatever the SDK says today:
/// doubts of one reason are one set by their words.
const DOUBTS: [(GapReason, &str); 2] = [
    (
        GapReason::ClocksDisagree,
        "Zoom's clock and this machine's differ, and nothing shows which is right",
    ),
    (
        GapReason::NamelessSession,
        "a session without an id that can be read",
    ),
];

/// The stretches of the whole account that are in doubt for a reason, joined where they touch.
///
/// The next run decides about times after what this run covers.
fn doubts(
    summary: &HarvestSummary,
    reason: GapReason,
    text: &'static str,
) -> impl Iterator<Item = Doubt> {
    let of_account = summary
        .gaps
        .iter()
        .filter(|gap| gap.session_id.is_none() && gap.reason == reason);
    let covered = Interval::new(summary.complete_from, summary.complete_through);
    let stretches = Interval::union(
        of_account.map(|gap| Interval::new(gap.start, gap.end).intersection(covered)),
    );
    stretches.into_iter().map(move |interval| Doubt {
        interval,
        reason: text.to_owned(),
    })
}

impl Run<'_> {
    /// Stores a session that the list names; it becomes visible with the whole list.
    pub(super) fn listed(&mut self, list: &mut NewList, session: &Session) -> Result<()> {
        let Some(id) = session.id() else {
            return Ok(());
        };
        if !list.named.insert(id.to_owned()) {
            return Ok(());
        }
        self.tally.sessions += 1;
        let sql = "SELECT s.absent_since IS NOT NULL, (SELECT i.raw FROM listing_columns l
               JOIN items i ON i.id = l.id WHERE l.session = s.no ORDER BY l.id DESC LIMIT 1)
             FROM sessions s WHERE s.id = ?1";
        let known: Option<(bool, Option<String>)> =
            self.writer
                .db
                .first(sql, params![id], |row| row.try_into())?;
        let (was_absent, raw) = known.unwrap_or_default();
        if raw.as_deref() != Some(session.raw()) {
            let key = sha256(id.as_bytes());
            self.writer
                .item(&mut list.batch, LISTING, &key, session.raw())?;
        } else if was_absent {
            list.listed_again.push(id.to_owned());
        }
        self.options.notify(&SyncEvent::Session(session));
        Ok(())
    }

    /// Appends the ledger row of a list that was read to its end.
    pub(super) fn end_list(&mut self, list: NewList, summary: &HarvestSummary) -> Result<()> {
        self.tally.machine_clock_ahead_s = summary.machine_clock_ahead_s;
        self.tally.api_may_have_changed = summary.api_may_have_changed;
        self.tally.list_read = true;
        let doubts: Vec<Doubt> = DOUBTS
            .into_iter()
            .flat_map(|(reason, text)| doubts(summary, reason, text))
            .collect();
        let counts = self
            .state
            .begins(summary.complete_from, summary.complete_through);
        self.tally.in_doubt = !doubts.is_empty() || counts.is_none();
        // A session that one part of the list does not name may be in another part.
        let absent = match self.tally.list_failed {
            true => Vec::new(),
            false => self.absent(&list.named)?,
        };
        let batch = list.batch.into_row(self.writer.run, self.server_date);
        self.append(&LedgerRow::Listing(Box::new(Listing {
            batch,
            complete_from_ms: Some(summary.complete_from.timestamp_millis()),
            complete_through_ms: Some(summary.complete_through.timestamp_millis()),
            partial: self.tally.list_failed,
            absent,
            again: list.listed_again,
            doubts,
        })))
    }

    /// The sessions that the previous list named and this one does not.
    fn absent(&self, named: &HashSet<String>) -> Result<Vec<String>> {
        let ids: Vec<String> = self.writer.db.all("SELECT id FROM sessions WHERE listed_since IS NOT NULL AND absent_since IS NULL ORDER BY no", [], |row| row.get::<_, String>(0))?;
        Ok(ids.into_iter().filter(|id| !named.contains(id)).collect())
    }
}
