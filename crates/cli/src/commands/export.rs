//! `export`: turns an archive into files that others can open.

use std::path::Path;

use zoom_chat_archive::{ErrorKind, ExportReport, ExportRequest};

use crate::{
    archive,
    args::ExportArgs,
    context::Context,
    exit::Exit,
    failure::Failure,
    operator,
    selection::{Selected, select},
    ui::{
        progress::export_steps,
        quantity::{count, counted, size},
        rows::Rows,
        stdout,
    },
};

pub(crate) fn run(args: &ExportArgs, context: &Context) -> Result<Exit, Failure> {
    let (quiet, show_names) = (context.global.quiet, context.global.show_names);
    args.check()?;
    let archive = archive::read(&args.archive)?;
    let asked = args.range.asked();
    let selected = select(&archive, &args.selection, &asked, &[], show_names)?;
    let conversations = selected.directory.conversations().len() as u64;
    let mut request = request(args, selected)?;
    request.stop = Some(context.stop());
    let report = archive
        .export(&request, export_steps(quiet))
        .map_err(|error| match context.interrupt.seen() {
            Some(signal) if error.kind() == ErrorKind::Stopped => Failure::interrupted(signal),
            _ => error.into(),
        })?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        stdout::print(&text(&report, &args.out, conversations))?;
    }
    if report.counts.lost_files > 0 {
        let lost = counted(report.counts.lost_files, "attachment");
        let text = format!("the export lacks {lost}, as the archive does");
        return Err(Failure::new(Exit::Altered, text)
            .hint("`sync` fetches them again; `verify` names them"));
    }
    if report.complete {
        return Ok(Exit::Complete);
    }
    Err(Failure::new(Exit::Incomplete, report.verdict.clone()).hint(
        "manifest.json lists what is missing: `sync` may fetch it, `gaps` lists what can be accepted; days that the archive \
         does not cover stay missing",
    ))
}

fn request(args: &ExportArgs, selected: Selected) -> Result<ExportRequest, Failure> {
    let mut request = ExportRequest::new(&args.out, selected.selection);
    request.filter = selected.filter;
    request.zone = selected.zone;
    request.formats = args.format.iter().map(|format| (*format).into()).collect();
    request.prefix.clone_from(&args.prefix);
    request.start = args.start;
    request.existing = args.existing();
    request.verify = !args.unverified;
    request.byte_order_mark = args.bom;
    request.csv_raw = args.csv_raw;
    request.raw = args.raw;
    request.signed_links = args.signed_links;
    let name = args.operator.as_deref();
    request.operator = operator::name(name, "it is not known who exports")?;
    Ok(request)
}

/// The summary: the verdict, then the figures.
fn text(report: &ExportReport, to: &Path, conversations: u64) -> String {
    let mut rows = Rows::under(&report.verdict, "  ", 14);
    if report.written {
        let place = report.supplement.as_ref().map(|folder| to.join(folder));
        rows.row("written to", place.as_deref().unwrap_or(to).display());
        counts(report, conversations, &mut rows);
    } else {
        rows.row("written", "nothing: nothing is new or changed");
    }
    let gaps = report.open_gaps + report.accepted_gaps;
    let (open, accepted) = (count(report.open_gaps), count(report.accepted_gaps));
    rows.row_if("gaps", gaps, format!("{open} open, {accepted} accepted"));
    let gone = counted(report.gone_files, "file");
    rows.row_if("gone at Zoom", report.gone_files, gone);
    rows.row("archive", &report.standing.text);
    rows.row("head", &report.head);
    rows.into_text()
}

/// What was written.
fn counts(report: &ExportReport, conversations: u64, rows: &mut Rows) {
    let counts = &report.counts;
    let of = format!(
        "{} of {}",
        count(counts.conversations),
        count(conversations)
    );
    rows.row("conversations", of);
    let kinds = [
        (counts.sent, "sent"),
        (counts.edited, "edited"),
        (counts.deleted, "deleted"),
    ];
    let kinds = kinds.map(|(number, kind)| format!("{} {kind}", count(number)));
    let all = count(counts.entries());
    rows.row("entries", format!("{all}: {}", kinds.join(", ")));
    let missing = match counts.placeholders {
        0 => String::new(),
        number => format!(", {} of them missing", count(number)),
    };
    let attachments = format!("{}{missing}", count(counts.attachments));
    rows.row_if("attachments", counts.attachments, attachments);
    let numbers = (&report.first_control_number, &report.last_control_number);
    if let (Some(first), Some(last)) = numbers {
        rows.row("numbers", format!("{first} to {last}"));
    }
    rows.row("size", size(report.bytes));
}
