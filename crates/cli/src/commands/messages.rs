//! `messages`: prints messages, one JSON object a line.

use std::{pin::pin, sync::atomic::Ordering::Relaxed};

use chrono::Utc;
use futures::{FutureExt, Stream, StreamExt};
use zoom_chat_reports::{
    DateRange, Entry, EntryKind, Gap, HarvestEvent, HarvestSummary, Result as SdkResult, Session,
};

use crate::{
    args::{MessagesArgs, ReadingArgs},
    connect::{self, Connection},
    context::Context,
    exit::Exit,
    failure::Failure,
    schema::Missing,
    selection::only_for_archives,
    ui::{
        ndjson,
        progress::Progress,
        stdout::{Output, Stopped},
        summary::{End, Report, SummaryFile},
    },
};

use super::archived;

pub(crate) async fn run(args: &MessagesArgs, context: Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return archived::messages(args, archive, &context);
    }
    let links = args.signed_links.then_some("--signed-links");
    let sent_only = args.sent_only.then_some("--sent-only");
    only_for_archives(args.selection.given().or(links).or(sent_only))?;
    let asked = args.range.asked();
    asked.check(connect::guess_today(&args.connection))?;
    let connection = connect::connect(&args.connection).await?;
    check_input(&connection, &args.reading, &args.sessions)?;
    let file = SummaryFile::open(args.summary.as_deref())?;

    let mut report = Report::new("messages", connection.is_sandbox(), context.global.quiet);
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let mut interrupt = context.interrupt.clone();
    let range = tokio::select! {
        range = connection.range(&asked) => range,
        signal = interrupt.wait() => Err(Failure::interrupted(signal)),
    };
    let end = match range {
        Err(failure) => {
            // Nothing was read, so everything is missing, as far as the days are known.
            let today = Utc::now().date_naive();
            report.missing.extend(asked.range(today).ok().map(unread));
            End::Failed(failure)
        }
        Ok(range) => {
            report.range = Some(range);
            let harvest = args
                .reading
                .apply(connection.zoom.harvest(range), &args.sessions)
                .confirm(args.confirm);
            let mut run = Run {
                raw: args.raw,
                show_names: context.global.show_names,
                output: Output::new(),
                progress: &progress,
                report: &mut report,
            };
            let mut interrupted = context.interrupt.clone();
            let stop = async move {
                let _ = interrupted.wait().await;
            };
            let end = run.read(harvest.events_until(stop), &context).await;
            run.end(end, range, &context).await
        }
    };
    drop(progress);
    report.finish(&end, connection.zoom.stats(), file)
}

/// Refuses input that cannot be sent, before any request.
pub(crate) fn check_input(
    connection: &Connection,
    reading: &ReadingArgs,
    sessions: &[String],
) -> Result<(), Failure> {
    let any = DateRange::last_six_months(Utc::now().date_naive());
    reading
        .apply(connection.zoom.harvest(any), sessions)
        .check()?;
    Ok(())
}

/// A run that reads messages.
struct Run<'a> {
    raw: bool,
    show_names: bool,
    output: Output,
    progress: &'a Progress,
    report: &'a mut Report,
}

impl Run<'_> {
    /// Reads until the end, or until there is a reason to stop.
    async fn read(
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
                Some(Ok(event)) => self.take(event),
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
            HarvestEvent::WindowDone(_) => {
                written.windows_done += 1;
                counts.windows_done.fetch_add(1, Relaxed);
            }
            HarvestEvent::WindowFailed(failed) => {
                written.windows_failed += 1;
                counts.windows_done.fetch_add(1, Relaxed);
                self.report.failed.push(failed);
            }
            HarvestEvent::Finished(summary) | HarvestEvent::Stopped(summary) => {
                self.finished(summary);
            }
            // An unknown kind of event can only add information.
            _ => {}
        }
    }

    fn found(&mut self, session: &Session) {
        let Some(id) = session.id() else { return };
        let name = session
            .session()
            .ok()
            .and_then(|session| session.name.clone());
        if let Some(name) = name.filter(|name| self.show_names && !name.is_empty()) {
            self.report.names.insert(id.to_owned(), name);
        }
    }

    fn print(&mut self, entry: &Entry) {
        let written = &mut self.report.written;
        match entry.kind() {
            EntryKind::Sent => written.sent += 1,
            EntryKind::Edited => written.edited += 1,
            EntryKind::Deleted => written.deleted += 1,
        }
        let raw = self.raw;
        self.output.add(|line| {
            if raw {
                ndjson::raw(line, entry.raw());
            } else {
                ndjson::entry(line, entry);
            }
        });
    }

    fn finished(&mut self, summary: HarvestSummary) {
        self.report.missing.extend(summary.gaps.iter().map(missing));
        self.report.harvest = Some(summary);
    }

    /// Writes the remaining lines. A run without a summary proves nothing.
    async fn end(mut self, end: End, range: DateRange, context: &Context) -> End {
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

impl From<Stopped> for End {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Closed => Self::Closed,
            Stopped::Failed(failure) => Self::Failed(failure),
        }
    }
}

fn unread(range: DateRange) -> Missing {
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
