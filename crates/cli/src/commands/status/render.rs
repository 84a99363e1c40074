//! The report of `status`, for people.

use std::path::Path;

use chrono::{DateTime, SecondsFormat};
use zoom_chat_archive::{Confirmation, ModificationsFlag, MonthCoverage, StatusReport};

use crate::ui::{
    ndjson::rfc3339,
    quantity::{count, counted, percent, seconds, size},
    rows::Rows,
    standing::{gap_counts, span},
};

/// The width of the names of rows.
pub(super) const WIDTH: usize = 12;

pub(super) fn text(report: &StatusReport, archive: &Path) -> String {
    let mut rows = Rows::under(&report.standing.text, "", WIDTH);
    covers(&mut rows, report, archive);
    holds(&mut rows, report);
    lacks(&mut rows, report);
    rows.row("ledger", counted(report.ledger_rows.unsigned_abs(), "row"));
    rows.row("head", &report.head);
    rows.into_text()
}

/// The archive, and the outcomes of its syncs.
fn covers(rows: &mut Rows, report: &StatusReport, archive: &Path) {
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    rows.row("archive", format!("{}{sandbox}", archive.display()));
    rows.row("account", &report.account_id);
    rows.row("complete", span(&report.standing));
    let last = report.last_complete_sync.and_then(rfc3339);
    rows.row(
        "last whole",
        last.unwrap_or_else(|| "never: no sync was complete".to_owned()),
    );
    for run in &report.runs {
        let ended = match (&run.ended_at, &run.outcome) {
            (Some(at), Some(outcome)) => {
                format!("to {}: {}", in_seconds(at), outcome.replace('_', " "))
            }
            _ => "and was killed, or is still running".to_owned(),
        };
        rows.row(
            &format!("sync {}", run.run),
            format!("from {} {ended}", in_seconds(&run.started_at)),
        );
    }
}

/// Sessions, messages by month, and the space they take.
fn holds(rows: &mut Rows, report: &StatusReport) {
    rows.row("sessions", count(report.sessions));
    rows.row(
        "entries",
        format!(
            "{}, and {}",
            count(report.entries),
            counted(report.versions, "later version")
        ),
    );
    for month in &report.months {
        let name = match month.month.as_str() {
            "" => "no time",
            name => name,
        };
        let covered = match month.covered {
            MonthCoverage::Whole => "",
            MonthCoverage::Part => "; covered in part",
            _ => "; not covered",
        };
        rows.row(
            name,
            format!(
                "{}, {}, {}{covered}",
                counted(month.sent, "message"),
                counted(month.edited, "edit"),
                counted(month.deleted, "deletion"),
            ),
        );
    }
    rows.row("database", size(report.database_bytes));
    let files = &report.standing.files;
    rows.row(
        "attachments",
        format!(
            "in {} ({}), {} missing, {} accepted as missing, {} gone at Zoom",
            counted(report.attachments, "different file"),
            size(report.attachment_bytes),
            count(files.missing),
            count(files.accepted),
            count(files.gone)
        ),
    );
}

/// Gaps, and how much a second reading confirmed.
fn lacks(rows: &mut Rows, report: &StatusReport) {
    rows.row("gaps", gap_counts(&report.standing));
    if let Some(left) = report.oldest_gap_leaves_in {
        rows.row("oldest gap", leaves(left));
    }
    let confirmation = &report.confirmation;
    rows.row("confirmed", confirmed(confirmation));
    let differences = confirmation.late + confirmation.vanished;
    rows.row_if("differences", differences, differ(confirmation));
    let edits = match report.modifications {
        ModificationsFlag::Proven => "found, as was seen here",
        ModificationsFlag::Ignored => {
            "not reported by this account: `sync --reread 30d` finds them"
        }
        _ => "not proven here; `sync --reread 30d` finds them",
    };
    rows.row("old edits", edits);
}

/// Says how long Zoom keeps the oldest gap; a time below zero has passed.
fn leaves(left: i64) -> String {
    match u32::try_from(left) {
        Ok(left) => format!("Zoom keeps it for another {}", seconds(left.into())),
        Err(_) if left > 0 => "Zoom keeps it for years".to_owned(),
        Err(_) => "Zoom no longer keeps it".to_owned(),
    }
}

/// Says how much needs no second reading.
pub(super) fn confirmed(confirmation: &Confirmation) -> String {
    let Some(through) = confirmation.through else {
        return "nothing yet: no messages were read".to_owned();
    };
    let through = rfc3339(through).map(|at| format!(", all before {at}"));
    let rest = match confirmation.scrub {
        0.0 => "the rest is not read again, by the archive's settings".to_owned(),
        part => format!(
            "the rest is read once more, with at most {} of a sync's requests, or more to finish in 30 days",
            percent(part)
        ),
    };
    let share = percent(confirmation.share);
    format!(
        "{share} of what was read{}; {rest}",
        through.unwrap_or_default()
    )
}

pub(super) fn differ(confirmation: &Confirmation) -> String {
    format!(
        "{} came late, {} vanished and no deletion is listed; `status --readings` lists them",
        counted(confirmation.late, "message"),
        count(confirmation.vanished)
    )
}

/// A time in whole seconds; the archive keeps it more precisely.
pub(super) fn in_seconds(at: &str) -> String {
    DateTime::parse_from_rfc3339(at).map_or_else(
        |_| at.to_owned(),
        |at| at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}
