//! `verify`: a report that can be filed.

use std::{fmt::Write, path::Path};

use indicatif::HumanCount;
use zoom_chat_archive::{VerifyOptions, VerifyReport};

use crate::{
    archive::{self, span, under_way},
    args::VerifyArgs,
    exit::Exit,
    failure::Failure,
    line::rfc3339,
    output,
    stderr::escape,
};

use super::gaps;

pub(crate) fn run(args: &VerifyArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let mut options = if args.deep {
        VerifyOptions::deep()
    } else {
        VerifyOptions::quick()
    };
    options.expect_head.clone_from(&args.expect_head);
    let report = archive.verify(&options).map_err(under_way)?;
    if args.json {
        output::print_json(&report)?;
    } else if !quiet {
        output::print(&text(&report, args))?;
    }
    if !report.is_whole() {
        let text = format!(
            "the archive is not what was written: {} findings",
            report.finding_count
        );
        let mut failure = Failure::new(Exit::Altered, text);
        if let Some(finding) = report.findings.first() {
            failure = failure.hint(format!(
                "the first: {}; keep this folder as it is, and take the archive from a backup",
                name(finding)
            ));
        }
        return Err(failure);
    }
    if report.complete_through.is_none() {
        let text = "whole but incomplete: no sync of this archive came to its end yet";
        return Err(Failure::new(Exit::Incomplete, text).hint("run `sync`"));
    }
    if !report.is_complete() {
        let text = format!(
            "whole but incomplete: {} gaps are open, {} attachments missing",
            report.open_gaps, report.missing_unaccepted
        );
        return Err(Failure::new(Exit::Incomplete, text)
            .hint("run `sync` again, or accept them by name with `gaps --accept`"));
    }
    Ok(Exit::Complete)
}

fn name(finding: &zoom_chat_archive::Finding) -> String {
    let kind = serde_json::to_value(finding.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().replace('_', " ");
    // Entries bear their kind in their name.
    if finding.name.starts_with(&kind) || finding.name.starts_with("version") {
        return format!("{}: {}", finding.name, finding.text);
    }
    format!("{kind} {}: {}", finding.name, finding.text)
}

fn text(report: &VerifyReport, args: &VerifyArgs) -> String {
    let mut text = String::new();
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
    let method = if report.deep {
        "deep: the ledger's chain, every digest, every entry and every attachment read again"
    } else {
        "quick: the ledger's chain and every digest, from the hashes that are stored"
    };
    line("method", method.to_owned());
    let head = match &args.expect_head {
        Some(head) => format!("{}; looked for {head}", report.head),
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
            count(report.attachments)
        ),
    );
    line(
        "complete",
        span(
            report.complete_from,
            report.complete_through,
            report.open_gaps,
        ),
    );
    if report.not_returned > 0 {
        let what = "messages that Zoom returned before and later did not; they are kept";
        line("vanished", format!("{} {what}", count(report.not_returned)));
    }
    let missing = if report.attachments_wanted {
        format!("{} attachments missing", count(report.missing_attachments))
    } else {
        "attachments are left away, by the archive's settings".to_owned()
    };
    line("missing", missing);
    line(
        "gaps",
        format!(
            "{} open, {} accepted",
            count(report.open_gaps),
            count(report.accepted_gaps)
        ),
    );
    let result = if report.is_whole() {
        "WHOLE: everything is as it was written".to_owned()
    } else {
        format!("NOT WHOLE: {} findings", count(report.finding_count))
    };
    line("result", result);
    for finding in &report.findings {
        let _ = writeln!(text, "  {}", escape(&name(finding)));
    }
    for gap in &report.gaps {
        for line in gaps::text(gap).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text.push_str("What nobody can know from this archive:\n");
    for line in &report.cannot_know {
        let _ = writeln!(text, "  - {line}");
    }
    text
}
