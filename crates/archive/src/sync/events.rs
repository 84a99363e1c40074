//! The events of a harvest, stored as they come.

use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use zoom_chat_reports::{
    Axis, DateRange, HarvestEvent,
    dates::{Interval, Window},
    harvest::{Harvest, WindowFacts},
};

use super::{
    changes,
    listing::NewList,
    open_unit::UnitKey,
    options::SyncEvent,
    report::FailedUnit,
    run::{Ended, Run},
};
use crate::{
    error::Result,
    facts::{Failed, LedgerRow},
    model::{GapAxis, GapClass, ZoomProblem},
    stop::{Stop, stopped},
};

/// The number of failures that a report lists one by one.
const LISTED: usize = 1000;

impl Run<'_> {
    /// Stores everything that a harvest reads, until it ends.
    pub(crate) async fn store(
        &mut self,
        harvest: Harvest,
        axis: Axis,
        list: Option<&mut NewList>,
    ) -> Result<Ended> {
        let ended = self.take(harvest, axis, list).await?;
        self.append_quiet()?;
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
            if stop.as_ref().is_some_and(Stop::is_stopped) {
                return Ok(Ended::Stopped);
            }
            let event = match events.next().now_or_never() {
                Some(event) => event,
                None => {
                    // While nothing comes, commit what came.
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
                self.append_quiet()?;
            }
            self.writer.commit_if_due()?;
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
                self.options
                    .notify(&SyncEvent::Planned { sessions, windows });
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
                self.options.notify(&SyncEvent::Entries(entries.len()));
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
        // Zoom no longer has older messages, only their changes; and it has none of the future.
        let first = DateRange::last_six_months(self.server_date).first();
        let within = first..=self.server_date;
        let known = self.state.sessions.get(&*key.session_id);
        let row = self.writer.done(&key, facts, known, |changes| match axis {
            Axis::Sent => Vec::new(),
            Axis::Modified => changes::days_to_read_again(changes, read, &within),
        })?;
        if let Some(row) = row {
            self.apply(&row)?;
        }
        self.tally.windows_done += 1;
        if let Some(left) = &mut self.scrubbing {
            left.remove(&facts.session_id);
        }
        if axis == Axis::Sent {
            self.read_by_time_sent(facts);
        }
        self.options.notify(&SyncEvent::WindowDone);
        Ok(())
    }

    /// The instants that were read by the time sent: changes of these messages were read with them.
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
        self.options.notify(&SyncEvent::WindowFailed {
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
