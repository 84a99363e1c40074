//! `messages --archive` and `sessions --archive`: the same lines, from an archive.

use std::collections::HashSet;

use zoom_chat_archive::{Archive, ArchivedEntry, EntryFilter, GapAxis, GapReport, Selection};
use zoom_chat_reports::{EntryKind, stats::Stats};

use super::tables::{MessageTable, SessionTable};
use crate::{
    archive,
    args::{MessagesArgs, SessionsArgs},
    context::Context,
    exit::Exit,
    failure::Failure,
    schema::Missing,
    selection::select,
    ui::{
        ndjson,
        output::{Output, check_summary},
        progress::Progress,
        summary::{End, Report, SummaryFile},
    },
};

pub(crate) fn messages(
    args: &MessagesArgs,
    path: &std::path::Path,
    context: &Context,
) -> Result<Exit, Failure> {
    let archive = archive::read_at(path, args.shared)?;
    let (asked, show_names) = (args.range.asked(), context.global.show_names);
    let selected = select(
        &archive,
        &args.selection,
        &asked,
        &args.sessions,
        show_names,
    )?;
    let file = SummaryFile::open(args.summary.as_deref())?;
    let mut report =
        Report::of_archive("messages", archive.account().sandbox, context.global.quiet);
    report.missing = missing(&archive, &selected.selection, args)?;
    report.standing = Some(archive.standing()?);
    check_summary(args.summary.as_deref(), args.output.as_deref())?;
    let output = Output::to(args.output.as_deref())?;
    let table = output.is_for_people() && !args.json && !args.raw;
    let mut printer = Printer {
        archive: &archive,
        args,
        context,
        table: table.then(|| MessageTable::of(&selected)),
        output,
        report,
    };
    let end = printer.print(selected.selection.clone());
    let Printer {
        output, mut report, ..
    } = printer;
    let end = end.map_or_else(|end| end, |()| report.put(output, &Progress::none()));
    report.finish(&end, Stats::default(), file)
}

/// Prints entries of an archive.
struct Printer<'a> {
    archive: &'a Archive,
    args: &'a MessagesArgs,
    context: &'a Context,
    table: Option<MessageTable>,
    output: Output,
    report: Report,
}

impl Printer<'_> {
    fn print(&mut self, selection: Selection) -> Result<(), End> {
        let mut filter = EntryFilter::new(selection);
        filter.versions = true;
        let progress = Progress::none();
        // The last version of an entry is the latest that Zoom sent.
        let mut latest: Option<ArchivedEntry> = None;
        for entry in self.archive.entries(&filter) {
            let entry = entry.map_err(|error| End::Failed(error.into()))?;
            if let Some(signal) = self.context.interrupt.seen() {
                return Err(End::Interrupted(signal));
            }
            if let Some(before) = latest.replace(entry)
                && latest.as_ref().is_some_and(|next| next.version == 0)
            {
                self.add(&before)?;
                self.output.write_if_full(&progress)?;
            }
        }
        latest.map_or(Ok(()), |last| self.add(&last))
    }

    fn add(&mut self, entry: &ArchivedEntry) -> Result<(), End> {
        if !wants(self.args, entry.kind) {
            return Ok(());
        }
        self.report.written.add(entry.kind);
        if self.args.raw {
            self.output.add(|line| ndjson::raw(line, &entry.raw));
        } else if let Some(table) = &self.table {
            let row = table.archived(entry);
            self.output
                .add(|line| line.extend_from_slice(row.as_bytes()));
        } else {
            let files = self.archive.files_of(entry.id);
            let files = files.map_err(|error| End::Failed(error.into()))?;
            let signed = self.args.signed_links;
            self.output
                .add(|line| ndjson::archived(line, entry, &files, signed));
        }
        Ok(())
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

/// Parts of what is selected that the archive does not prove.
fn missing(
    archive: &Archive,
    selection: &Selection,
    args: &MessagesArgs,
) -> Result<Vec<Missing>, Failure> {
    let wants_changes = [EntryKind::Edited, EntryKind::Deleted]
        .into_iter()
        .any(|kind| wants(args, kind) && selection.wants(kind));
    let unproven = archive.unproven(&selection.question())?.into_iter();
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
    let (asked, show_names) = (args.range.asked(), context.global.show_names);
    let selected = select(&archive, &args.selection, &asked, &[], show_names)?;
    let selection = &selected.selection;
    let file = SummaryFile::open(args.summary.as_deref())?;
    let mut report =
        Report::of_archive("sessions", archive.account().sandbox, context.global.quiet);
    let unproven = archive.unproven(&selection.question())?;
    // In a gap of the whole account there may be sessions that no list named.
    let of_account = unproven.into_iter().filter(|gap| gap.session_id.is_none());
    report.missing = of_account.map(as_missing).collect();
    report.standing = Some(archive.standing()?);
    check_summary(args.summary.as_deref(), args.output.as_deref())?;
    let mut output = Output::to(args.output.as_deref())?;
    let progress = Progress::none();
    let mut end = End::Reached;
    let chosen = archive.sessions_of(selection)?;
    let table = output.is_for_people() && !args.json && !args.raw;
    let table = table.then(|| SessionTable::new(&selected));
    for session in archive.sessions()? {
        let is_chosen = |ids: &HashSet<String>| ids.contains(&session.id);
        if !chosen.as_ref().is_none_or(is_chosen) {
            continue;
        }
        // A session without a listing was found by a run that did not read the list to its end.
        let Some(raw) = &session.raw else { continue };
        report.written.sessions += 1;
        output.add(|line| match &table {
            Some(table) => line.extend_from_slice(table.row(&session).as_bytes()),
            None if args.raw => ndjson::raw(line, raw),
            None => ndjson::listed(line, Some(&session.id), raw),
        });
        if let Err(stopped) = output.write_if_full(&progress) {
            end = stopped.into();
            break;
        }
    }
    if matches!(end, End::Reached) {
        end = report.put(output, &progress);
    }
    report.finish(&end, Stats::default(), file)
}
