//! `verify`: proves that an archive is unaltered.

mod render;

use zoom_chat_archive::{Finding, FindingKind, VerifyOptions, VerifyReport};

use crate::{
    archive,
    args::VerifyArgs,
    exit::Exit,
    failure::Failure,
    ui::{progress::steps, quantity::counted, stdout},
};

pub(crate) fn run(args: &VerifyArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let mut options = match args.quick {
        true => VerifyOptions::quick(),
        false => VerifyOptions::default(),
    };
    options.expect_head.clone_from(&args.expect_head);
    let report = archive.verify_with(&options, steps(quiet))?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        stdout::print(&render::text(&report, args))?;
    }
    if let Some(first) = report.findings.first() {
        return Err(altered(&report, first));
    }
    if report.is_complete() {
        return Ok(Exit::Complete);
    }
    Err(Failure::new(Exit::Incomplete, report.standing.text.clone())
        .hint("run `sync`, or accept what is missing with `gaps --accept`"))
}

fn altered(report: &VerifyReport, first: &Finding) -> Failure {
    let is_file = |finding: &Finding| finding.kind == FindingKind::Attachment;
    let advice = if report.findings.iter().all(is_file) {
        "`sync` fetches lost and shortened files again; move changed files away first"
    } else {
        "keep this folder as it is, and restore the archive from a backup"
    };
    let text = format!(
        "the archive was damaged or changed: {}",
        counted(report.finding_count, "finding")
    );
    Failure::new(Exit::Altered, text).hint(format!("the first: {}; {advice}", render::name(first)))
}
