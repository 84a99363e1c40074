//! The lists of sessions that runs have read: what they cover, and from when each session is due.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use zoom_chat_reports::{DateRange, dates::Interval};

use super::{
    days::midnight,
    listed::{List, Listed},
    state::State,
};
use crate::facts::{Doubt, Listing};

impl State {
    pub(super) fn list(&mut self, row: &Listing) {
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

    /// A doubt ends where the whole list was read again. Doubts for one reason are one set, however many runs had
    /// them.
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

    /// The instant from which a list counts that the last run has read from `read_from` to `end`, and whether
    /// the list was asked for more than those before.
    ///
    /// Zoom's floor only rises, but not every answer shows it: an account whose local midnight has not come
    /// yet refuses nothing, and then the proof begins some days later. A day that one run could not prove is
    /// not due because another run might prove it, unless that run was asked for more.
    ///
    /// None if the server's date was wrong: the list covers nothing although it was asked for days before today, or
    /// it ends before all others begin.
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

    /// The instant from which a session must be complete: the start of the list that named it first, or of a later
    /// list that was asked for more.
    pub(crate) fn required_from(&self, session: &Listed) -> Option<DateTime<Utc>> {
        // Lists are in the order of their runs.
        let first = self.lists.partition_point(|list| list.run < session.since);
        let first = self.lists.get(first)?.due_from;
        let more = self.extensions.iter();
        let more = more.filter(|(run, _)| *run >= session.since);
        more.map(|(_, start)| *start).chain([first]).min()
    }

    /// The stretches that a whole list has covered.
    pub(crate) fn covered_by_lists(&self) -> Vec<Interval> {
        let whole = self.lists.iter().filter(|list| list.whole);
        Interval::union(whole.map(|list| list.stretch))
    }

    /// The first and the last instant that a run covered; none before a run has read the list.
    pub(crate) fn span(&self) -> Option<Interval> {
        let start = self.lists.iter().map(|list| list.stretch.start).min()?;
        let end = self.lists.iter().map(|list| list.stretch.end).max()?;
        Some(Interval::new(start, end))
    }

    /// The date of the run that could read an instant first.
    pub(crate) fn read_on(&self, instant: DateTime<Utc>) -> Option<NaiveDate> {
        // Each list ends later than the one before, except if the server's date was wrong.
        let first = self
            .lists
            .partition_point(|list| list.stretch.end <= instant);
        self.lists.get(first)?.date
    }

    /// The instant up to which a session must be complete: as long as it is asked for.
    ///
    /// A session that the list no longer names is asked for as long as Zoom has its messages.
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

    /// The end of the last list that still named a session.
    fn last_listed(&self, absent_since: i64) -> Option<DateTime<Utc>> {
        let named = self.lists.iter().filter(|list| list.run < absent_since);
        named.map(|list| list.stretch.end).max()
    }

    /// The sessions that a list has named within what Zoom still has. The next list may not name them, although
    /// they have messages.
    pub(crate) fn listed_since(&self, first: DateTime<Utc>) -> Vec<String> {
        let is_due = |session: &&Listed| match session.absent_since {
            None => !self.lists.is_empty(),
            Some(run) => self.last_listed(run).is_some_and(|last| last >= first),
        };
        let due = self.listed.iter().filter(is_due);
        due.map(|session| session.id.clone()).collect()
    }
}
