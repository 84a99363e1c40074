//! One run: the events of a harvest, stored as they come.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use futures::{FutureExt, StreamExt};
use rusqlite::params;
use zoom_chat_reports::{
    Axis, ChatReports, ErrorKind as ZoomKind, HarvestEvent, HarvestSummary, Session,
    dates::Interval,
    harvest::{FailedWindow, Harvest, WindowFacts},
};

use super::{Asking, AttachmentCounts, FailedUnit, Outcome, SyncEvent, SyncOptions, ZoomProblem};
use crate::{
    digest,
    error::Result,
    folder::Folder,
    gaps::{GapAxis, GapClass},
    settings::ArchiveSettings,
    store::{UnitKey, Writer, unknown_names},
};

/// Failures that a report lists one by one.
const LISTED: usize = 1000;

/// A sync under way.
pub(crate) struct Run<'a> {
    pub(crate) writer: Writer<'a>,
    pub(crate) folder: &'a Folder,
    pub(crate) zoom: &'a ChatReports,
    pub(crate) settings: ArchiveSettings,
    pub(crate) options: SyncOptions,
    pub(crate) server_date: NaiveDate,
    pub(crate) sandbox: bool,
    pub(crate) tally: Tally,
}

/// What a run has seen.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) sessions: u64,
    pub(crate) new_sessions: u64,
    pub(crate) windows_done: u64,
    pub(crate) windows_failed: u64,
    /// Whether a window failed of which nobody has accepted a gap.
    pub(crate) failed_unaccepted: bool,
    pub(crate) failures: Vec<FailedUnit>,
    pub(crate) list_failed: bool,
    pub(crate) complete_from: Option<DateTime<Utc>>,
    pub(crate) complete_through: Option<DateTime<Utc>>,
    pub(crate) machine_clock_ahead_s: Option<i64>,
    pub(crate) api_may_have_changed: bool,
    pub(crate) attachments: AttachmentCounts,
    /// What this run has read by the time sent, by session.
    pub(crate) read: HashMap<i64, Vec<(Interval, DateTime<Utc>)>>,
}

/// How a phase ended.
pub(crate) enum Ended {
    /// It did all it could.
    Finished(Option<HarvestSummary>),
    /// Zoom cannot be asked any more.
    Zoom(zoom_chat_reports::Error),
    /// Somebody stopped it.
    Stopped,
}

impl Ended {
    pub(crate) fn outcome(&self, complete: bool) -> Outcome {
        match self {
            Self::Finished(_) if complete => Outcome::Complete,
            Self::Finished(_) => Outcome::Incomplete,
            Self::Zoom(error) if error.kind() == ZoomKind::DailyLimit => Outcome::DailyLimit,
            Self::Zoom(error) if error.is_transient() => Outcome::Outage,
            Self::Zoom(_) => Outcome::Failed,
            Self::Stopped => Outcome::Stopped,
        }
    }
}

