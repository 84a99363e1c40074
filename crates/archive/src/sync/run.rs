//! One run: the events of a harvest, stored as they come.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use futures::{FutureExt, StreamExt};
use zoom_chat_reports::{
    Axis, ChatReports, DateRange, ErrorKind as ZoomKind, HarvestEvent, HarvestSummary,
    dates::{Interval, Window},
    harvest::{Harvest, WindowFacts},
};

use super::{
    Asking, AttachmentCounts, FailedUnit, Outcome, SyncEvent, SyncOptions, ZoomProblem, changes,
    listing::NewList, scrub::Scrub, unit::UnitKey, writer::Writer,
};
use crate::{
    GapAxis, GapClass,
    disk::folder::Folder,
    error::Result,
    facts::{Failed, LedgerRow},
    model::settings::ArchiveSettings,
    proof::State,
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
    /// What the ledger proves, kept up with the rows that the run appends.
    pub(crate) state: State,
    /// What was read once, and is to be read again.
    pub(super) scrub: Scrub,
    /// While that is read: the sessions that were not answered yet.
    pub(super) scrubbing: Option<BTreeSet<Arc<str>>>,
    pub(crate) tally: Tally,
}

/// What a run has seen.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) sessions: u64,
    pub(crate) windows_done: u64,
    pub(crate) windows_failed: u64,
    /// Whose windows failed.
    pub(crate) failed: HashSet<(Option<String>, GapAxis)>,
    pub(crate) failures: Vec<FailedUnit>,
    /// Whether a part of the list failed.
    pub(crate) list_failed: bool,
    /// Whether the list was read to its end, but for what failed.
    pub(crate) list_read: bool,
    /// Whether something of the whole account cannot be proven, whatever was read.
    pub(crate) in_doubt: bool,
    pub(crate) machine_clock_ahead_s: Option<i64>,
    pub(crate) api_may_have_changed: bool,
    pub(crate) attachments: AttachmentCounts,
    /// What this run has read by the time sent, by session.
    pub(crate) read: HashMap<Arc<str>, Vec<(Interval, DateTime<Utc>)>>,
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
        Asking::new(self.zoom, &self.settings, self.server_date)
    }

    /// Appends a row to the ledger, and to what is known of it.
    pub(super) fn append(&mut self, row: &LedgerRow) -> Result<()> {
        self.tell_quiet()?;
        self.writer.append(row)?;
        self.know(row)
    }

    /// Adds a row, which the ledger holds already, to what is known of it.
    fn know(&mut self, row: &LedgerRow) -> Result<()> {
        self.state
            .apply(self.writer.db, row, &self.settings.options)
    }

    /// Tells of the windows that brought nothing new.
    fn tell_quiet(&mut self) -> Result<()> {
        for row in self.writer.quiet.take(self.writer.db)? {
            self.writer.append(&row)?;
            self.know(&row)?;
        }
        Ok(())
    }

    /// Stores what a harvest brings, until it ends.
    pub(crate) async fn store(
        &mut self,
        harvest: Harvest,
        axis: Axis,
        list: Option<&mut NewList>,
    ) -> Result<Ended> {
        let ended = self.take(harvest, axis, list).await?;
        self.tell_quiet()?;
        self.writer.commit()?;
        Ok(ended)
    }

    async fn take(
        &mut self,
        harvest: Harvest,
        axis: Axis,
        mut list: Option<&mut NewList>,
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
                    return Ok(Ended::Finished(Some(summary)));
                }
                Some(Ok(event)) => self.event(event, axis, list.as_deref_mut())?,
                Some(Err(error)) => return Ok(Ended::Zoom(error)),
                None => return Ok(Ended::Finished(None)),
            }
            if self.writer.quiet.are_due() {
                self.tell_quiet()?;
            }
            self.writer.breathe()?;
        }
    }

    fn event(&mut self, event: HarvestEvent, axis: Axis, list: Option<&mut NewList>) -> Result<()> {
        match event {
            HarvestEvent::SessionFound(session) => match list {
                Some(list) => self.listed(list, &session),
                None => Ok(()),
            },
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
                if axis == Axis::Modified
                    && let Some(shown) = changes::shows(&window, &entries)
                {
                    let unit = self.writer.unit(&UnitKey::from(&window))?;
                    unit.modifications = unit.modifications.or(Some(shown));
                }
                self.options.tell(&SyncEvent::Entries(entries.len()));
                Ok(())
            }
            HarvestEvent::WindowDone(facts) => self.done(&facts, axis),
            HarvestEvent::WindowFailed(failed) => self.failed(
                failed.session_id.as_ref(),
                failed.window,
                &failed.error,
                axis,
            ),
            _ => Ok(()),
        }
    }

    fn done(&mut self, facts: &WindowFacts, axis: Axis) -> Result<()> {
        let key = UnitKey {
            session_id: facts.session_id.clone(),
            window: facts.asked,
        };
        let read = self.tally.read.get(&key.session_id);
        let read = read.map_or(&[][..], Vec::as_slice);
        // Of what Zoom no longer has, the change is all that can be known; nor can the future be asked for.
        let first = DateRange::last_six_months(self.server_date).first();
        let within = first..=self.server_date;
        let known = self.state.sessions.get(&*key.session_id);
        let row = self.writer.done(&key, facts, known, |changes| match axis {
            Axis::Sent => Vec::new(),
            Axis::Modified => changes::days_to_read_again(changes, read, &within),
        })?;
        if let Some(row) = row {
            self.know(&row)?;
        }
        self.tally.windows_done += 1;
        if let Some(left) = &mut self.scrubbing {
            left.remove(&facts.session_id);
        }
        if axis == Axis::Sent {
            self.read_by_time_sent(facts);
        }
        self.options.tell(&SyncEvent::WindowDone);
        Ok(())
    }

    /// What was read by the time sent: changes of these messages were seen with them.
    fn read_by_time_sent(&mut self, facts: &WindowFacts) {
        let proves = facts.answered.proves();
        if facts.settled && !proves.is_empty() {
            let read = self.tally.read.entry(facts.session_id.clone());
            let read_now = Interval::new(proves.start, facts.answered.kept.end);
            read.or_default().push((read_now, facts.answered.as_of));
        }
    }

    pub(super) fn failed(
        &mut self,
        session: Option<&Arc<str>>,
        window: Window,
        error: &zoom_chat_reports::Error,
        axis: Axis,
    ) -> Result<()> {
        let session_id = session.map(|id| &**id);
        if let Some(session_id) = session {
            self.writer.failed(&UnitKey {
                session_id: session_id.clone(),
                window,
            })?;
        } else {
            self.tally.list_failed = true;
        }
        let axis = match (session_id, axis) {
            (None, _) => GapAxis::List,
            (Some(_), Axis::Sent) => GapAxis::Sent,
            (Some(_), Axis::Modified) => GapAxis::Modified,
        };
        let class = GapClass::of(error);
        let problem = ZoomProblem::of(error);
        self.append(&LedgerRow::Failed(Box::new(Failed {
            run: self.writer.run,
            session_id: session_id.map(str::to_owned),
            asked: window,
            axis,
            class,
            problem: problem.clone(),
        })))?;
        self.tally.windows_failed += 1;
        match &mut self.scrubbing {
            // It was read before: nothing is missing.
            Some(left) => {
                left.retain(|id| Some(&**id) != session_id);
            }
            None => {
                let whose = (session_id.map(str::to_owned), axis);
                self.tally.failed.insert(whose);
            }
        }
        self.options.tell(&SyncEvent::WindowFailed {
            session_id,
            window,
            error,
        });
        if self.tally.failures.len() < LISTED {
            self.tally.failures.push(FailedUnit {
                session_id: session_id.map(str::to_owned),
                window,
                class,
                error: problem,
            });
        }
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
