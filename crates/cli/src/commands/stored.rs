//! `messages --archive` and `sessions --archive`: the same lines, from an archive.

use std::collections::HashSet;

use chrono::NaiveDate;
use zoom_chat_archive::{Archive, ArchivedEntry, EntryFilter, GapAxis, GapState};
use zoom_chat_reports::{EntryKind, stats::Stats};

use crate::{
    archive::{self, under_way},
    args::{MessagesArgs, SessionsArgs},
    exit::Exit,
    failure::Failure,
    line,
    output::{Output, Stopped},
    progress::Progress,
    schema::Missing,
    summary::{End, Report, SummaryFile},
};

use super::Context;

pub(crate) fn messages(
    args: &MessagesArgs,
    path: &std::path::Path,
    context: &Context,
) -> Result<Exit, Failure> {
    let archive = archive::read_at(path, args.shared)?;
    let days = args.range.asked().days(archive::today(&archive)?)?;
    known(&archive, &args.sessions)?;
    let file = SummaryFile::open(args.summary.as_deref())?;
    let mut report =
        Report::of_archive("messages", archive.account().sandbox, context.global.quiet);
    report.missing = missing(&archive, &args.sessions, days, args)?;
    let mut output = Output::new();
    let end = if args.sessions.is_empty() {
        print(&archive, args, None, days, &mut output, &mut report)
    } else {
        args.sessions
            .iter()
            .try_for_each(|id| print(&archive, args, Some(id), days, &mut output, &mut report))
    };
    let end = end.and_then(|()| output.write(&Progress::none()).map_err(End::from));
    let end = end.err().unwrap_or(End::Reached);
    report.finish(&end, Stats::default(), file)
}

fn print(
    archive: &Archive,
    args: &MessagesArgs,
    session: Option<&str>,
    days: (Option<NaiveDate>, Option<NaiveDate>),
    output: &mut Output,
    report: &mut Report,
) -> Result<(), End> {
    let mut filter = EntryFilter::default();
    filter.session_id = session.map(str::to_owned);
    (filter.from, filter.to) = days;
    filter.versions = true;
    let progress = Progress::none();
    // Of an entry and its versions, the last is what Zoom said last.
    let mut latest: Option<ArchivedEntry> = None;
    for entry in archive.entries(&filter) {
        let entry = entry.map_err(|error| End::Failed(under_way(error)))?;
        if let Some(before) = latest.replace(entry)
            && latest.as_ref().is_some_and(|next| next.version == 0)
        {
            add(&before, args, output, report);
            output.write_if_full(&progress)?;
        }
    }
    if let Some(last) = latest {
        add(&last, args, output, report);
    }
    Ok(())
}

fn add(entry: &ArchivedEntry, args: &MessagesArgs, output: &mut Output, report: &mut Report) {
    if !args.reading.wants(entry.kind) {
        return;
    }
    match entry.kind {
        EntryKind::Sent => report.written.sent += 1,
        EntryKind::Edited => report.written.edited += 1,
        EntryKind::Deleted => report.written.deleted += 1,
    }
    output.add(|line| {
        if args.raw {
            line::raw(line, &entry.raw);
        } else {
            line::archived(line, entry);
        }
    });
}

/// Refuses sessions that the archive does not know.
fn known(archive: &Archive, sessions: &[String]) -> Result<(), Failure> {
    if sessions.is_empty() {
        return Ok(());
    }
    let known: HashSet<String> = archive
        .sessions()
        .map_err(under_way)?
        .into_iter()
        .map(|session| session.id)
        .collect();
    match sessions.iter().find(|id| !known.contains(*id)) {
        Some(id) => Err(Failure::usage(format!("the archive has no session {id}"))
            .hint("`zoom-chat sessions --archive …` lists those that it has")),
        None => Ok(()),
    }
}

/// What was asked for and is not in the archive.
fn missing(
    archive: &Archive,
    sessions: &[String],
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    args: &MessagesArgs,
) -> Result<Vec<Missing>, Failure> {
    let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    let covered = archive.coverage().map_err(under_way)?;
    let mut missing = Vec::new();
    let mut name = |session_id, start, end, reason: &str, healable| {
        missing.push(Missing {
            session_id,
            start,
            end,
            reason: reason.to_owned(),
            healable,
        });
    };
    let Some(covered) = covered else {
        let now = midnight(archive::today(archive)?);
        let from = from.map_or(now, midnight);
        name(
            None,
            from,
            now,
            "no sync of this archive came to its end yet",
            true,
        );
        return Ok(missing);
    };
    if let Some(from) = from.map(midnight).filter(|from| *from < covered.start) {
        name(
            None,
            from,
            covered.start,
            "before what the archive covers",
            false,
        );
    }
    // The last two days before a sync are never proven; they are delivered all the same.
    let last = midnight(archive::today(archive)?) + chrono::TimeDelta::days(1);
    let end = to.map(|to| midnight(to) + chrono::TimeDelta::days(1));
    if let Some(end) = end.filter(|end| *end > last) {
        name(None, covered.end, end, "after the last sync", true);
    }
    let wants_changes =
        args.reading.wants(EntryKind::Edited) || args.reading.wants(EntryKind::Deleted);
    for gap in archive.gaps().map_err(under_way)? {
        let concerns = match &gap.session_id {
            Some(id) => sessions.is_empty() || sessions.contains(id),
            None => true,
        };
        let overlaps = from.is_none_or(|from| gap.end > midnight(from))
            && end.is_none_or(|end| gap.start < end);
        let asked = match gap.axis {
            GapAxis::Modified => wants_changes,
            GapAxis::Attachment => false,
            _ => true,
        };
        if gap.state == GapState::Open && concerns && overlaps && asked {
            let reason = format!("gap {} of the archive", gap.id);
            name(gap.session_id.clone(), gap.start, gap.end, &reason, true);
        }
    }
    Ok(missing)
}

pub(crate) fn sessions(
    args: &SessionsArgs,
    path: &std::path::Path,
    context: &Context,
) -> Result<Exit, Failure> {
    let archive = archive::read_at(path, args.shared)?;
    let file = SummaryFile::open(args.summary.as_deref())?;
    let mut report =
        Report::of_archive("sessions", archive.account().sandbox, context.global.quiet);
    let mut output = Output::new();
    let progress = Progress::none();
    let mut end = End::Reached;
    for session in archive.sessions().map_err(under_way)? {
        // One without a listing was found by a run that did not read the list to its end.
        let Some(raw) = &session.raw else { continue };
        report.written.sessions += 1;
        output.add(|line| {
            if args.raw {
                line::raw(line, raw);
            } else {
                line::listed(line, Some(&session.id), raw);
            }
        });
        if let Err(stopped) = output.write_if_full(&progress) {
            end = stopped.into();
            break;
        }
    }
    if matches!(end, End::Reached)
        && let Err(stopped) = output.write(&progress)
    {
        end = Stopped::into(stopped);
    }
    report.finish(&end, Stats::default(), file)
}
