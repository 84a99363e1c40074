//! `status`: shows what an archive covers, holds and lacks.

mod readings;
mod render;

use std::path::Path;

use chrono::{TimeDelta, Utc};
use zoom_chat_archive::StatusReport;

use crate::{
    archive,
    args::StatusArgs,
    exit::Exit,
    failure::Failure,
    ui::{ndjson::rfc3339, stdout},
};

pub(crate) fn run(args: &StatusArgs, quiet: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    if args.readings {
        return readings::run(&archive, args.json);
    }
    let report = archive.status()?;
    let path = &args.archive.archive;
    let label = archive::label(path);
    let (file, printed) = match args.prom_file.as_deref() {
        Some(file) if file == Path::new("-") => (None, true),
        file => (file, false),
    };
    if let Some(file) = file {
        report.write_prometheus(file, &label)?;
    }
    if printed {
        stdout::print(&report.prometheus(&label))?;
    } else if args.json {
        stdout::print_json(&report)?;
    } else if !quiet {
        stdout::print(&render::text(&report, path))?;
    }
    if let Some(age) = args.max_age {
        check_age(&report, age, path)?;
    }
    if report.standing.is_complete() || args.exit_zero {
        return Ok(Exit::Complete);
    }
    Ok(Exit::Incomplete)
}

/// Fails if the last complete sync is older than `age`, or lies in the future.
fn check_age(report: &StatusReport, age: TimeDelta, archive: &Path) -> Result<(), Failure> {
    let now = Utc::now();
    if report.is_younger_than(age, now) {
        return Ok(());
    }
    let last = report.last_complete_sync;
    let text = match last.and_then(rfc3339) {
        Some(at) if last > Some(now) => {
            format!(
                "the last complete sync ended in the future: {at}; a clock was wrong, then or now"
            )
        }
        Some(at) => format!("the last complete sync is too old: {at}"),
        None => "no sync of this archive was complete yet".to_owned(),
    };
    Err(Failure::new(Exit::Incomplete, text).hint(format!(
        "run `zoom-chat sync {}`, and see what it names as missing",
        archive.display()
    )))
}
