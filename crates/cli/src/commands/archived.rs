//! `messages --archive` and `sessions --archive`: the same lines, from an archive.

use std::collections::HashSet;

use chrono::NaiveDate;
use zoom_chat_archive::{Archive, ArchivedEntry, EntryFilter, GapAxis, GapReport, Question};
use zoom_chat_reports::{EntryKind, stats::Stats};

use crate::{
    archive,
    args::{MessagesArgs, SessionsArgs},
    context::Context,
    exit::Exit,
    failure::Failure,
    schema::Missing,
    ui::{
        ndjson,
        progress::Progress,
        stdout::{Output, Stopped},
        summary::{End, Report, SummaryFile},
    },
};

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
    report.standing = Some(archive.standing()?);
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
    // The last version of an entry is the latest that Zoom sent.
    let mut latest: Option<ArchivedEntry> = None;
    for entry in archive.entries(&filter) {
        let entry = entry.map_err(|error| End::Failed(error.into()))?;
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
    if !wants(args, entry.kind) {
        return;
    }
    match entry.kind {
        EntryKind::Sent => report.written.sent += 1,
        EntryKind::Edited => report.written.edited += 1,
        EntryKind::Deleted => report.written.deleted += 1,
    }
    output.add(|line| {
        if args.raw {
            ndjson::raw(line, &entry.raw);
        } else {
            ndjson::archived(line, entry);
        }
    });
}

/// Refuses sessions that the archive does not hold.
fn known(archive: &Archive, sessions: &[String]) -> Result<(), Failure> {
    if sessions.is_empty() {
        return Ok(());
    }
    let known: HashSet<String> = archive
        .sessions()?
        .into_iter()
        .map(|session| session.id)
        .collect();
    match sessions.iter().find(|id| !known.contains(*id)) {
        Some(id) => Err(Failure::usage(format!("the archive has no session {id}"))
            .hint("`zoom-chat sessions --archive …` lists those that it has")),
        None => Ok(()),
    }
}

/// Whether entries of this kind are wanted: all kinds, unless an option excludes some.
fn wants(args: &MessagesArgs, kind: EntryKind) -> bool {
    match kind {
        EntryKind::Sent => true,
        _ if args.sent_only => false,
        kind => !args.reading.chooses() || args.reading.wants(kind),
    }
}

/// Parts of the question that the archive does not prove.
fn missing(
    archive: &Archive,
    sessions: &[String],
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    args: &MessagesArgs,
) -> Result<Vec<Missing>, Failure> {
    let mut question = Question::default();
    question.session_ids = sessions.to_vec();
    (question.from, question.to) = (from, to);
    let wants_changes = wants(args, EntryKind::Edited) || wants(args, EntryKind::Deleted);
    let unproven = archive.unproven(&question)?.into_iter();
    let asked = unproven.filter(|gap| wants_changes || gap.axis != GapAxis::Modified);
    Ok(asked.map(as_missing).collect())
}

fn as_missing(gap: GapReport) -> Missing {
    let name = format!("gap {} of the archive", &gap.id[..8.min(gap.id.len())]);
    Missing {
        start: gap.start,
        end: gap.end,
        healable: gap.is_healable(),
        reason: gap.reason.unwrap_or(name),
        session_id: gap.session_id,
    }
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
    let unproven = archive.unproven(&Question::default())?;
    // In a gap of the whole account there may be sessions that no list named.
    let of_account = unproven.into_iter().filter(|gap| gap.session_id.is_none());
    report.missing = of_account.map(as_missing).collect();
    report.standing = Some(archive.standing()?);
    let mut output = Output::new();
    let progress = Progress::none();
    let mut end = End::Reached;
    for session in archive.sessions()? {
        // A session without a listing was found by a run that did not read the list to its end.
        let Some(raw) = &session.raw else { continue };
        report.written.sessions += 1;
        output.add(|line| {
            if args.raw {
                ndjson::raw(line, raw);
            } else {
                ndjson::listed(line, Some(&session.id), raw);
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
