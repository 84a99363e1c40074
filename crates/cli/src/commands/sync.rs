//! `sync`: brings an archive up to date.

mod render;
mod settings;

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use zoom_chat_archive::{Archive, Error, Outcome, SyncEvent, SyncOptions, SyncPhase, SyncReport};

use crate::{
    archive,
    args::SyncArgs,
    connect::{self, Connection},
    context::{Context, or_interrupt},
    exit::Exit,
    failure::{Failure, exit_of},
    ui::{
        progress::{Counts, Progress},
        stderr::{eprint, eprint_failure},
        stdout,
    },
};
use settings::change;

pub(super) use settings::{paced, wanted};

pub(crate) async fn run(args: &SyncArgs, context: Context) -> Result<Exit, Failure> {
    // Bad input is refused before anything changes.
    let stored = existing(args, &context).await?;
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
        or_interrupt(create(args, &connection), &context).await?
    } else {
        archive::write(&args.archive)?
    };
    let mut options = options(args, &progress);
    match change {
        Some(settings) if args.once => options.once = Some(settings),
        Some(settings) => {
            archive.change_settings(&settings)?;
            if !context.global.quiet {
                eprint("the archive's settings are changed: later runs use them without options");
            }
        }
        None => {}
    }
    options.stop = Some(context.stop());
    let report = archive
        .sync(&connection.zoom, &connection.account(), options)
        .await;
    drop(progress);
    // Both are written however the run ended, and each also if the other fails.
    let (metrics, head) = (write_metrics(args, &archive), write_head(args, &archive));
    let report = report?;
    if args.json {
        stdout::print_json(&report)?;
    } else if !context.global.quiet {
        stdout::print(&render::text(&report, &args.archive.archive))?;
    }
    let exit = end(&report, &context, args);
    metrics.and(head)?;
    Ok(exit)
}

/// Opens the archive for reading; none if the run is to make it.
async fn existing(args: &SyncArgs, context: &Context) -> Result<Option<Archive>, Failure> {
    if !Archive::can_create(&args.archive.archive) {
        if archive::is_older(&args.archive) {
            let connection = connect::connect(&args.connection).await?;
            archive::convert(&args.archive, &connection.account(), context.global.quiet)?;
        }
        return Ok(Some(archive::read(&args.archive)?));
    }
    if args.existing {
        let text = format!("there is no archive in {}", args.archive.archive.display());
        return Err(Failure::usage(text).hint(
            "check that its disk is mounted; `init`, or `sync` without --existing, makes one",
        ));
    }
    if args.once {
        return Err(
            Failure::usage("--once needs an archive, and there is none yet")
                .hint("omit --once: the new archive stores the options"),
        );
    }
    Ok(None)
}

fn options(args: &SyncArgs, progress: &Progress) -> SyncOptions {
    let mut options = SyncOptions::new();
    options.reread_days = args.reread;
    options.progress = Some(watch(progress.counts().clone()));
    options
}

fn write_metrics(args: &SyncArgs, archive: &Archive) -> Result<(), Error> {
    let Some(file) = &args.prom_file else {
        return Ok(());
    };
    let name = archive::label(&args.archive.archive);
    archive.status()?.write_prometheus(file, &name)
}

fn write_head(args: &SyncArgs, archive: &Archive) -> Result<(), Error> {
    match &args.head_file {
        Some(file) => archive.write_head(file),
        None => Ok(()),
    }
}

/// Refuses files that the run could not write at its end, or that it must not overwrite.
fn check_files(args: &SyncArgs, stored: Option<&Archive>) -> Result<(), Failure> {
    if args.prom_file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("`sync` writes metrics only to a file")
            .hint("give a file; `status --prom-file -` prints the metrics"));
    }
    for file in [&args.prom_file, &args.head_file].into_iter().flatten() {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let text = format!("there is no folder for {}", file.display());
            return Err(Failure::usage(text).hint("make the folder, or name another file"));
        }
    }
    let Some(file) = &args.head_file else {
        return Ok(());
    };
    match stored {
        Some(archive) => Ok(archive.check_head_file(file)?),
        None if file.metadata().is_ok_and(|file| file.len() > 0) => {
            let text = format!(
                "{} holds something already, and there is no archive in {}",
                file.display(),
                args.archive.archive.display()
            );
            Err(Failure::new(Exit::Altered, text).hint(
                "if there was an archive, restore it from a backup; otherwise name another file",
            ))
        }
        None => Ok(()),
    }
}

/// Makes the archive once the credentials are known to work.
async fn create(args: &SyncArgs, connection: &Connection) -> Result<Archive, Failure> {
    connection.zoom.granted_scopes().await?;
    let today = connection.zoom.today().await?;
    let settings = wanted(None, &args.content, connection, &args.connection, today)?;
    Ok(Archive::create(
        &args.archive.archive,
        &connection.account(),
        &settings,
    )?)
}

/// Counts events for the progress.
fn watch(counts: Arc<Counts>) -> zoom_chat_archive::Progress {
    Box::new(move |event| match event {
        SyncEvent::Phase(SyncPhase::Modifications) => {
            counts.count("windows of edits and deletions");
        }
        SyncEvent::Phase(SyncPhase::Parents) => counts.count("windows of changed messages"),
        SyncEvent::Phase(SyncPhase::Scrub) => counts.count("windows read again"),
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

/// Prints what went wrong, and returns how the run ends.
fn end(report: &SyncReport, context: &Context, args: &SyncArgs) -> Exit {
    match report.outcome {
        Outcome::Complete => Exit::Complete,
        Outcome::Incomplete => {
            render::eprint_incomplete(report, &args.archive.archive);
            Exit::Incomplete
        }
        Outcome::Stopped => match context.interrupt.seen() {
            Some(signal) => {
                let text = "interrupted; every window that was read to its end is stored";
                let failure = Failure::new(Exit::Interrupted(signal), text);
                eprint_failure(&failure.hint("run it again: it continues where it ended"));
                Exit::Interrupted(signal)
            }
            None => Exit::Failed,
        },
        _ => match &report.cause {
            Some(cause) => {
                eprint_failure(&Failure::from(cause.clone()));
                exit_of(cause)
            }
            None => Exit::Failed,
        },
    }
}
