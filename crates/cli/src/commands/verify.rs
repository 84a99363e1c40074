//! `verify`: a report that can be filed.

use std::{fmt::Write, path::Path};

use indicatif::HumanCount;
use zoom_chat_archive::{Finding, FindingKind, VerifyOptions, VerifyReport};

use crate::{
    archive::{self, span, under_way},
    args::VerifyArgs,
    exit::Exit,
    failure::Failure,
    ui::{ndjson::rfc3339, progress::steps, stderr::escape, stdout},
};

use super::gaps;

pub(crate) fn run(args: &VerifyArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let mut options = if args.quick {
        VerifyOptions::quick()
    } else {
        VerifyOptions::default()
    };
    options.expect_head.clone_from(&args.expect_head);
    let report = archive
        .verify_with(&options, steps(quiet))
        .map_err(under_way)?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        stdout::print(&text(&report, args))?;
    }
    if let Some(finding) = report.findings.first() {
        let text = match report.finding_count {
            1 => "the archive is not what was written: 1 finding".to_owned(),
            count => format!("the archive is not what was written: {count} findings"),
        };
        let is_file = |finding: &Finding| finding.kind == FindingKind::Attachment;
        if report.findings.iter().all(is_file) {
            return Err(Failure::new(Exit::Altered, text).hint(format!(
                "the first: {}; `sync` fetches files again that are lost or shorter; move away what was changed",
                name(finding)
            )));
        }
        return Err(Failure::new(Exit::Altered, text).hint(format!(
            "the first: {}; keep this folder as it is, and take the archive from a backup",
            name(finding)
        )));
    }
    if report.is_complete() {
        return Ok(Exit::Complete);
    }
    Err(Failure::new(Exit::Incomplete, report.standing.text.clone())
        .hint("run `sync`, or accept what is missing with `gaps --accept`"))
}

/// What was found, in one sentence.
fn verdict(report: &VerifyReport) -> String {
    let found = match (report.finding_count, report.files_read) {
        (0, true) => "WHOLE: everything is as it was written".to_owned(),
        (0, false) => "AS WRITTEN, the bytes of attachments not looked at".to_owned(),
        (1, _) => "ALTERED: 1 finding".to_owned(),
        (count, _) => format!("ALTERED: {} findings", HumanCount(count)),
    };
    format!("{found}. {}", report.standing.text)
}

fn name(finding: &Finding) -> String {
    let kind = serde_json::to_value(finding.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().replace('_', " ");
    // Entries bear their kind in their name.
    if finding.name.starts_with(&kind) || finding.name.starts_with("version") {
        return format!("{}: {}", finding.name, finding.text);
    }
    format!("{kind} {}: {}", finding.name, finding.text)
}

fn text(report: &VerifyReport, args: &VerifyArgs) -> String {
    let mut text = format!("{}\n", verdict(report));
    // Writing to a string does not fail.
    let mut line = |name: &str, what: String| {
        let _ = writeln!(text, "{name:<14} {}", escape(&what));
    };
    let count = |number: u64| HumanCount(number).to_string();
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    let path: &Path = &args.archive.archive;
    line("archive", format!("{}{sandbox}", path.display()));
    line("account", report.account_id.clone());
    let at = rfc3339(report.verified_at).unwrap_or_default();
    line(
        "verified",
        format!("{at}, by zoom-chat {}", env!("CARGO_PKG_VERSION")),
    );
    let method = if report.files_read {
        "everything that follows from the ledger and from what Zoom sent was recomputed and compared, \
         and every attachment read"
    } else {
        "everything that follows from the ledger and from what Zoom sent was recomputed and compared; \
         of attachments, only names and lengths (--quick)"
    };
    line("method", method.to_owned());
    let head = match &args.expect_head {
        Some(head) => {
            let since = match report.rows_since_head {
                None => String::new(),
                Some(0) => ": it is the newest".to_owned(),
                Some(1) => ": 1 row was added since, of which it proves nothing".to_owned(),
                Some(rows) => format!(
                    ": {} rows were added since, of which it proves nothing",
                    count(rows)
                ),
            };
            format!("{}; looked for {head}{since}", report.head)
        }
        None => report.head.clone(),
    };
    line("head", head);
    line(
        "ledger",
        format!(
            "{} rows, {} answered windows",
            count(report.ledger_rows),
            count(report.windows)
        ),
    );
    line(
        "holds",
        format!(
            "{} sessions, {} entries and versions, {} attachments",
            count(report.sessions),
            count(report.entries),
            count(report.standing.files.stored)
        ),
    );
    if report.taken_over > 0 {
        let what = "items came in format 1; the ledger has witnessed their order since they were taken over";
        line("taken over", format!("{} {what}", count(report.taken_over)));
    }
    line("complete", span(&report.standing));
    if report.not_returned > 0 {
        let what = "messages that Zoom returned before and later did not; they are kept";
        line("vanished", format!("{} {what}", count(report.not_returned)));
    }
    let files = report.standing.files;
    let files = if report.attachments_wanted {
        format!(
            "{} missing, {} accepted as missing, {} gone at Zoom",
            count(files.missing),
            count(files.accepted),
            count(files.gone)
        )
    } else {
        "left away, by the archive's settings".to_owned()
    };
    line("attachments", files);
    line(
        "gaps",
        format!(
            "{} open, {} accepted",
            count(report.standing.open_gaps),
            count(report.standing.accepted_gaps)
        ),
    );
    for finding in &report.findings {
        let _ = writeln!(text, "  {}", escape(&name(finding)));
    }
    for gap in &report.gaps {
        for line in gaps::text(gap).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    for accepted in report.acceptances.iter().filter(|it| it.missing_now == 0) {
        let acceptance = &accepted.acceptance;
        let at = rfc3339(acceptance.at).unwrap_or_default();
        let _ = writeln!(
            text,
            "  accepted by {} on {at}, and not missing any more: {}",
            escape(&acceptance.operator),
            escape(&acceptance.reason)
        );
    }
    text.push_str("What nobody can know from this archive:\n");
    for line in &report.cannot_know {
        let _ = writeln!(text, "  - {line}");
    }
    text
}
