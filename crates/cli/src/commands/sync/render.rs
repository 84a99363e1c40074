//! The report of a sync, for people.

use std::path::Path;

use zoom_chat_archive::{GapReport, Outcome, SyncReport};

use crate::ui::{
    quantity::{count, counted, size},
    rows::Rows,
    standing::{gap_counts, gap_line, span},
    stderr::eprint,
    summary::{API_MAY_HAVE_CHANGED, clocks, requests, tokens_ended},
};

/// The number of gaps that people see; `gaps` lists all.
const SHOWN: usize = 10;

/// The number of failed windows that people see if nothing is missing.
const SHOWN_FAILURES: usize = 10;

/// The summary of a sync.
pub(super) fn text(report: &SyncReport, archive: &Path) -> String {
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    let mut rows = Rows::under(&headline(report), "  ", 12);
    rows.line(&format!("sync of {}{sandbox}", archive.display()));
    brought(&mut rows, report);
    noticed(&mut rows, report);
    holds(&mut rows, report);
    rows.row("requests", requests(report.stats));
    log(&mut rows, report);
    if let Some(notice) = tokens_ended(report.stats) {
        rows.row("tokens", notice);
    }
    rows.row("head", &report.head);
    rows.into_text()
}

/// What the archive holds; before it, whether the run could not do all of its work.
fn headline(report: &SyncReport) -> String {
    let standing = &report.standing;
    let why = match report.outcome {
        Outcome::Incomplete if standing.is_complete() => "part of this sync failed",
        Outcome::DailyLimit => "the account's daily limit is reached",
        Outcome::Outage => "Zoom stopped answering",
        Outcome::Stopped => "this sync was stopped",
        Outcome::Failed => "this sync failed",
        _ => return standing.text.clone(),
    };
    format!(
        "NOT UP TO DATE: {why}; the archive as it is: {}",
        standing.text
    )
}

/// Rows of new data.
fn brought(rows: &mut Rows, report: &SyncReport) {
    let (sessions, new) = (count(report.sessions), count(report.new_sessions));
    let sessions = match report.list_read {
        true => format!("{sessions}, {new} of them new"),
        false => format!("{sessions} seen; the list was not read to its end"),
    };
    rows.row("sessions", sessions);
    rows.row(
        "messages",
        format!(
            "{} new, {}, {}",
            count(report.new),
            counted(report.edited, "new edit"),
            counted(report.deleted, "new deletion")
        ),
    );
    rows.row(
        "versions",
        format!(
            "{} with other text or files, {} with other names or reactions",
            count(report.content_versions),
            count(report.metadata_versions)
        ),
    );
    rows.row(
        "unchanged",
        format!(
            "{} received again without a change",
            count(report.duplicates)
        ),
    );
    rows.row(
        "windows",
        format!(
            "{} read, {} failed",
            count(report.windows_done),
            count(report.windows_failed)
        ),
    );
    let files = &report.attachments;
    rows.row(
        "attachments",
        format!(
            "{} fetched ({}), {} failed, {} missing",
            count(files.stored),
            size(files.bytes),
            count(files.failed),
            count(report.standing.files.missing)
        ),
    );
}

/// Rows of unusual observations.
fn noticed(rows: &mut Rows, report: &SyncReport) {
    let mut seen = |name, number: u64, noun, what| {
        rows.row_if(name, number, format!("{} {what}", counted(number, noun)));
    };
    let lost = "no longer in place; requested again";
    seen("lost", report.attachments.lost, "file", lost);
    let vanished = "that Zoom returned before and did not now; the archive keeps them";
    seen("vanished", report.not_returned, "message", vanished);
    let late = "that an earlier reading should have held; in the archive now";
    seen("late", report.late, "message", late);
    let unreadable = "in an unknown form; kept as Zoom sent them";
    seen("unreadable", report.undecodable, "entry", unreadable);
    if !report.unknown_fields.is_empty() {
        let names = report.unknown_fields.join(", ");
        rows.row("new fields", format!("{names}; the archive keeps them"));
    }
    if report.api_may_have_changed {
        rows.row("answers", API_MAY_HAVE_CHANGED);
    }
    if let Some(ahead) = report.machine_clock_ahead_s {
        rows.row("clocks", clocks(ahead));
    }
}

/// Rows of the archive's state.
fn holds(rows: &mut Rows, report: &SyncReport) {
    rows.row("archive", span(&report.standing));
    let gone = report.standing.files.gone;
    rows.row_if("gone", gone, format!("{} at Zoom", counted(gone, "file")));
    rows.row("gaps", gap_counts(&report.standing));
}

/// The bytes that stay beside the database, and the programs that prevent moving them.
fn log(rows: &mut Rows, report: &SyncReport) {
    let by = match report.readers.as_slice() {
        [] => "another program".to_owned(),
        readers => readers.join(", "),
    };
    rows.row_if(
        "log",
        report.log_bytes,
        format!(
            "{} not yet moved into the database, which {by} reads; the next sync moves them",
            size(report.log_bytes)
        ),
    );
}

/// Prints what is missing.
pub(super) fn eprint_incomplete(report: &SyncReport, archive: &Path) {
    if report.standing.is_complete() {
        return eprint_failed(report);
    }
    eprint(&format!("error: {}", report.standing.text));
    let is_open = |gap: &&GapReport| gap.counts();
    for gap in report.gaps.iter().filter(is_open).take(SHOWN) {
        eprint(&format!("  missing: {}", gap_line(gap)));
    }
    let standing = &report.standing;
    let more = standing.open_gaps.saturating_sub(SHOWN as u64);
    if more > 0 {
        eprint(&format!("  missing: and {} more", count(more)));
    }
    let gaps = format!("`zoom-chat gaps {}`", archive.display());
    eprint(&match standing.healable_gaps + standing.files.missing {
        0 => format!(
            "hint: {gaps} lists what is missing, and why; `--accept` accepts what no run can read"
        ),
        _ => format!("hint: run it again; {gaps} lists what is missing, and why"),
    });
}

/// Prints failures although the archive lacks nothing.
fn eprint_failed(report: &SyncReport) {
    eprint("error: part of this sync failed, but the archive holds that part from an earlier sync");
    for failed in report.failures.iter().take(SHOWN_FAILURES) {
        let whose = match &failed.session_id {
            Some(id) => format!("session {id}"),
            None => "the list of sessions".to_owned(),
        };
        let days = format!("{} to {}", failed.window.from, failed.window.to);
        eprint(&format!("  failed: {whose}: {days}: {}", failed.error.text));
    }
    eprint("hint: run it again, so that newer messages are read too");
}
