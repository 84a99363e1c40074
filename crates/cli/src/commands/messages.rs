//! `messages`: entries as lines.

use std::{collections::BTreeMap, pin::pin, sync::atomic::Ordering::Relaxed};

use chrono::Utc;
use futures::{FutureExt, Stream, StreamExt};
use zoom_chat_reports::{
    DateRange, Entry, EntryKind, Gap, GapReason, HarvestEvent, HarvestSummary, Result as SdkResult,
    Session,
};

use crate::{
    args::{MessagesArgs, ReadingArgs},
    connect::{self, Connection},
    exit::Exit,
    failure::Failure,
    line,
    output::{Output, Stopped},
    progress::Progress,
    schema::Missing,
    summary::{End, Report, SummaryFile},
};

use super::{Context, stored};

pub(crate) async fn run(args: &MessagesArgs, context: Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return stored::messages(args, archive, &context);
    }
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
        Err(failure) => End::Failed(failure),
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
                unread: args.sessions.iter().map(|id| (id.clone(), 0)).collect(),
                windows_each: 0,
            };
            let end = run.read(harvest.events(), context).await;
            run.end(end, range)
        }
    };
    drop(progress);
    report.finish(&end, connection.zoom.stats(), file)
}

/// Refuses input that cannot be sent, before anything is.
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

/// A run that reads.
struct Run<'a> {
    raw: bool,
    show_names: bool,
    output: Output,
    progress: &'a Progress,
    report: &'a mut Report,
    /// How many windows of each session are read.
    unread: BTreeMap<String, usize>,
    /// How many windows each session has.
    windows_each: usize,
}

impl Run<'_> {
    /// Reads until there is no more, or a reason to stop.
    async fn read(
        &mut self,
        events: impl Stream<Item = SdkResult<HarvestEvent>>,
        mut context: Context,
    ) -> End {
        let mut events = pin!(events);
        loop {
            if let Some(signal) = context.interrupt.seen() {
                return End::Interrupted(signal);
            }
            let event = match events.next().now_or_never() {
                Some(event) => event,
                None => {
                    // Nothing has come: the reader gets what there is.
                    if let Err(stopped) = self.output.write(self.progress) {
                        return stopped.into();
                    }
                    tokio::select! {
                        event = events.next() => event,
                        signal = context.interrupt.wait() => return End::Interrupted(signal),
                    }
                }
            };
            match event {
                None => return End::Reached,
                Some(Err(error)) => return End::Error(error),
                Some(Ok(event)) => self.take(event),
            }
            if let Err(stopped) = self.output.write_if_full(self.progress) {
                return stopped.into();
            }
        }
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
                // Without coverage all sessions have the same windows.
                self.windows_each = windows.checked_div(sessions).unwrap_or(0);
                counts.sessions.store(sessions as u64, Relaxed);
                counts.planned(windows as u64);
            }
            HarvestEvent::Entries { entries, .. } => {
                counts.entries.fetch_add(entries.len() as u64, Relaxed);
                for entry in &entries {
                    self.print(entry);
                }
            }
            HarvestEvent::WindowDone(facts) => {
                written.windows_done += 1;
                counts.windows_done.fetch_add(1, Relaxed);
                if let Some(done) = self.unread.get_mut(&*facts.session_id) {
                    *done += 1;
                }
            }
            HarvestEvent::WindowFailed(failed) => {
                written.windows_failed += 1;
                counts.windows_done.fetch_add(1, Relaxed);
                self.report.failed.push(failed);
            }
            HarvestEvent::Finished(summary) => self.finished(summary),
            // A kind of event that is not known here can only tell more, not less.
            _ => {}
        }
    }

    fn found(&mut self, session: &Session) {
        let Some(id) = session.id() else { return };
        self.unread.insert(id.to_owned(), 0);
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
                line::raw(line, entry.raw());
            } else {
                line::entry(line, entry);
            }
        });
    }

    fn finished(&mut self, summary: HarvestSummary) {
        self.report.missing.extend(summary.gaps.iter().map(missing));
        self.report.harvest = Some(summary);
    }

    /// Writes what is left, and names what was not read when the run was stopped.
    fn end(mut self, end: End, range: DateRange) -> End {
        let end = match self.output.write(self.progress) {
            // What went wrong first is what counts.
            Err(stopped) if matches!(end, End::Reached) => stopped.into(),
            _ => end,
        };
        if self.report.harvest.is_some() && !matches!(end, End::Failed(_)) {
            return end;
        }
        let unread = |session_id| Missing {
            session_id,
            start: range.start(),
            end: range.end(),
            reason: "not read to its end".to_owned(),
            healable: true,
        };
        if self.windows_each == 0 {
            self.report.missing.push(unread(None));
        } else {
            let sessions = self.unread.into_iter();
            let open = sessions.filter(|(_, done)| *done < self.windows_each);
            self.report
                .missing
                .extend(open.map(|(id, _)| unread(Some(id))));
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

fn missing(gap: &Gap) -> Missing {
    Missing {
        session_id: gap.session_id.as_deref().map(str::to_owned),
        start: gap.start,
        end: gap.end,
        reason: gap.reason.to_string(),
        healable: !matches!(
            gap.reason,
            GapReason::BeyondReach | GapReason::Refused | GapReason::BadAnswer
        ),
    }
}
