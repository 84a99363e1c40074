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
        output::{Output, Stopped, check_summary},
        progress::Progress,
        summary::{End, Report, SummaryFile},
    },
};

use super::{archived, tables::ListTable};

pub(crate) async fn run(args: &SessionsArgs, context: Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return archived::sessions(args, archive, &context);
    }
    only_for_archives(args.selection.given())?;
    let asked = args.range.asked();
    asked.check(connect::guess_today(&args.connection))?;
    let connection = connect::connect(&args.connection).await?;
    check_summary(args.summary.as_deref(), args.output.as_deref())?;
    let mut output = Output::to(args.output.as_deref())?;
    let table = output.is_for_people() && !args.json && !args.raw;
    let form = match (args.raw, table) {
        (true, _) => Form::Raw,
        (false, true) => Form::Table(ListTable::new()),
        (false, false) => Form::Lines,
    };
    let file = SummaryFile::open(args.summary.as_deref())?;

    let mut report = Report::new("sessions", connection.is_sandbox(), context.global.quiet);
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let mut interrupt = context.interrupt.clone();
    let read = async {
        let range = match connection.range(&asked).await {
            Ok(range) => range,
            Err(failure) => return End::Failed(failure),
        };
        report.range = Some(range);
        let request = args.apply(connection.zoom.sessions(range));
        match print_all(request, &form, &mut output, &progress, &mut report).await {
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
    let end = match end {
        End::Reached => report.put(output, &progress),
        end => {
            // The first error counts.
            let _ = output.write(&progress);
            end
        }
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
    form: &Form,
    output: &mut Output,
    progress: &Progress,
    report: &mut Report,
) -> Result<(), End> {
    let mut pages = request.pages();
    while let Some(page) = pages.try_next().await.map_err(End::Error)? {
        for session in page.sessions() {
            report.written.sessions += 1;
            progress.counts().sessions.fetch_add(1, Relaxed);
            print(session, form, output);
        }
        output
            .write(progress)
            .map_err(|stopped: Stopped| End::from(stopped))?;
    }
    Ok(())
}

/// The form of what is printed.
enum Form {
    Lines,
    Raw,
    Table(ListTable),
}

fn print(session: &Session, form: &Form, output: &mut Output) {
    output.add(|line| match form {
        Form::Lines => ndjson::session(line, session),
        Form::Raw => ndjson::raw(line, session.raw()),
        Form::Table(table) => line.extend_from_slice(table.row(session).as_bytes()),
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
