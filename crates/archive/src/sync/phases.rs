//! The phases of a run, one after another.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use zoom_chat_reports::{Axis, dates::Window};

use super::{
    listing::NewList,
    options::{SyncEvent, SyncPhase},
    run::{Ended, Run},
};
use crate::{error::Result, proof::State};

/// If a run ends with at most this many sessions unanswered, Zoom may never answer them.
const NEVER_ANSWERED: usize = 8;

impl Run<'_> {
    /// Runs all phases; after a phase that Zoom ends, no other asks Zoom.
    pub(crate) async fn all_phases(&mut self) -> Result<Ended> {
        let mut ended = self.messages().await?;
        if matches!(ended, Ended::Finished(_)) {
            ended = self.modifications().await?;
        }
        if matches!(ended, Ended::Finished(_)) {
            ended = self.parents().await?;
        }
        self.writer.abandon()?;
        self.writer.commit()?;
        if matches!(ended, Ended::Finished(_)) && self.settings.attachments {
            ended = self.attachments().await?;
        }
        // Last, because everything that a run must do is done by then, however this ends.
        if matches!(ended, Ended::Finished(_)) {
            let before = self.writer.counts.stored();
            ended = self.scrub().await?;
            let brought_some = self.writer.counts.stored() > before;
            if matches!(ended, Ended::Finished(_)) && brought_some && self.settings.attachments {
                ended = self.attachments().await?;
            }
        }
        // Items that are not in the index yet are found too, so a stop does not wait for it.
        if !matches!(ended, Ended::Stopped) {
            self.options.notify(&SyncEvent::Phase(SyncPhase::Index));
            self.index()?;
        }
        Ok(ended)
    }

    /// Lists the sessions, and reads what is not proven by the time messages were sent.
    async fn messages(&mut self) -> Result<Ended> {
        self.options.notify(&SyncEvent::Phase(SyncPhase::Messages));
        let reread = self.options.reread_days;
        let harvest = self.queries().messages(&self.state, reread)?;
        let mut list = NewList::new(self.writer.begin_unit());
        let ended = self.store(harvest, Axis::Sent, Some(&mut list)).await?;
        if let Ended::Finished(Some(summary)) = &ended {
            self.end_list(list, summary)?;
            self.writer.commit()?;
        } else {
            self.writer.begin()?;
            list.remove(self.writer.db)?;
        }
        Ok(ended)
    }

    /// Asks for edits and deletions by the time they were made, if reading by the time sent cannot show them.
    async fn modifications(&mut self) -> Result<Ended> {
        self.options
            .notify(&SyncEvent::Phase(SyncPhase::Modifications));
        self.state.look_up(self.writer.db)?;
        let run = Some(self.writer.run);
        match self.queries().modifications(&self.state, run)? {
            Some(harvest) => self.store(harvest, Axis::Modified, None).await,
            None => Ok(Ended::Finished(None)),
        }
    }

    /// Reads the days of changed messages again, including those that earlier runs left over.
    async fn parents(&mut self) -> Result<Ended> {
        self.options.notify(&SyncEvent::Phase(SyncPhase::Parents));
        self.state.look_up(self.writer.db)?;
        for (day, sessions) in by_day(&self.state) {
            let ended = self.read_again((day, day), sessions).await?;
            if !matches!(ended, Ended::Finished(_)) {
                return Ok(ended);
            }
        }
        Ok(Ended::Finished(None))
    }

    /// Reads again what only one reading proves, as much as a run may. A failure here does not make the run incomplete: the
    /// days were read before.
    async fn scrub(&mut self) -> Result<Ended> {
        self.options.notify(&SyncEvent::Phase(SyncPhase::Scrub));
        let scrub = std::mem::take(&mut self.scrub);
        let failed = self.tally.failed.iter();
        let failed = failed.filter_map(|(session, _)| session.as_deref());
        for (days, sessions) in scrub.by_days(&failed.collect()) {
            self.scrubbing = Some(sessions.iter().map(|id| id.as_str().into()).collect());
            let ended = self.read_again(days, sessions).await?;
            let left = self.scrubbing.replace(BTreeSet::new());
            if let Ended::Zoom(error) = &ended {
                self.note_failed_reread(days, &left.unwrap_or_default(), error)?;
            }
            self.scrubbing = None;
            match ended {
                Ended::Finished(_) => {}
                Ended::Zoom(_) => break,
                Ended::Stopped => return Ok(ended),
            }
        }
        Ok(Ended::Finished(None))
    }

    /// Notes the sessions that were not read again when Zoom stopped answering.
    fn note_failed_reread(
        &mut self,
        (first, last): (NaiveDate, NaiveDate),
        sessions: &BTreeSet<Arc<str>>,
        error: &zoom_chat_reports::Error,
    ) -> Result<()> {
        self.writer.abandon()?;
        // If many are left, Zoom answers no session, and they come round again. If few are left, Zoom may
        // never answer these.
        if sessions.len() > NEVER_ANSWERED {
            self.tally.windows_failed += sessions.len() as u64;
            return Ok(());
        }
        for session_id in sessions {
            let asked = Window::new(first, last);
            self.failed(Some(session_id), asked, error, Axis::Sent)?;
        }
        self.writer.commit()
    }

    async fn read_again(
        &mut self,
        days: (NaiveDate, NaiveDate),
        sessions: Vec<String>,
    ) -> Result<Ended> {
        let harvest = self.queries().days(days, sessions)?;
        Ok(match self.store(harvest, Axis::Sent, None).await? {
            // Zoom no longer has the days, although its six months are not over. The next run decides.
            Ended::Zoom(error) if error.kind() == zoom_chat_reports::ErrorKind::OutOfReach => {
                Ended::Finished(None)
            }
            ended => ended,
        })
    }
}

/// The days to be read again because their messages changed, with their sessions.
pub(crate) fn by_day(state: &State) -> BTreeMap<NaiveDate, Vec<String>> {
    let mut days: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for (session, day) in &state.pending {
        days.entry(*day).or_default().push(session.clone());
    }
    days
}
