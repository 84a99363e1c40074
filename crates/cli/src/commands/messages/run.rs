//! A run that reads messages: from events to lines.

use std::{pin::pin, sync::atomic::Ordering::Relaxed};

use futures::{FutureExt, Stream, StreamExt};
use zoom_chat_reports::{
    DateRange, Entry, Gap, GapReason, HarvestEvent, HarvestSummary, Result as SdkResult, Session,
    dates::Interval,
};

use crate::{
    args::MessagesArgs,
    commands::tables::MessageTable,
    context::Context,
    part::Part,
    schema::Missing,
    ui::{
        ndjson,
        output::{Output, Stopped},
        progress::Progress,
        summary::{End, Report},
    },
};

/// The form of what is printed.
pub(super) enum Form {
    Lines,
    Raw,
    Table(Box<MessageTable>),
}

impl Form {
    pub(super) fn of(args: &MessagesArgs, output: &Output) -> Self {
        match (args.raw, output.is_for_people() && !args.json) {
            (true, _) => Self::Raw,
            (false, true) => Self::Table(Box::new(MessageTable::new())),
            (false, false) => Self::Lines,
        }
    }
}

/// A run that reads messages.
pub(super) struct Run<'a> {
    pub(super) form: Form,
    pub(super) show_names: bool,
    pub(super) output: Output,
    /// The file of `--output`.
    pub(super) part: Option<&'a mut Part>,
    pub(super) progress: &'a Progress,
    pub(super) report: &'a mut Report,
}

