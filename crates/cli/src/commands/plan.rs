//! `plan`: estimates requests and time.

mod archive;
mod times;

use zoom_chat_reports::DateRange;

use crate::{
    args::PlanArgs,
    connect,
    context::Context,
    exit::Exit,
    failure::Failure,
    schema::{PlanReport, Range, VERSION},
    ui::{progress::Progress, quantity::count, stdout},
};

use super::messages;
use times::{plans, times};

pub(crate) async fn run(args: &PlanArgs, context: &Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return archive::plan(args, archive, context).await;
    }
    let asked = args.range.asked();
    asked.check(connect::guess_today(&args.connection))?;
    let connection = connect::connect(&args.connection).await?;
    messages::check_input(&connection, &args.reading, &args.sessions)?;
    let range = connection.range(&asked).await?;
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let harvest = args
        .reading
        .apply(connection.zoom.harvest(range), &args.sessions);
    let forecast = harvest.forecast().await?;
    drop(progress);
    let report = PlanReport {
        version: VERSION,
        sandbox: connection.is_sandbox(),
        range: Range {
            from: range.first(),
            to: range.last(),
        },
        requests: forecast.requests(),
        share: connection.share,
        plans: plans(&connection, args.connection.plan, |plan| {
            forecast.duration(plan, connection.share)
        }),
        forecast,
        stats: connection.zoom.stats(),
    };
    if args.json {
        stdout::print_json(&report)?;
    } else {
        stdout::print(&text(&report, range, args.reading.page_size))?;
    }
    Ok(Exit::Complete)
}

fn text(report: &PlanReport, range: DateRange, page_size: u32) -> String {
    let forecast = &report.forecast;
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    let mut text = format!(
        "range     {range}{sandbox}\n\
         sessions  {}\n\
         windows   {}\n\
         requests  {} at least: {} for the list, {} for messages, and one more for every further {} messages of a window, and for each window that has them\n",
        count(forecast.sessions as u64),
        count(forecast.windows as u64),
        count(report.requests),
        count(forecast.listing_requests),
        count(forecast.message_requests),
        page_size,
    );
    text.push_str(&times(&report.plans, report.requests));
    text
}
