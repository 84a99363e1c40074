//! `messages`: prints messages, one JSON object a line.

mod run;

use chrono::Utc;
use zoom_chat_reports::DateRange;

use crate::{
    args::{MessagesArgs, ReadingArgs},
    connect::{self, Connection},
    context::Context,
    dates::Asked,
    exit::Exit,
    failure::Failure,
    part::{self, Part, Question},
    selection::only_for_archives,
    ui::{
        output::{Output, check_summary},
        progress::Progress,
        summary::{End, Report, SummaryFile},
    },
};

use super::archived;
use run::{Form, Run, unread};

pub(crate) async fn run(args: &MessagesArgs, context: Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return archived::messages(args, archive, &context);
    }
    let links = args.signed_links.then_some("--signed-links");
    let sent_only = args.sent_only.then_some("--sent-only");
    only_for_archives(args.selection.given().or(links).or(sent_only))?;
    let asked = args.range.asked();
    // Days that were good ones when a file was begun may be out of reach by now.
    if !args.output.as_deref().is_some_and(part::is_begun) {
        asked.check(connect::guess_today(&args.connection))?;
    }
    let connection = connect::connect(&args.connection).await?;
    check_input(&connection, &args.reading, &args.sessions)?;
    check_summary(args.summary.as_deref(), args.output.as_deref())?;
    let mut part = opened(args, &asked, &connection)?;
    let file = match SummaryFile::open(args.summary.as_deref()) {
        Ok(file) => file,
        Err(failure) => {
            // A file that was begun and holds nothing is removed.
            part.map(Part::leave);
            return Err(failure);
        }
    };
    let mut report = Report::new("messages", connection.is_sandbox(), context.global.quiet);
    if let Some((begun_at, lines)) = part.as_ref().and_then(Part::continued) {
        report.continues = Some(begun_at);
        report.written = lines;
    }
    let end = read(args, &connection, part.as_mut(), &mut report, &context).await?;
    let end = match part {
        Some(part) => finished(part, end, &mut report),
        None => end,
    };
    report.finish(&end, connection.zoom.stats(), file)
}

/// Reads the messages, to the end or until there is a reason to stop.
async fn read(
    args: &MessagesArgs,
    connection: &Connection,
    mut part: Option<&mut Part>,
    report: &mut Report,
    context: &Context,
) -> Result<End, Failure> {
    let output = match &part {
        Some(part) => part.output()?,
        None => Output::stdout(),
    };
    let asked = args.range.asked();
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let mut interrupt = context.interrupt.clone();
    let today = tokio::select! {
        today = connection.zoom.today() => today.map_err(Failure::from),
        signal = interrupt.wait() => Err(Failure::interrupted(signal)),
    };
    let range = today.and_then(|today| match &mut part {
        Some(part) => part.range(&asked, today),
        None => asked.range(today),
    });
    let range = match range {
        Ok(range) => range,
        Err(failure) => {
            // Nothing was read, so everything is missing, as far as the days are known.
            let today = Utc::now().date_naive();
            let known = part.as_ref().and_then(|part| part.first_range());
            let missing = known.or_else(|| asked.range(today).ok());
            report.missing.extend(missing.map(unread));
            return Ok(End::Failed(failure));
        }
    };
    report.range = Some(range);
    let harvest = connection.zoom.harvest(range);
    let mut harvest = args
        .reading
        .apply(harvest, &args.sessions)
        .confirm(args.confirm);
    if let Some(part) = &part {
        harvest = part.except(harvest);
    }
    let mut run = Run {
        form: Form::of(args, &output),
        show_names: context.global.show_names,
        output,
        part,
        progress: &progress,
        report,
    };
    let stop = async move {
        let _ = interrupt.wait().await;
    };
    let end = run.read(harvest.events_until(stop), context).await;
    Ok(run.end(end, range, context).await)
}

/// The file of `--output`, begun or continued.
fn opened(
    args: &MessagesArgs,
    asked: &Asked,
    connection: &Connection,
) -> Result<Option<Part>, Failure> {
    let Some(path) = &args.output else {
        return Ok(None);
    };
    if args.raw {
        return Err(
            Failure::usage("--output needs lines, and --raw prints none")
                .hint("omit --raw: `message` in each line is what Zoom sent"),
        );
    }
    let mut sessions = args.sessions.clone();
    sessions.sort();
    sessions.dedup();
    let question = Question {
        account: connection.account(),
        sessions,
        options: args.reading.options(),
        confirm: args.confirm,
        days: Question::days(asked),
    };
    Part::open(path, &question).map(Some)
}

/// Gives the file its name if nothing is missing; otherwise leaves it to the next run.
fn finished(part: Part, end: End, report: &mut Report) -> End {
    if matches!(end, End::Reached) && report.is_whole() {
        return match part.put() {
            Ok(place) => {
                report.place = place;
                end
            }
            Err((failure, place)) => {
                report.place = place;
                End::Failed(failure)
            }
        };
    }
    let left = part.leave();
    report.place = left.0;
    match (end, left.1) {
        (End::Reached, Err(failure)) => End::Failed(failure),
        // The first error counts.
        (end, _) => end,
    }
}

/// Refuses input that cannot be sent, before any request.
pub(crate) fn check_input(
    connection: &Connection,
    reading: &ReadingArgs,
    sessions: &[String],
) -> Result<(), Failure> {
    let any = DateRange::last_six_months(Utc::now().date_naive());
    reading
        .apply(connection.zoom.harvest(any), sessions)
        .check()?;
    Ok(())
}
