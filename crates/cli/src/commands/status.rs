//! `status`: what an archive covers, holds and lacks.

use std::{fmt::Write, path::Path};

use chrono::{DateTime, SecondsFormat, Utc};
use indicatif::{HumanBytes, HumanCount};
use zoom_chat_archive::{
    Archive, Confirmation, DifferenceKind, ModificationsFlag, MonthCoverage, REPORT_VERSION,
    StatusReport,
};

use crate::{
    archive::{self, span, under_way},
    args::StatusArgs,
    exit::Exit,
    failure::Failure,
    schema::{ReadingsReport, percent},
    ui::{ndjson::rfc3339, stderr::escape, stdout},
};

pub(crate) fn run(args: &StatusArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    if args.readings {
        return readings(&archive, args);
    }
    let report = archive.status().map_err(under_way)?;
    let name = archive::name(&args.archive.archive);
    let (file, printed) = match args.prom_file.as_deref() {
        Some(file) if file == Path::new("-") => (None, true),
        file => (file, false),
    };
    if let Some(file) = file {
        report.write_prometheus(file, &name).map_err(under_way)?;
    }
    if printed {
        stdout::print(&report.prometheus(&name))?;
    } else if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        stdout::print(&text(&report, &args.archive.archive))?;
    }
    if let Some(age) = args.max_age
        && !report.is_younger_than(age, Utc::now())
    {
        let last = report.last_complete_sync;
        let text = match last.and_then(rfc3339) {
            Some(at) if last > Some(Utc::now()) => {
                format!(
                    "the last complete sync ended in the future: {at}; a clock was wrong, then or now"
                )
            }
            Some(at) => format!("the last complete sync is too old: {at}"),
            None => "no sync of this archive was complete yet".to_owned(),
        };
        return Err(Failure::new(Exit::Incomplete, text).hint(format!(
            "run `zoom-chat sync {}`, and see what it names as missing",
            args.archive.archive.display()
        )));
    }
    if report.standing.is_complete() || args.exit_zero {
        return Ok(Exit::Complete);
    }
    Ok(Exit::Incomplete)
}

fn text(report: &StatusReport, archive: &Path) -> String {
    let mut text = format!("{}\n", report.standing.text);
    // Writing to a string does not fail.
    let mut line = |name: &str, what: String| {
        let _ = writeln!(text, "{name:<12} {what}");
    };
    let count = |number: u64| HumanCount(number).to_string();
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    line(
        "archive",
        format!("{}{sandbox}", escape(&archive.display().to_string())),
    );
    line("account", escape(&report.account_id).into_owned());
    line("complete", span(&report.standing));
    let last = report.last_complete_sync.and_then(rfc3339);
    line(
        "last whole",
        last.unwrap_or_else(|| "never: no sync was complete".to_owned()),
    );
    for run in &report.runs {
        let ended = match (&run.ended_at, &run.outcome) {
            (Some(at), Some(outcome)) => {
                format!("to {}: {}", in_seconds(at), outcome.replace('_', " "))
            }
            _ => "and did not end in order, or is under way".to_owned(),
        };
        line(
            &format!("sync {}", run.run),
            format!("from {} {ended}", in_seconds(&run.started_at)),
        );
    }
    line("sessions", count(report.sessions));
    line(
        "entries",
        format!(
            "{}, and {} later versions",
            count(report.entries),
            count(report.versions)
        ),
    );
    for month in &report.months {
        let name = if month.month.is_empty() {
            "no time"
        } else {
            &month.month
        };
        line(
            name,
            format!(
                "{} messages, {} edits, {} deletions{}",
                count(month.sent),
                count(month.edited),
                count(month.deleted),
                match month.covered {
                    MonthCoverage::Whole => "",
                    MonthCoverage::Part => "; covered in part",
                    _ => "; not covered",
                }
            ),
        );
    }
    line("database", HumanBytes(report.database_bytes).to_string());
    line(
        "attachments",
        format!(
            "in {} different files ({}), {} missing, {} accepted as missing, {} gone at Zoom",
            count(report.attachments),
            HumanBytes(report.attachment_bytes),
            count(report.standing.files.missing),
            count(report.standing.files.accepted),
            count(report.standing.files.gone)
        ),
    );
    line(
        "gaps",
        format!(
            "{} open, {} accepted",
            count(report.standing.open_gaps),
            count(report.standing.accepted_gaps)
        ),
    );
    if let Some(seconds) = report.oldest_gap_leaves_in {
        let days = seconds / 86400;
        line(
            "oldest gap",
            format!("leaves what Zoom keeps in {days} days"),
        );
    }
    line("confirmed", confirmed(&report.confirmation));
    let differences = report.confirmation.late + report.confirmation.vanished;
    if differences > 0 {
        line("differences", differ(&report.confirmation));
    }
    let edits = match report.modifications {
        ModificationsFlag::Proven => "found, as was seen here",
        ModificationsFlag::Ignored => "not told by this account: `sync --reread 30d` finds them",
        _ => "not proven here; `sync --reread 30d` finds them",
    };
    line("old edits", edits.to_owned());
    line("ledger", format!("{} rows", report.ledger_rows));
    line("head", report.head.clone());
    text
}

/// How much needs no other reading.
fn confirmed(confirmation: &Confirmation) -> String {
    let through = confirmation.through.and_then(rfc3339);
    let through = through.map(|at| format!(", all before {at}"));
    let rest = match confirmation.scrub {
        0.0 => "the rest is not read again, by the archive's settings".to_owned(),
        part => format!(
            "the rest is read once more, in at most {} of a sync's requests or what 30 days take",
            percent(part)
        ),
    };
    let share = percent(confirmation.share);
    format!(
        "{share} of what was read{}; {rest}",
        through.unwrap_or_default()
    )
}

fn differ(confirmation: &Confirmation) -> String {
    let count = |number: u64| HumanCount(number).to_string();
    format!(
        "{} messages came late, {} vanished and no deletion is listed; `status --readings` lists them",
        count(confirmation.late),
        count(confirmation.vanished)
    )
}

/// Where readings differed, a line each.
fn readings(archive: &Archive, args: &StatusArgs) -> Result<Exit, Failure> {
    let report = archive.status().map_err(under_way)?;
    let differences = archive.differences().map_err(under_way)?;
    if args.json {
        stdout::print_json(&ReadingsReport {
            version: REPORT_VERSION,
            sandbox: report.sandbox,
            confirmation: report.confirmation,
            differences,
        })?;
        return Ok(Exit::Complete);
    }
    let mut text = format!("{:<12} {}\n", "confirmed", confirmed(&report.confirmation));
    let _ = writeln!(
        text,
        "{:<12} {}",
        "differences",
        differ(&report.confirmation)
    );
    for difference in &differences {
        let what = match difference.what {
            DifferenceKind::Late => "came late",
            DifferenceKind::Vanished => "vanished",
            _ => "came again",
        };
        let sent = difference.sent_at.and_then(rfc3339);
        let _ = writeln!(
            text,
            "{what}: message {} of session {}, sent {}; seen by sync {} from {}",
            escape(&difference.message_id),
            escape(&difference.session_id),
            sent.unwrap_or_else(|| "at no time".to_owned()),
            difference.run,
            in_seconds(&difference.run_started_at)
        );
    }
    stdout::print(&text)?;
    Ok(Exit::Complete)
}

/// A time that the archive keeps more precisely than people read it.
fn in_seconds(at: &str) -> String {
    DateTime::parse_from_rfc3339(at).map_or_else(
        |_| at.to_owned(),
        |at| at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}