impl Run<'_> {
    /// What is asked, and of whom.
    pub(crate) fn asking(&self) -> Asking<'_> {
        Asking {
            zoom: self.zoom,
            settings: &self.settings,
            server_date: self.server_date,
        }
    }

    /// Stores what a harvest brings, until it ends.
    pub(crate) async fn store(
        &mut self,
        harvest: Harvest,
        axis: Axis,
        listing: Option<i64>,
    ) -> Result<Ended> {
        let mut events = harvest.events();
        let stop = self.options.stop.clone();
        loop {
            if stop.as_ref().is_some_and(super::Stop::is_stopped) {
                return Ok(Ended::Stopped);
            }
            let event = match events.next().now_or_never() {
                Some(event) => event,
                None => {
                    // While nothing comes, what came is made safe.
                    self.writer.commit()?;
                    tokio::select! {
                        event = events.next() => event,
                        () = stopped(stop.as_ref()) => return Ok(Ended::Stopped),
                    }
                }
            };
            match event {
                Some(Ok(HarvestEvent::Finished(summary))) => {
                    self.writer.commit()?;
                    return Ok(Ended::Finished(Some(summary)));
                }
                Some(Ok(event)) => self.event(event, axis, listing)?,
                Some(Err(error)) => return Ok(Ended::Zoom(error)),
                None => return Ok(Ended::Finished(None)),
            }
            self.writer.breathe()?;
        }
    }

    fn event(&mut self, event: HarvestEvent, axis: Axis, listing: Option<i64>) -> Result<()> {
        match event {
            HarvestEvent::SessionFound(session) => self.listed(&session, listing),
            HarvestEvent::Planned {
                sessions, windows, ..
            } => {
                self.options.tell(&SyncEvent::Planned { sessions, windows });
                Ok(())
            }
            HarvestEvent::Entries {
                window, entries, ..
            } => {
                self.writer.entries(&UnitKey::from(&window), &entries)?;
                if axis == Axis::Modified {
                    self.prove_flag(&window, &entries)?;
                }
                self.options.tell(&SyncEvent::Entries(entries.len()));
                Ok(())
            }
            HarvestEvent::WindowDone(facts) => self.done(&facts, axis),
            HarvestEvent::WindowFailed(failed) => self.failed(&failed, axis),
            _ => Ok(()),
        }
    }

    fn done(&mut self, facts: &WindowFacts, axis: Axis) -> Result<()> {
        let key = UnitKey {
            session_id: facts.session_id.clone(),
            window: facts.asked,
        };
        let done = self.writer.done(&key, facts)?;
        self.tally.windows_done += 1;
        match axis {
            Axis::Sent => self.read_by_time_sent(&done, facts)?,
            Axis::Modified => self.want_parents(&done)?,
        }
        self.options.tell(&SyncEvent::WindowDone);
        Ok(())
    }

    fn failed(&mut self, failed: &FailedWindow, axis: Axis) -> Result<()> {
        self.writer.begin()?;
        if let Some(session_id) = &failed.session_id {
            self.writer.failed(&UnitKey {
                session_id: session_id.clone(),
                window: failed.window,
            })?;
        } else {
            self.tally.list_failed = true;
        }
        let gap_axis = match (&failed.session_id, axis) {
            (None, _) => GapAxis::List,
            (Some(_), Axis::Sent) => GapAxis::Sent,
            (Some(_), Axis::Modified) => GapAxis::Modified,
        };
        let class = GapClass::of(&failed.error);
        let problem = ZoomProblem::of(&failed.error);
        let days = [failed.window.from, failed.window.to].map(|day| day.to_string());
        self.note_failure(
            failed.session_id.as_deref(),
            [&days[0], &days[1]],
            gap_axis,
            class,
            &problem,
        )?;
        self.tally.windows_failed += 1;
        if !crate::gaps::is_accepted(self.writer.db, failed.session_id.as_deref(), gap_axis)? {
            self.tally.failed_unaccepted = true;
        }
        self.options.tell(&SyncEvent::WindowFailed {
            session_id: failed.session_id.as_deref(),
            window: failed.window,
            error: &failed.error,
        });
        if self.tally.failures.len() < LISTED {
            self.tally.failures.push(FailedUnit {
                session_id: failed.session_id.as_deref().map(str::to_owned),
                window: failed.window,
                class,
                error: problem,
            });
        }
        Ok(())
    }

    /// Keeps why something failed; its number.
    pub(crate) fn note_failure(
        &mut self,
        session_id: Option<&str>,
        [from, to]: [&str; 2],
        axis: GapAxis,
        class: GapClass,
        problem: &ZoomProblem,
    ) -> Result<i64> {
        self.writer
            .db
            .prepare_cached(
                "INSERT INTO failures (run, session_id, from_date, to_date, axis, class, text, hint,
                   status, zoom_code, tracking_id, attempts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                self.writer.run,
                session_id,
                from,
                to,
                axis.name(),
                class.name(),
                problem.text,
                problem.hint,
                problem.status,
                problem.zoom_code,
                problem.tracking_id,
                problem.attempts,
            ])?;
        Ok(self.writer.db.last_insert_rowid())
    }

    /// Zoom's list names a session: known at once, its listing with the list's own unit.
    fn listed(&mut self, session: &Session, listing: Option<i64>) -> Result<()> {
        let Some(id) = session.id() else {
            return Ok(());
        };
        let run = self.writer.run;
        let number = self.writer.session(id)?;
        let db = &mut *self.writer.db;
        db.prepare_cached("UPDATE sessions SET last_listed_run = ?2 WHERE no = ?1")?
            .execute([number, run])?;
        let is_new: bool = db
            .prepare_cached("SELECT first_run = ?2 FROM sessions WHERE no = ?1")?
            .query_row([number, run], |row| row.get(0))?;
        self.tally.sessions += 1;
        self.tally.new_sessions += u64::from(is_new);
        if let Some(unit) = listing {
            let raw = session.raw();
            let sha256 = digest::sha256(raw.as_bytes());
            let typed = session.session().ok();
            let inserted = db
                .prepare_cached(
                    "INSERT INTO listings (session, raw, raw_sha256, unit, name, type, last_message_at)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?3 IS NOT
                       (SELECT raw_sha256 FROM listings WHERE session = ?1 ORDER BY id DESC LIMIT 1)",
                )?
                .execute(params![
                    number,
                    raw,
                    sha256,
                    unit,
                    typed.and_then(|typed| typed.name.as_deref()),
                    typed.and_then(|typed| typed.type_.as_deref()),
                    session.last_message_sent_at().map(|at| at.timestamp_millis()),
                ])?;
            if inserted > 0 {
                for name in unknown_names(raw, &crate::store::SESSION) {
                    self.writer.note_field(name)?;
                }
            }
        }
        self.options.tell(&SyncEvent::Session(session));
        Ok(())
    }
}

/// Waits until the run is stopped; for ever where nobody can.
pub(crate) async fn stopped(stop: Option<&super::Stop>) {
    match stop {
        Some(stop) => stop.stopped().await,
        None => futures::future::pending().await,
    }
}
