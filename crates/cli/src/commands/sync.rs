//! `sync`: brings an archive up to date.

mod render;

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use chrono::NaiveDate;
use zoom_chat_archive::{
    Archive, ArchiveSettings, Error, Outcome, Stop, SyncEvent, SyncOptions, SyncPhase, SyncReport,
};
use zoom_chat_reports::Plan;

use crate::{
    archive,
    args::{ConnectionArgs, ContentArgs, SyncArgs},
    connect::{self, Connection, UNPACED},
    exit::Exit,
    failure::{Failure, exit_of},
    signal::Interrupt,
    ui::{
        progress::{Counts, Progress},
        stderr::say,
        stdout,
    },
};

use super::{Context, or_interrupt};

pub(crate) async fn run(args: &SyncArgs, context: Context) -> Result<Exit, Failure> {
    // What is refused is refused before anything is touched.
    let stored = match Archive::can_create(&args.archive.archive) {
        true if args.existing => {
            let text = format!("there is no archive in {}", args.archive.archive.display());
            return Err(Failure::usage(text).hint(
                "see whether its disk is mounted; `init`, or `sync` without --existing, makes one",
            ));
        }
        true if args.once => {
            return Err(Failure::usage(
                "there is no archive yet for which a run could be an exception",
            )
            .hint("leave --once away: the options are stored in the new archive"));
        }
        true => None,
        false => {
            if archive::is_older(&args.archive) {
                let connection = connect::connect(&args.connection).await?;
                archive::bring_up(&args.archive, &connection.account(), context.global.quiet)?;
            }
            Some(archive::read(&args.archive)?)
        }
    };
    check_files(args, stored.as_ref())?;
    let settings = stored.as_ref().map(Archive::settings);
    let connection = connect::connect(&paced(&args.connection, settings)).await?;
    let change = match &stored {
        Some(archive) => change(archive, args, &connection).await?,
        None => None,
    };
    let is_new = stored.is_none();
    drop(stored);
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let mut archive = if is_new {
        or_interrupt(made(args, &connection), &context).await?
    } else {
        archive::write(&args.archive)?
    };
    let mut options = SyncOptions::new();
    match change {
        Some(settings) if args.once => options.once = Some(settings),
        Some(settings) => {
            archive
                .change_settings(&settings)
                .map_err(archive::at_start)?;
            if !context.global.quiet {
                say("the archive's settings are changed: later runs use them without options");
            }
        }
        None => {}
    }
    options.reread_days = args.reread;
    options.progress = Some(watch(progress.counts().clone()));
    let stop = Stop::new();
    options.stop = Some(stop.clone());
    let interrupt = context.interrupt.clone();
    let listener = tokio::spawn(stop_at(interrupt, stop));
    let report = archive
        .sync(&connection.zoom, &connection.account(), options)
        .await;
    listener.abort();
    drop(progress);
    // However the run ended, and each though the other fails.
    let (metrics, head) = (write_metrics(args, &archive), write_head(args, &archive));
    let report = report.map_err(archive::under_way)?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !context.global.quiet {
        stdout::print(&render::text(&report, &args.archive.archive))?;
    }
    let exit = end(&report, &context, args);
    metrics.and(head).map(|()| exit).map_err(archive::under_way)
}

fn write_metrics(args: &SyncArgs, archive: &Archive) -> Result<(), Error> {
    let Some(file) = &args.prom_file else {
        return Ok(());
    };
    let name = archive::name(&args.archive.archive);
    archive.status()?.write_prometheus(file, &name)
}

fn write_head(args: &SyncArgs, archive: &Archive) -> Result<(), Error> {
    match &args.head_file {
        Some(file) => archive.write_head(file),
        None => Ok(()),
    }
}

/// Refuses files that the run could not write in the end, or must not.
fn check_files(args: &SyncArgs, stored: Option<&Archive>) -> Result<(), Failure> {
    if args.prom_file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("the metrics of a sync go to a file")
            .hint("name one; `status --prom-file -` prints them"));
    }
    for file in [&args.prom_file, &args.head_file].into_iter().flatten() {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let text = format!("there is no folder for {}", file.display());
            return Err(Failure::usage(text).hint("make it first, or name another file"));
        }
    }
    let Some(file) = &args.head_file else {
        return Ok(());
    };
    match stored {
        Some(archive) => archive.check_head_file(file).map_err(archive::at_start),
        None if file.metadata().is_ok_and(|file| file.len() > 0) => {
            let text = format!(
                "{} holds something already, and there is no archive in {}",
                file.display(),
                args.archive.archive.display()
            );
            Err(Failure::new(Exit::Altered, text)
                .hint("where an archive was there, take it from a backup; else name another file"))
        }
        None => Ok(()),
    }
}

