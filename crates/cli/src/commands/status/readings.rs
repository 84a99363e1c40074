//! `status --readings`: lists differences between readings of the same days.

use zoom_chat_archive::{Archive, Difference, DifferenceKind, REPORT_VERSION};

use super::render::{WIDTH, confirmed, differ, in_seconds};
use crate::{
    exit::Exit,
    failure::Failure,
    schema::ReadingsReport,
    ui::{ndjson::rfc3339, rows::Rows, stdout},
};

pub(super) fn run(archive: &Archive, json: bool) -> Result<Exit, Failure> {
    let report = archive.status()?;
    let differences = archive.differences()?;
    if json {
        stdout::print_json(&ReadingsReport {
            version: REPORT_VERSION,
            sandbox: report.sandbox,
            confirmation: report.confirmation,
            differences,
        })?;
        return Ok(Exit::Complete);
    }
    let mut rows = Rows::plain(WIDTH);
    rows.row("confirmed", confirmed(&report.confirmation));
    rows.row("differences", differ(&report.confirmation));
    for difference in &differences {
        rows.line(&line(difference));
    }
    stdout::print(&rows.into_text())?;
    Ok(Exit::Complete)
}

fn line(difference: &Difference) -> String {
    let what = match difference.what {
        DifferenceKind::Late => "came late",
        DifferenceKind::Vanished => "vanished",
        _ => "came again",
    };
    let sent = difference.sent_at.and_then(rfc3339);
    format!(
        "{what}: message {} of session {}, sent {}; seen by sync {} from {}",
        difference.message_id,
        difference.session_id,
        sent.unwrap_or_else(|| "at no time".to_owned()),
        difference.run,
        in_seconds(&difference.run_started_at)
    )
}
