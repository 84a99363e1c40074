//! `sessions`: prints the list of sessions, one JSON object a line.

use std::sync::atomic::Ordering::Relaxed;

use futures::TryStreamExt;
use zoom_chat_reports::{
    DateRange, Error, ErrorKind, Session, dates::latest_midnight, sessions::Sessions,
};

use crate::{
    args::SessionsArgs,
    connect,
    context::Context,
    exit::Exit,
    failure::Failure,
    schema::Missing,
    selection::only_for_archives,
    ui::{
        ndjson,
        progress::Progress,
        stdout::{Output, Stopped},
        summary::{End, Report, SummaryFile},
    },
};

use super::archived;

pub(crate) async fn run(args: &SessionsArgs, context: Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return archived::sessions(args, archive, &context);
    }
    only_for_archives(args.selection.given())?;
    let asked = args.range.asked();
    asked.check(connect::guess_today(&args.connection))?;
    let connection = connect::connect(&args.connection).await?;
    let file = SummaryFile::open(args.summary.as_deref())?;

    let mut report = Report::new("sessions", connection.is_sandbox(), context.global.quiet);
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let mut interrupt = context.interrupt.clone();
    let mut output = Output::new();
    let read = async {
        let range = match connection.range(&asked).await {
            Ok(range) => range,
            Err(failure) => return End::Failed(failure),
        };
        report.range = Some(range);
        let request = args.apply(connection.zoom.sessions(range));
        match print_all(request, args.raw, &mut output, &progress, &mut report).await {
            Ok(()) => End::Reached,
            // Everything that Zoom lists was printed; days that it no longer lists are missing.
            Err(End::Error(error)) if error.kind() == ErrorKind::Incomplete => {
                let today = connection.zoom.today().await.unwrap_or(range.last());
                report.missing.push(beyond_reach(range, today, &error));
                End::Reached
            }
            Err(end) => end,
        }
    };
    let end = tokio::select! {
        end = read => end,
        signal = interrupt.wait() => End::Interrupted(signal),
    };
    let end = match output.write(&progress) {
        Err(stopped) if matches!(end, End::Reached) => stopped.into(),
        _ => end,
    };
    if let (false, Some(range)) = (matches!(end, End::Reached), report.range) {
        report.missing = vec![Missing {
            session_id: None,
            start: range.start(),
            end: range.end(),
            reason: "the list of sessions was not read to its end".to_owned(),
            healable: true,
        }];
    }
    drop(progress);
    report.finish(&end, connection.zoom.stats(), file)
}

/// Prints the list, each session once.
async fn print_all(
    request: Sessions,
    raw: bool,
    output: &mut Output,
    progress: &Progress,
    report: &mut Report,
) -> Result<(), End> {
    let mut pages = request.pages();
    while let Some(page) = pages.try_next().await.map_err(End::Error)? {
        for session in page.sessions() {
            report.written.sessions += 1;
            progress.counts().sessions.fetch_add(1, Relaxed);
            print(session, raw, output);
        }
        output
            .write(progress)
            .map_err(|stopped: Stopped| End::from(stopped))?;
    }
    Ok(())
}

fn print(session: &Session, raw: bool, output: &mut Output) {
    output.add(|line| {
        if raw {
            ndjson::raw(line, session.raw());
        } else {
            ndjson::session(line, session);
        }
    });
}

/// The days of the range before those that Zoom provably answers for.
fn beyond_reach(range: DateRange, today: chrono::NaiveDate, error: &Error) -> Missing {
    // In no time zone does the floor's own day begin later.
    let answered = latest_midnight(DateRange::last_six_months(today).first());
    Missing {
        session_id: None,
        start: range.start(),
        end: answered.clamp(range.start(), range.end()),
        reason: error.to_string(),
        healable: false,
    }
}
