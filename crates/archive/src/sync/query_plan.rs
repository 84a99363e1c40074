//! The queries of a run, derived from the ledger and the settings: the same for a sync and for its forecast.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::Connection;
use zoom_chat_reports::{Axis, ChatReports, DateRange, Options, harvest::Harvest};

use super::{options::SyncOptions, scrub::Scrub};
use crate::{
    error::Result,
    model::ArchiveSettings,
    proof::{self, State},
};

/// The client, the settings and the date, from which the queries of a run follow.
pub(crate) struct QueryPlan<'a> {
    pub(crate) zoom: &'a ChatReports,
    pub(crate) settings: &'a ArchiveSettings,
    pub(crate) server_date: NaiveDate,
}

impl<'a> QueryPlan<'a> {
    pub(crate) fn new(
        zoom: &'a ChatReports,
        settings: &'a ArchiveSettings,
        server_date: NaiveDate,
    ) -> Self {
        Self {
            zoom,
            settings,
            server_date,
        }
    }

    /// The options of a harvest on an axis.
    pub(crate) fn question(&self, axis: Axis) -> Options {
        proof::on_axis(&self.settings.options, axis)
    }

    /// All days that Zoom still has, without those before the archive's start.
    pub(crate) fn range(&self) -> Result<DateRange> {
        let whole = DateRange::last_six_months(self.server_date);
        Ok(match self.settings.start {
            Some(start) if start > whole.first() => DateRange::new(start, self.server_date)?,
            _ => whole,
        })
    }

    /// Lists the sessions, and reads by the time of sending what is not proven yet.
    pub(crate) fn messages(&self, state: &State, reread_days: Option<u32>) -> Result<Harvest> {
        let question = self.question(Axis::Sent);
        let reread =
            reread_days.and_then(|days| self.server_date.checked_sub_days(Days::new(days.into())));
        let coverage = state.sent_coverage(&question, reread);
        let harvest = self.zoom.harvest(self.range()?);
        let known = self.sessions(state);
        Ok(self
            .configured(harvest, Axis::Sent)
            .except(&coverage)
            .also(known))
    }

    /// The sessions that are asked for, even if the next list does not name them.
    fn sessions(&self, state: &State) -> Vec<String> {
        state.listed_since(DateRange::last_six_months(self.server_date).start())
    }

    /// Reads the edits and deletions of these sessions that reading by the time of sending cannot show, by the
    /// time they were made; `None` if there is nothing to ask.
    ///
    /// Omits sessions that run `run` has read as a whole.
    pub(crate) fn modifications(&self, state: &State, run: Option<i64>) -> Result<Option<Harvest>> {
        let question = self.question(Axis::Modified);
        let mut first: Option<DateTime<Utc>> = None;
        let sessions: Vec<String> = self
            .sessions(state)
            .into_iter()
            .filter(|id| {
                let Some(session) = state.sessions.get(id) else {
                    return false;
                };
                let open = session.modified_open_from();
                let read_now = run.is_some_and(|run| session.is_read_by(run));
                let asked = open.is_some() && !read_now;
                if asked {
                    first = first.into_iter().chain(open).min();
                }
                asked
            })
            .collect();
        let Some(first) = first else { return Ok(None) };
        let whole = DateRange::last_six_months(self.server_date);
        let range = if first.date_naive() > whole.first() {
            DateRange::new(first.date_naive().min(self.server_date), self.server_date)?
        } else {
            whole
        };
        let coverage = state.modified_coverage(&question);
        let harvest = self.zoom.harvest(range);
        Ok(Some(
            self.configured(harvest, Axis::Modified)
                .sessions(sessions)
                .except(&coverage),
        ))
    }

    /// Chooses the windows that were read once and are to be read again.
    pub(super) fn scrub(
        &self,
        db: &Connection,
        state: &State,
        options: &SyncOptions,
    ) -> Result<Scrub> {
        // A run with its own settings reads only what they ask for.
        if options.once.is_some() {
            return Ok(Scrub::default());
        }
        let (known, share) = (self.sessions(state), self.settings.scrub);
        Scrub::choose(db, state, &known, share, self.server_date)
    }

    /// Reads days of these sessions again.
    pub(crate) fn days(
        &self,
        (first, last): (NaiveDate, NaiveDate),
        sessions: Vec<String>,
    ) -> Result<Harvest> {
        let harvest = self.zoom.harvest(DateRange::new(first, last)?);
        Ok(self.configured(harvest, Axis::Sent).sessions(sessions))
    }

    /// A harvest that asks for everything that the settings require.
    fn configured(&self, harvest: Harvest, axis: Axis) -> Harvest {
        harvest
            .options(self.settings.options.clone())
            .query_all_modifications(axis == Axis::Modified)
            .whole_windows(true)
    }
}
