//! What people are told of a sync.

use std::{fmt::Write, path::Path};

use indicatif::{HumanBytes, HumanCount};
use zoom_chat_archive::{GapReport, SyncReport};

use crate::{
    archive::{gap_line, span},
    ui::{
        stderr::{escape, say},
        summary::{API_MAY_HAVE_CHANGED, clocks, tokens_ended},
    },
};

/// So many gaps are shown to people; `gaps` lists all.
const SHOWN: usize = 10;

/// So many windows that failed, where nothing is missing.
const SHOWN_FAILURES: usize = 10;

/// The summary of a sync.
pub(super) fn text(report: &SyncReport, archive: &Path) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let mut line = |name: &str, what: String| {
        let _ = writeln!(text, "  {name:<12} {what}");
    };
    let count = |number: u64| HumanCount(number).to_string();
    line(
        "sessions",
        format!(
            "{}, {} of them new",
            count(report.sessions),
            count(report.new_sessions)
        ),
    );
    line(
        "messages",
        format!(
            "{} new, {} new edits, {} new deletions",
            count(report.new),
            count(report.edited),
            count(report.deleted)
        ),
    );
    line(
        "versions",
        format!(
            "{} with other text or files, {} with other names or reactions",
            count(report.content_versions),
            count(report.metadata_versions)
        ),
    );
    line(
        "known",
        format!("{} came again as they were", count(report.duplicates)),
    );
    line(
        "windows",
        format!(
            "{} read, {} failed",
            count(report.windows_done),
            count(report.windows_failed)
        ),
    );
    let files = &report.attachments;
    line(
        "attachments",
        format!(
            "{} fetched ({}), {} failed, {} missing",
            count(files.stored),
            HumanBytes(files.bytes),
            count(files.failed),
            count(report.standing.files.missing)
        ),
    );
    if files.lost > 0 {
        let what = "files were not in their place any more, and were asked for again";
        line("lost", format!("{} {what}", count(files.lost)));
    }
    if report.not_returned > 0 {
        let what = "messages that Zoom returned before and did not now; they are kept";
        line("vanished", format!("{} {what}", count(report.not_returned)));
    }
    if report.late > 0 {
        let what = "messages that an earlier reading should have held; they are here now";
        line("late", format!("{} {what}", count(report.late)));
    }
    if report.undecodable > 0 {
        let what = "entries do not fit their type; they are kept as they are";
        line("odd", format!("{} {what}", count(report.undecodable)));
    }
    if !report.unknown_fields.is_empty() {
        let names = report.unknown_fields.join(", ");
        line("new fields", format!("{}; they are kept", escape(&names)));
    }
    if report.api_may_have_changed {
        line("answers", API_MAY_HAVE_CHANGED.to_owned());
    }
    if let Some(ahead) = report.machine_clock_ahead_s {
        line("clocks", clocks(ahead));
    }
    line("archive", span(&report.standing));
    if report.standing.files.gone > 0 {
        line(
            "gone",
            format!("{} files at Zoom", count(report.standing.files.gone)),
        );
    }
    line(
        "gaps",
        format!(
            "{} open, {} accepted",
            count(report.standing.open_gaps),
            count(report.standing.accepted_gaps)
        ),
    );
    line(
        "requests",
        format!(
            "{}, {} of them again, {} answered \"too fast\"",
            count(report.stats.requests.total()),
            count(report.stats.retries),
            count(report.stats.rate_limited)
        ),
    );
    if report.log_bytes > 0 {
        let by = match report.readers.as_slice() {
            [] => "another program".to_owned(),
            readers => escape(&readers.join(", ")).into_owned(),
        };
        let log = HumanBytes(report.log_bytes);
        line(
            "log",
            format!(
                "{log} beside the database, since it is being read by {by}; the next sync moves them"
            ),
        );
    }
    if let Some(notice) = tokens_ended(report.stats) {
        line("tokens", notice);
    }
    line("head", report.head.clone());
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    format!(
        "{}\nsync of {}{sandbox}\n{text}",
        report.standing.text,
        escape(&archive.display().to_string())
    )
}

/// Names what is missing.
pub(super) fn incomplete(report: &SyncReport, archive: &Path) {
    if report.standing.is_complete() {
        say("error: this sync could not read all that it asked for; an earlier one had read it");
        for failed in report.failures.iter().take(SHOWN_FAILURES) {
            let whose = match &failed.session_id {
                Some(id) => format!("session {id}"),
                None => "the list of sessions".to_owned(),
            };
            let days = format!("{} to {}", failed.window.from, failed.window.to);
            say(&format!("  failed: {whose}: {days}: {}", failed.error.text));
        }
        return say("hint: run it again, so that the next days are read, too");
    }
    say(&format!("error: {}", report.standing.text));
    let is_open = |gap: &&GapReport| gap.counts();
    for gap in report.gaps.iter().filter(is_open).take(SHOWN) {
        say(&format!("  missing: {}", gap_line(gap)));
    }
    let standing = &report.standing;
    let more = standing.open_gaps.saturating_sub(SHOWN as u64);
    if more > 0 {
        say(&format!("  missing: and {} more", HumanCount(more)));
    }
    let gaps = format!("`zoom-chat gaps {}`", archive.display());
    say(&match standing.healable_gaps + standing.files.missing {
        0 => format!(
            "hint: {gaps} lists what is missing, and why; its --accept accepts what cannot be had"
        ),
        _ => format!("hint: run it again; {gaps} lists what is missing, and why"),
    });
}
