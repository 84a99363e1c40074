//! The report of `verify` for people, in a form that can be filed.

use std::path::Path;

use zoom_chat_archive::{Finding, VerifyReport};

use crate::{
    args::VerifyArgs,
    ui::{
        ndjson::rfc3339,
        quantity::{count, counted},
        rows::Rows,
        standing::{accepted, gap_counts, gap_lines, span},
    },
};

pub(super) fn text(report: &VerifyReport, args: &VerifyArgs) -> String {
    let mut rows = Rows::under(&verdict(report), "", 14);
    verified(&mut rows, report, args);
    holds(&mut rows, report);
    for finding in &report.findings {
        rows.line(&format!("  {}", name(finding)));
    }
    missing(&mut rows, report);
    rows.line("This archive cannot show:");
    for line in &report.cannot_know {
        rows.line(&format!("  - {line}"));
    }
    rows.into_text()
}

/// The verdict, in one sentence.
fn verdict(report: &VerifyReport) -> String {
    let found = match (report.finding_count, report.files_read) {
        (0, true) => "WHOLE: everything is as it was written".to_owned(),
        (0, false) => "AS WRITTEN, the contents of attachments not checked".to_owned(),
        (findings, _) => format!("ALTERED: {}", counted(findings, "finding")),
    };
    format!("{found}. {}", report.standing.text)
}

pub(super) fn name(finding: &Finding) -> String {
    let kind = serde_json::to_value(finding.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().replace('_', " ");
    // The name of an entry holds its kind.
    if finding.name.starts_with(&kind) || finding.name.starts_with("version") {
        return format!("{}: {}", finding.name, finding.text);
    }
    format!("{kind} {}: {}", finding.name, finding.text)
}

/// The archive that was verified, when, and how.
fn verified(rows: &mut Rows, report: &VerifyReport, args: &VerifyArgs) {
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    let path: &Path = &args.archive.archive;
    rows.row("archive", format!("{}{sandbox}", path.display()));
    rows.row("account", &report.account_id);
    let at = rfc3339(report.verified_at).unwrap_or_default();
    rows.row(
        "verified",
        format!("{at}, by zoom-chat {}", env!("CARGO_PKG_VERSION")),
    );
    let files = match report.files_read {
        true => ", and every attachment read",
        false => "; of attachments, only names and lengths (--quick)",
    };
    rows.row(
        "method",
        format!(
            "every table was recomputed from the ledger and from what Zoom sent, and compared{files}"
        ),
    );
    rows.row(
        "head",
        match &args.expect_head {
            Some(expected) => format!(
                "{}; looked for {expected}{}",
                report.head,
                since(report.rows_since_head)
            ),
            None => report.head.clone(),
        },
    );
    rows.row(
        "ledger",
        format!(
            "{}, {}",
            counted(report.ledger_rows, "row"),
            counted(report.windows, "answered window")
        ),
    );
}

/// The rows added after the expected head.
fn since(rows: Option<u64>) -> String {
    match rows {
        None => String::new(),
        Some(0) => ": it is the newest".to_owned(),
        Some(rows) => {
            let verb = if rows == 1 { "was" } else { "were" };
            format!(
                ": {} {verb} added since, which it does not prove",
                counted(rows, "row")
            )
        }
    }
}

/// The content and the coverage of the archive.
fn holds(rows: &mut Rows, report: &VerifyReport) {
    let files = report.standing.files;
    rows.row(
        "holds",
        format!(
            "{}, {} and versions, {}",
            counted(report.sessions, "session"),
            counted(report.entries, "entry"),
            counted(files.stored, "attachment")
        ),
    );
    rows.row_if(
        "taken over",
        report.taken_over,
        format!(
            "{} came in format 1; the ledger has witnessed their order since they were taken over",
            counted(report.taken_over, "item")
        ),
    );
    rows.row("complete", span(&report.standing));
    rows.row_if(
        "vanished",
        report.not_returned,
        format!(
            "{} that Zoom returned before and later did not; the archive keeps them",
            counted(report.not_returned, "message")
        ),
    );
    rows.row(
        "attachments",
        match report.attachments_wanted {
            true => format!(
                "{} missing, {} accepted as missing, {} gone at Zoom",
                count(files.missing),
                count(files.accepted),
                count(files.gone)
            ),
            false => "not downloaded, by the archive's settings".to_owned(),
        },
    );
    rows.row("gaps", gap_counts(&report.standing));
}

/// Each gap, and accepted gaps that are closed now.
fn missing(rows: &mut Rows, report: &VerifyReport) {
    for line in report.gaps.iter().flat_map(gap_lines) {
        rows.line(&format!("  {line}"));
    }
    for healed in report.acceptances.iter().filter(|it| it.missing_now == 0) {
        let text = accepted(&healed.acceptance, ", and no longer missing");
        rows.line(&format!("  {text}"));
    }
}
