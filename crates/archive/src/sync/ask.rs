//! What a run asks Zoom: derived from the ledger and the settings, for a sync and for its plan.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::Connection;
use zoom_chat_reports::{Axis, ChatReports, DateRange, Options, harvest::Harvest};

use crate::{
    error::Result,
    known::{self, Knowledge},
    settings::ArchiveSettings,
};

/// Whom to ask, what for, and on which day.
pub(crate) struct Asking<'a> {
    pub(crate) zoom: &'a ChatReports,
    pub(crate) settings: &'a ArchiveSettings,
    pub(crate) server_date: NaiveDate,
}

impl Asking<'_> {
    /// The options of a harvest on an axis.
    pub(crate) fn question(&self, axis: Axis) -> Options {
        known::on(&self.settings.options, axis)
    }

    /// All days that Zoom still has, but not those before the archive's start.
    pub(crate) fn range(&self) -> Result<DateRange> {
        let whole = DateRange::last_six_months(self.server_date);
        Ok(match self.settings.start {
            Some(start) if start > whole.first() => DateRange::new(start, self.server_date)?,
            _ => whole,
        })
    }

    /// Lists the sessions, and reads by the time of sending what is not proven yet.
    pub(crate) fn messages(&self, db: &Connection, reread_days: Option<u32>) -> Result<Harvest> {
        let question = self.question(Axis::Sent);
        let reread =
            reread_days.and_then(|days| self.server_date.checked_sub_days(Days::new(days.into())));
        let coverage = Knowledge::read(db, &question)?.sent_coverage(&question, reread);
        let harvest = self.zoom.harvest(self.range()?);
        let known = self.listed_before(db)?;
        Ok(self.ask(harvest, Axis::Sent).except(&coverage).also(known))
    }

    /// The sessions that an earlier list named within Zoom's reach: the next one may not name them,
    /// though they have messages.
    fn listed_before(&self, db: &Connection) -> Result<Vec<String>> {
        let first = DateRange::last_six_months(self.server_date).start();
        let mut select = db.prepare(
            "SELECT s.id FROM sessions s JOIN runs r ON r.id = s.last_listed_run
             WHERE r.complete_through >= ?1 ORDER BY s.no",
        )?;
        let ids = select.query_map([first.timestamp_millis()], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Reads by their own time the edits and deletions of these sessions that reading by the time
    /// of sending cannot show; `None` where there is nothing to be asked.
    ///
    /// Sessions that run `run` has read as a whole are not asked for.
    pub(crate) fn modifications(
        &self,
        db: &Connection,
        listed: Vec<String>,
        run: Option<i64>,
    ) -> Result<Option<Harvest>> {
        let question = self.question(Axis::Modified);
        let knowledge = Knowledge::read(db, &question)?;
        let mut first: Option<DateTime<Utc>> = None;
        let sessions: Vec<String> = listed
            .into_iter()
            .filter(|id| {
                let Some(session) = knowledge.sessions.get(id) else {
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
        let coverage = knowledge.modified_coverage(&question);
        let harvest = self.zoom.harvest(range);
        Ok(Some(
            self.ask(harvest, Axis::Modified)
                .sessions(sessions)
                .except(&coverage),
        ))
    }

    /// Reads one day of these sessions again.
    pub(crate) fn day(&self, day: NaiveDate, sessions: Vec<String>) -> Result<Harvest> {
        let harvest = self.zoom.harvest(DateRange::new(day, day)?);
        Ok(self.ask(harvest, Axis::Sent).sessions(sessions))
    }

    /// A harvest set to ask all that the settings say.
    fn ask(&self, harvest: Harvest, axis: Axis) -> Harvest {
        harvest
            .options(self.settings.options.clone())
            .query_all_modifications(axis == Axis::Modified)
            .whole_windows(true)
    }
}