impl Run<'_> {
    /// Reads until the end, or until there is a reason to stop.
    pub(super) async fn read(
        &mut self,
        events: impl Stream<Item = SdkResult<HarvestEvent>>,
        context: &Context,
    ) -> End {
        let mut events = pin!(events);
        loop {
            let event = match events.next().now_or_never() {
                Some(event) => event,
                None => {
                    // Nothing has come: write the lines that wait.
                    if let Err(stopped) = self.write(context).await {
                        return stopped;
                    }
                    events.next().await
                }
            };
            match event {
                None => {
                    return context
                        .interrupt
                        .seen()
                        .map_or(End::Reached, End::Interrupted);
                }
                Some(Err(error)) => return End::Error(error),
                Some(Ok(HarvestEvent::Entries { entries, .. })) => {
                    let counts = self.progress.counts();
                    counts.entries.fetch_add(entries.len() as u64, Relaxed);
                    // A page may be large: each line is written, and its entry dropped, before the next.
                    for entry in entries {
                        self.print(&entry);
                        if self.output.is_full()
                            && let Err(stopped) = self.write(context).await
                        {
                            return stopped;
                        }
                    }
                }
                Some(Ok(event)) => {
                    self.take(event);
                    if let Err(stopped) = self.save(context).await {
                        return stopped;
                    }
                }
            }
        }
    }

    /// Writes the lines that wait; a signal ends that too.
    async fn write(&mut self, context: &Context) -> Result<(), End> {
        let interrupt = &context.interrupt;
        let written = self.output.write_or_stop(self.progress, interrupt).await;
        written.map_err(|stopped| match (stopped, interrupt.seen()) {
            (Stopped::Closed, Some(signal)) => End::Interrupted(signal),
            (stopped, _) => stopped.into(),
        })
    }

    /// Saves what is done, if there is a file and it is time.
    async fn save(&mut self, context: &Context) -> Result<(), End> {
        if !self.part.as_ref().is_some_and(|part| part.is_due()) {
            return Ok(());
        }
        self.write(context).await?;
        let saved = self.part.as_mut().map_or(Ok(()), |part| part.save());
        saved.map_err(End::Failed)
    }

    fn take(&mut self, event: HarvestEvent) {
        let counts = self.progress.counts();
        let written = &mut self.report.written;
        match event {
            HarvestEvent::SessionFound(session) => {
                counts.sessions.fetch_add(1, Relaxed);
                self.found(&session);
            }
            HarvestEvent::Planned {
                sessions, windows, ..
            } => {
                written.sessions = sessions as u64;
                written.windows_planned = windows as u64;
                counts.sessions.store(sessions as u64, Relaxed);
                counts.planned(windows as u64);
            }
            HarvestEvent::WindowDone(facts) => {
                if let Some(part) = &mut self.part {
                    part.done(&facts);
                }
                written.windows_done += 1;
                counts.windows_done.fetch_add(1, Relaxed);
            }
            HarvestEvent::WindowFailed(failed) => {
                written.windows_failed += 1;
                counts.windows_done.fetch_add(1, Relaxed);
                self.report.failed.push(failed);
            }
            HarvestEvent::Finished(mut summary) | HarvestEvent::Stopped(mut summary) => {
                self.with_earlier_runs(&mut summary);
                self.finished(summary);
            }
            // An unknown kind of event can only add information.
            _ => {}
        }
    }

    fn found(&mut self, session: &Session) {
        let named = session.session().ok().and_then(|it| it.name.clone());
        let named = named.filter(|name| !name.is_empty());
        let (Some(id), Some(name)) = (session.id(), named) else {
            return;
        };
        if self.show_names {
            self.report.names.insert(id.to_owned(), name.clone());
        }
        if let Form::Table(table) = &mut self.form {
            table.name(id, name);
        }
    }

    fn print(&mut self, entry: &Entry) {
        let (form, part) = (&self.form, &mut self.part);
        let mut is_new = true;
        self.output.add(|line| match form {
            Form::Raw => ndjson::raw(line, entry.raw()),
            Form::Table(table) => line.extend_from_slice(table.row(entry).as_bytes()),
            Form::Lines => {
                let start = line.len();
                ndjson::entry(line, entry);
                if let Some(part) = part {
                    is_new = part.take(&line[start..]);
                }
                if !is_new {
                    line.truncate(start);
                }
            }
        });
        if is_new {
            self.report.written.add(entry.kind());
        }
    }

    fn finished(&mut self, summary: HarvestSummary) {
        self.report.missing.extend(summary.gaps.iter().map(missing));
        self.report.harvest = Some(summary);
    }

    /// Puts what the runs before this one prove into its summary.
    fn with_earlier_runs(&mut self, summary: &mut HarvestSummary) {
        let Some(part) = &self.part else { return };
        let Some(claims) = part.claims(summary) else {
            return;
        };
        summary.complete_from = claims.complete_from;
        let is_beyond =
            |gap: &Gap| gap.session_id.is_none() && gap.reason == GapReason::BeyondReach;
        for gap in summary.gaps.iter_mut().filter(|gap| is_beyond(gap)) {
            gap.end = gap.end.min(claims.begins);
        }
        summary.gaps.retain(|gap| gap.start < gap.end);
        if part.has_first_day() {
            let beyond = |(id, stretch): (String, Interval)| Missing {
                session_id: Some(id),
                start: stretch.start,
                end: stretch.end,
                reason: GapReason::BeyondReach.to_string(),
                healable: false,
            };
            self.report
                .missing
                .extend(claims.missing.into_iter().map(beyond));
        } else if claims.begins < claims.complete_from {
            // Whoever names no first day asks for what Zoom has today.
            self.report.partial_before = Some(claims.complete_from);
        }
    }

    /// Writes the remaining lines. A run without a summary proves nothing.
    pub(super) async fn end(mut self, end: End, range: DateRange, context: &Context) -> End {
        let end = match self.write(context).await {
            // The first error counts.
            Err(stopped) if matches!(end, End::Reached) => stopped,
            _ => end,
        };
        if self.report.harvest.is_none() || matches!(end, End::Failed(_)) {
            self.report.missing = vec![unread(range)];
        }
        end
    }
}

/// Everything that was asked for.
pub(super) fn unread(range: DateRange) -> Missing {
    Missing {
        session_id: None,
        start: range.start(),
        end: range.end(),
        reason: "not read to its end".to_owned(),
        healable: true,
    }
}

fn missing(gap: &Gap) -> Missing {
    Missing {
        session_id: gap.session_id.as_deref().map(str::to_owned),
        start: gap.start,
        end: gap.end,
        reason: gap.reason.to_string(),
        healable: gap.healable,
    }
}
