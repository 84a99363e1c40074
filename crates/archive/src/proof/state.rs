//! The state of the whole ledger: each session, the list of sessions, failures and acceptances.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{
    Axis, Coverage, Options,
    dates::{Interval, SURE_DAYS},
};

use super::{
    days::{instants, midnight, on_axis},
    listed::{List, Listed, listed},
    pages::Pages,
    session::SessionProof,
};
use crate::{
    error::Result,
    facts::{Accepted, Doubt, Failed, LedgerRow, Reading},
    model::{GapAxis, GapClass, ZoomProblem},
    sql::Sql,
};

/// The failures of a session, or of the list of sessions, on one axis.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failures {
    /// The instants that were asked for and not answered.
    pub(crate) asked: Vec<Interval>,
    pub(crate) last: ZoomProblem,
    pub(crate) class: GapClass,
}

/// Everything that is proven by windows that answer a question.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) sessions: BTreeMap<String, SessionProof>,
    /// The sessions that a list has named, in the order in which they were found.
    #[serde(skip)]
    pub(crate) listed: Vec<Listed>,
    pub(crate) lists: Vec<List>,
    pub(crate) doubts: Vec<Doubt>,
    #[serde(with = "super::pairs")]
    pub(crate) failures: BTreeMap<(Option<String>, GapAxis), Failures>,
    pub(crate) accepted: Vec<Accepted>,
    /// Days to be read again, with their sessions.
    #[serde(skip)]
    pub(crate) pending: Vec<(String, NaiveDate)>,
    /// The server's date in the last run.
    pub(crate) date: Option<NaiveDate>,
    /// The fullness of the account's pages.
    pub(crate) pages: Pages,
    /// The archive's first day, by its settings; none for everything that Zoom has.
    pub(super) start: Option<NaiveDate>,
    /// The first day that the last run asked for; none for everything that Zoom has.
    pub(super) reach: Option<NaiveDate>,
    /// The lists that were asked for more than those before, by their runs: all sessions are due from their start on.
    pub(super) extensions: Vec<(i64, DateTime<Utc>)>,
    /// The starts of lists that were asked for from the first day on.
    pub(super) begin: Option<(Option<NaiveDate>, DateTime<Utc>)>,
}

impl State {
    /// Reads from the derived tables which sessions are listed, and which days are to be read again.
    pub(crate) fn look_up(&mut self, db: &Connection) -> Result<()> {
        self.listed = listed(db)?;
        // A message with a time in the future cannot be asked for.
        let last = self.date.unwrap_or(NaiveDate::MIN);
        self.pending = pending(db)?;
        self.pending.retain(|(_, day)| *day <= last);
        Ok(())
    }

    /// Adds one more row, whose derived tables are up to date already.
    pub(crate) fn apply(
        &mut self,
        db: &Connection,
        row: &LedgerRow,
        options: &Options,
    ) -> Result<()> {
        match row {
            LedgerRow::Settings(row) => self.start = row.settings.start,
            LedgerRow::Run(row) => {
                self.date = Some(row.server_date);
                self.reach = row.once.as_ref().map_or(self.start, |once| once.start);
            }
            LedgerRow::Migrated(row) => {
                self.start = row.settings.start;
                self.begin = self.begin.map(|(_, begin)| (self.start, begin));
            }
            LedgerRow::Window(row) => {
                self.pages.add(row);
                if let Some(reading) = row.reading()
                    && row.options.answers(&on_axis(options, reading.axis))
                {
                    self.add(&row.session_id, &reading);
                }
            }
            LedgerRow::Quiet(row) => {
                let reading = row.reading();
                if row.options.answers(&on_axis(options, reading.axis)) {
                    row.each_asked(db, |id| self.add(id, &reading))?;
                }
            }
            LedgerRow::Listing(row) => self.list(row),
            LedgerRow::Failed(row) => self.failed(row),
            LedgerRow::Accepted(row) => self.accepted.push((**row).clone()),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, session_id: &str, reading: &Reading<'_>) {
        match self.sessions.get_mut(session_id) {
            Some(session) => session.add(reading),
            None => {
                let session = self.sessions.entry(session_id.to_owned());
                session.or_default().add(reading);
            }
        }
    }

    fn failed(&mut self, row: &Failed) {
        let session = row.session_id.as_ref();
        if let (Some(session), Some(day), GapAxis::Sent) = (
            session.and_then(|id| self.sessions.get_mut(id)),
            self.date,
            row.axis,
        ) {
            session.note_failed_reread(instants(row.asked.from, row.asked.to), day);
        }
        let failures = self
            .failures
            .entry((row.session_id.clone(), row.axis))
            .or_insert_with(|| Failures {
                asked: Vec::new(),
                last: row.problem.clone(),
                class: row.class,
            });
        let asked = failures
            .asked
            .iter()
            .copied()
            .chain([instants(row.asked.from, row.asked.to)]);
        failures.asked = Interval::union(asked);
        failures.last = row.problem.clone();
        failures.class = row.class;
    }

    /// The instant from which Zoom surely answered in the last run.
    pub(super) fn sure_from(&self) -> DateTime<Utc> {
        let date = self.date.unwrap_or_default();
        midnight(date.checked_sub_days(Days::new(SURE_DAYS)).unwrap_or(date))
    }

    /// The sent axis for a harvest; messages sent from `reread` on count as not read.
    pub(crate) fn sent_coverage(&self, options: &Options, reread: Option<NaiveDate>) -> Coverage {
        let mut coverage = Coverage::default();
        for (id, session) in &self.sessions {
            for mut interval in session.asked() {
                if let Some(day) = reread {
                    interval.end = interval.end.min(midnight(day));
                }
                cover(&mut coverage, id, &on_axis(options, Axis::Sent), interval);
            }
        }
        coverage
    }

    /// The modified axis for a harvest: the instants that were asked for, and those shown by reading by the time sent.
    pub(crate) fn modified_coverage(&self, options: &Options) -> Coverage {
        let mut coverage = Coverage::default();
        for (id, session) in &self.sessions {
            for interval in session.modified() {
                cover(
                    &mut coverage,
                    id,
                    &on_axis(options, Axis::Modified),
                    interval,
                );
            }
        }
        coverage
    }
}

/// Extends to a midnight: requests name dates in any case, and so sessions that were read at different seconds are
/// asked, and answered, alike.
fn cover(coverage: &mut Coverage, session_id: &str, options: &Options, interval: Interval) {
    let interval = Interval::new(interval.start, midnight(interval.end.date_naive()));
    if !interval.is_empty() {
        coverage.insert(session_id, options, interval);
    }
}

fn pending(db: &Connection) -> Result<Vec<(String, NaiveDate)>> {
    let sql = "SELECT s.id, p.day FROM pending p JOIN sessions s ON s.no = p.session
         ORDER BY p.day, s.no";
    let pending: Vec<(String, String)> = db.all(sql, [], |row| row.try_into())?;
    let days = pending.into_iter();
    Ok(days
        .filter_map(|(id, day)| Some((id, day.parse().ok()?)))
        .collect())
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
