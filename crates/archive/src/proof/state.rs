//! What the whole ledger says: of each session, of the list of sessions, of what failed and what was
//! accepted.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{Axis, Coverage, DateRange, Options, dates::Interval};

use super::{GapAxis, GapClass, kept, pages::Pages, session::KnownSession};
use crate::{
    ZoomProblem,
    error::Result,
    facts::{self, Accepted, Doubt, Failed, LedgerRow, Listing, Reading},
};

/// Zoom surely answers what was sent so many days ago, or later.
pub(super) const SURE_DAYS: u64 = 177;

/// A list of sessions that a run has read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) run: i64,
    pub(crate) date: Option<NaiveDate>,
    /// From where on it was read.
    pub(crate) read_from: DateTime<Utc>,
    /// From when to when it counts.
    pub(crate) stretch: Interval,
    /// From when on the sessions are due that it names first: one that was asked for less does not say from when.
    pub(crate) due_from: DateTime<Utc>,
    /// Whether the whole list was read.
    pub(crate) whole: bool,
}

/// What failed of a session, or of the list of sessions, on one axis.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failures {
    /// The instants that were asked for and not answered.
    pub(crate) asked: Vec<Interval>,
    pub(crate) last: ZoomProblem,
    pub(crate) class: GapClass,
}

/// A session that the list has named.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    /// The first run whose list named it.
    pub(crate) since: i64,
    /// The first run whose list no longer named it.
    pub(crate) absent_since: Option<i64>,
}

/// What is proven, as far as windows answer a question.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) sessions: BTreeMap<String, KnownSession>,
    /// The sessions that a list has named, in the order in which they were found.
    #[serde(skip)]
    pub(crate) listed: Vec<Listed>,
    pub(crate) lists: Vec<List>,
    pub(crate) doubts: Vec<Doubt>,
    #[serde(with = "kept::pairs")]
    pub(crate) failures: BTreeMap<(Option<String>, GapAxis), Failures>,
    pub(crate) accepted: Vec<Accepted>,
    /// Days to be read again, with their sessions.
    #[serde(skip)]
    pub(crate) pending: Vec<(String, NaiveDate)>,
    /// The server's date in the last run.
    pub(crate) date: Option<NaiveDate>,
    /// How full the account's pages are.
    pub(crate) pages: Pages,
    /// The archive's first day, by its settings; none for all that Zoom has.
    start: Option<NaiveDate>,
    /// The first day that the last run asked for; none for all that Zoom has.
    reach: Option<NaiveDate>,
    /// The lists that were asked for more than those before, by their runs: all sessions are due from where they begin.
    extensions: Vec<(i64, DateTime<Utc>)>,
    /// Where lists begin that were asked for from the first day on.
    begin: Option<(Option<NaiveDate>, DateTime<Utc>)>,
}

impl State {
    /// What the ledger says; only what answers these options counts as proven.
    pub(crate) fn read(db: &Connection, options: &Options) -> Result<Self> {
        let (no, mut this) = kept::read(db, options)?.unwrap_or_default();
        facts::each_after(db, no, |_, row| this.apply(db, &row, options))?;
        this.look_up(db)?;
        Ok(this)
    }

    /// Looks up what tables hold that follow from the ledger: which sessions are listed, and which days are
    /// to be read again.
    pub(crate) fn look_up(&mut self, db: &Connection) -> Result<()> {
        self.listed = listed(db)?;
        // What says that it was sent in the future cannot be asked for.
        let last = self.date.unwrap_or(NaiveDate::MIN);
        self.pending = pending(db)?;
        self.pending.retain(|(_, day)| *day <= last);
        Ok(())
    }