/// What the options make of an archive's settings; without an archive, of those of a new one.
pub(super) fn wanted(
    stored: Option<&ArchiveSettings>,
    content: &ContentArgs,
    connection: &Connection,
    given: &ConnectionArgs,
    today: NaiveDate,
) -> Result<ArchiveSettings, Failure> {
    let mut settings = stored.cloned().unwrap_or_default();
    if stored.is_none() || given.plan.is_some() {
        settings.plan = connection.plan;
    }
    if stored.is_none() || given.share.is_some() {
        settings.share = connection.share;
    }
    let start = content.from.map(|day| day.date(today));
    if start.is_some_and(|start| start > today) {
        return Err(Failure::usage("the archive is to start in the future")
            .hint("name a first day that is not after today"));
    }
    content.apply(&mut settings, start);
    Ok(settings)
}

/// The archive's plan and share, where the options give no other.
pub(super) fn paced(given: &ConnectionArgs, stored: Option<&ArchiveSettings>) -> ConnectionArgs {
    let mut given = given.clone();
    let Some(stored) = stored else { return given };
    // A simulated account that limits nothing has no plan.
    let is_plan = Plan::custom(UNPACED).is_ok_and(|unpaced| stored.plan != unpaced);
    if given.plan.is_none() && is_plan {
        given.plan = Some(stored.plan);
    }
    given.share = given.share.or(Some(stored.share));
    given
}

/// Makes the archive, once the credentials have been seen to work.
async fn made(args: &SyncArgs, connection: &Connection) -> Result<Archive, Failure> {
    connection.zoom.granted_scopes().await?;
    let today = connection.zoom.today().await?;
    let settings = wanted(None, &args.content, connection, &args.connection, today)?;
    Archive::create(&args.archive.archive, &connection.account(), &settings)
        .map_err(archive::at_start)
}

/// What the options change of an archive's settings. Less is refused, unless it is for this run only.
async fn change(
    archive: &Archive,
    args: &SyncArgs,
    connection: &Connection,
) -> Result<Option<ArchiveSettings>, Failure> {
    archive
        .check_account(&connection.account())
        .map_err(archive::at_start)?;
    let stored = archive.settings();
    // A day that counts from today counts from the server's; without one there is nothing to be asked.
    let today = match args.content.from {
        Some(_) => connection.zoom.today().await?,
        None => archive::today(archive)?,
    };
    let wanted = wanted(
        Some(stored),
        &args.content,
        connection,
        &args.connection,
        today,
    )?;
    if !args.once {
        wanted
            .check_not_less_than(stored)
            .map_err(archive::at_start)?;
    }
    Ok((wanted != *stored).then_some(wanted))
}

async fn stop_at(mut interrupt: Interrupt, stop: Stop) {
    interrupt.wait().await;
    stop.stop();
}

/// Counts what happens, for the progress that people see.
fn watch(counts: Arc<Counts>) -> zoom_chat_archive::Progress {
    Box::new(move |event| match event {
        SyncEvent::Phase(SyncPhase::Modifications) => {
            counts.count("windows of edits and deletions");
        }
        SyncEvent::Phase(SyncPhase::Parents) => counts.count("windows of changed messages"),
        SyncEvent::Phase(SyncPhase::Scrub) => counts.count("windows once more"),
        SyncEvent::Phase(SyncPhase::Attachments) => counts.count("attachments"),
        SyncEvent::Phase(SyncPhase::Index) => counts.count("steps of the index for search"),
        SyncEvent::Session(_) => {
            counts.sessions.fetch_add(1, Relaxed);
        }
        SyncEvent::Planned { windows, .. } => counts.planned(*windows as u64),
        SyncEvent::FilesLeft(files) => counts.planned(*files),
        SyncEvent::Entries(entries) => {
            counts.entries.fetch_add(*entries as u64, Relaxed);
        }
        SyncEvent::WindowDone | SyncEvent::WindowFailed { .. } | SyncEvent::File { .. } => {
            counts.windows_done.fetch_add(1, Relaxed);
        }
        _ => {}
    })
}

/// Says what went wrong, and how the run ends.
fn end(report: &SyncReport, context: &Context, args: &SyncArgs) -> Exit {
    match report.outcome {
        Outcome::Complete => Exit::Complete,
        Outcome::Incomplete => {
            render::incomplete(report, &args.archive.archive);
            Exit::Incomplete
        }
        Outcome::Stopped => match context.interrupt.seen() {
            Some(signal) => {
                Failure::new(
                    Exit::Interrupted(signal),
                    "interrupted; what was read whole is stored",
                )
                .hint("run it again: it goes on where it ended")
                .print();
                Exit::Interrupted(signal)
            }
            None => Exit::Failed,
        },
        _ => match &report.cause {
            Some(cause) => {
                Failure::from(cause.clone()).print();
                exit_of(cause)
            }
            None => Exit::Failed,
        },
    }
}