    /// What one more row says. What follows from it is in the tables already.
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
                    && row.options.answers(&on(options, reading.axis))
                {
                    self.add(&row.session_id, &reading);
                }
            }
            LedgerRow::Quiet(row) => {
                let reading = row.reading();
                if row.options.answers(&on(options, reading.axis)) {
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

    fn list(&mut self, row: &Listing) {
        self.date = row.batch.server_date.or(self.date);
        let at = |ms: Option<i64>| ms.and_then(DateTime::from_timestamp_millis);
        let stretch = at(row.complete_from_ms).zip(at(row.complete_through_ms));
        let Some((read_from, end)) = stretch else {
            return;
        };
        for session in self.sessions.values_mut() {
            session.check_head(row.batch.run, read_from);
        }
        let Some((start, extends)) = self.begins(read_from, end) else {
            return;
        };
        let is_whole = !row.partial && row.doubts.is_empty() && read_from < end;
        if is_whole && self.begin.is_none_or(|(reach, _)| self.reach <= reach) {
            self.begin = Some((self.reach, start));
        }
        if extends {
            self.extensions.push((row.batch.run, start));
        }
        let list = List {
            run: row.batch.run,
            date: row.batch.server_date,
            read_from,
            stretch: Interval::new(start, end),
            due_from: match self.begin {
                Some((reach, begin)) if reach < self.reach => begin.max(self.sure_from()),
                _ => start,
            },
            whole: !row.partial,
        };
        self.doubt(row, &list);
        self.lists.push(list);
    }

    /// What was in doubt is not any more where the whole list was read again. What is for one reason is one set, however many
    /// runs say so.
    fn doubt(&mut self, row: &Listing, list: &List) {
        let again: &[Interval] = if list.whole { &[list.stretch] } else { &[] };
        let mut by_reason: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
        for doubt in std::mem::take(&mut self.doubts) {
            let left = doubt.interval.without(again);
            by_reason.entry(doubt.reason).or_default().extend(left);
        }
        for doubt in &row.doubts {
            let known = by_reason.entry(doubt.reason.clone()).or_default();
            known.push(doubt.interval);
        }
        let doubts = by_reason.into_iter().flat_map(|(reason, intervals)| {
            let intervals = Interval::union(intervals).into_iter();
            intervals.map(move |interval| Doubt {
                interval,
                reason: reason.clone(),
            })
        });
        self.doubts = doubts.collect();
    }

    /// From where on a list counts that the last run has read from `read_from` to `end`, and whether it was
    /// asked for more than those before.
    ///
    /// Zoom's floor only rises, but not every answer shows it: an account whose local midnight has
    /// not come yet refuses nothing, and then the proof begins some days later. What one run could not
    /// prove is not due because another might have, unless that was asked for more.
    ///
    /// None for one whose server's date was wrong: it covers nothing though it was asked for days before today, or
    /// ends before all others begin.
    pub(crate) fn begins(
        &self,
        read_from: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, bool)> {
        if end <= read_from && self.reach.is_none_or(|reach| midnight(reach) < read_from) {
            return None;
        }
        match self.begin {
            None => Some((read_from, true)),
            Some((reach, _)) if self.reach < reach => Some((read_from, true)),
            Some((_, begin)) => (begin < end).then_some((read_from.max(begin), false)),
        }
    }

    /// From when on a session is to be complete: from where the list begins that named it first, or a later one that
    /// was asked for more.
    pub(crate) fn required_from(&self, session: &Listed) -> Option<DateTime<Utc>> {
        // Lists are in the order of their runs.
        let first = self.lists.partition_point(|list| list.run < session.since);
        let first = self.lists.get(first)?.due_from;
        let more = self.extensions.iter();
        let more = more.filter(|(run, _)| *run >= session.since);
        more.map(|(_, start)| *start).chain([first]).min()
    }

    fn failed(&mut self, row: &Failed) {
        let session = row.session_id.as_ref();
        if let (Some(session), Some(day), GapAxis::Sent) = (
            session.and_then(|id| self.sessions.get_mut(id)),
            self.date,
            row.axis,
        ) {
            session.in_vain(instants(row.asked.from, row.asked.to), day);
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

    /// From here on Zoom surely answered in the last run.
    pub(super) fn sure_from(&self) -> DateTime<Utc> {
        let date = self.date.unwrap_or_default();
        midnight(date.checked_sub_days(Days::new(SURE_DAYS)).unwrap_or(date))
    }

    /// The stretches that a whole list has covered.
    pub(crate) fn covered_by_lists(&self) -> Vec<Interval> {
        let whole = self.lists.iter().filter(|list| list.whole);
        Interval::union(whole.map(|list| list.stretch))
    }

    /// From the first instant that a run covered to the last; none before a run has read the list.
    pub(crate) fn span(&self) -> Option<Interval> {
        let start = self.lists.iter().map(|list| list.stretch.start).min()?;
        let end = self.lists.iter().map(|list| list.stretch.end).max()?;
        Some(Interval::new(start, end))
    }

    /// The date of the run that could read an instant first.
    pub(crate) fn read_on(&self, instant: DateTime<Utc>) -> Option<NaiveDate> {
        // Lists end later and later, but for those whose server's date was wrong.
        let first = self
            .lists
            .partition_point(|list| list.stretch.end <= instant);
        self.lists.get(first)?.date
    }

    /// Up to when a session is to be complete: as long as it is asked for.
    ///
    /// One that the list no longer names is asked for as long as Zoom has what it held.
    pub(crate) fn required_through(&self, session: &Listed) -> Option<DateTime<Utc>> {
        let Some(absent) = session.absent_since else {
            return self.lists.iter().map(|list| list.stretch.end).max();
        };
        let last_listed = self.last_listed(absent)?;
        let asked = self.lists.iter().filter(|list| {
            list.date
                .is_none_or(|date| DateRange::last_six_months(date).start() <= last_listed)
        });
        asked.map(|list| list.stretch.end).max()
    }

    /// Up to when the last list read that still named a session.
    fn last_listed(&self, absent_since: i64) -> Option<DateTime<Utc>> {
        let named = self.lists.iter().filter(|list| list.run < absent_since);
        named.map(|list| list.stretch.end).max()
    }

    /// The sessions that a list has named within what Zoom still has: the next list may not name them,
    /// though they have messages.
    pub(crate) fn listed_since(&self, first: DateTime<Utc>) -> Vec<String> {
        let is_due = |session: &&Listed| match session.absent_since {
            None => !self.lists.is_empty(),
            Some(run) => self.last_listed(run).is_some_and(|last| last >= first),
        };
        let due = self.listed.iter().filter(is_due);
        due.map(|session| session.id.clone()).collect()
    }

    /// The sent axis for a harvest; what was sent from `reread` on counts as not read.
    pub(crate) fn sent_coverage(&self, options: &Options, reread: Option<NaiveDate>) -> Coverage {
        let mut coverage = Coverage::default();
        for (id, session) in &self.sessions {
            for mut interval in session.asked() {
                if let Some(day) = reread {
                    interval.end = interval.end.min(midnight(day));
                }
                cover(&mut coverage, id, &on(options, Axis::Sent), interval);
            }
        }
        coverage
    }

    /// The modified axis for a harvest: what was asked for, and what reading by the time sent has shown.
    pub(crate) fn modified_coverage(&self, options: &Options) -> Coverage {
        let mut coverage = Coverage::default();
        for (id, session) in &self.sessions {
            for interval in session.modified() {
                cover(&mut coverage, id, &on(options, Axis::Modified), interval);
            }
        }
        coverage
    }
}

/// Up to a midnight: dates are asked for in any case, and then sessions that were read at different seconds are
/// asked, and answered, alike.
fn cover(coverage: &mut Coverage, session_id: &str, options: &Options, interval: Interval) {
    let interval = Interval::new(interval.start, midnight(interval.end.date_naive()));
    if !interval.is_empty() {
        coverage.insert(session_id, options, interval);
    }
}

fn listed(db: &Connection) -> Result<Vec<Listed>> {
    let mut select = db.prepare(
        "SELECT id, listed_since, absent_since FROM sessions
         WHERE listed_since IS NOT NULL ORDER BY no",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Listed {
            id: row.get(0)?,
            since: row.get(1)?,
            absent_since: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn pending(db: &Connection) -> Result<Vec<(String, NaiveDate)>> {
    let mut select = db.prepare(
        "SELECT s.id, p.day FROM pending p JOIN sessions s ON s.no = p.session ORDER BY p.day, s.no",
    )?;
    let rows = select.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut pending = Vec::new();
    for row in rows {
        let (session, day) = row?;
        pending.extend(day.parse().ok().map(|day| (session, day)));
    }
    Ok(pending)
}

/// The same options on an axis.
pub(crate) fn on(options: &Options, axis: Axis) -> Options {
    let mut options = options.clone();
    options.axis = axis;
    options
}

pub(crate) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The instants that a window of local dates may ask for, in any zone.
pub(crate) fn instants(from: NaiveDate, to: NaiveDate) -> Interval {
    let end = to.checked_add_days(Days::new(1)).unwrap_or(to);
    Interval::new(
        midnight(from) - TimeDelta::hours(14),
        midnight(end) + TimeDelta::hours(12),
    )
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
