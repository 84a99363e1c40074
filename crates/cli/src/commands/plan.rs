//! `plan`: what reading would take.

use std::time::Duration;

use indicatif::HumanCount;
use zoom_chat_reports::{DateRange, Plan, account::RateLabel};

use crate::{
    args::PlanArgs,
    connect::{self, Connection},
    exit::Exit,
    failure::Failure,
    output,
    progress::Progress,
    schema::{PlanReport, PlanTime, Range, VERSION},
};

use super::{Context, messages, sync};

/// What free accounts may ask a day.
const FREE_A_DAY: u64 = 2000;

pub(crate) async fn run(args: &PlanArgs, context: &Context) -> Result<Exit, Failure> {
    if let Some(archive) = &args.archive {
        return sync::plan(args, archive, context).await;
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
        output::print_json(&report)?;
    } else {
        output::print(&text(&report, range, args.reading.page_size))?;
    }
    Ok(Exit::Complete)
}

pub(super) fn plans(
    connection: &Connection,
    given: Option<Plan>,
    duration: impl Fn(Plan) -> Duration,
) -> Vec<PlanTime> {
    // A free account has no reports.
    let mut plans = vec![Plan::Pro, Plan::Business];
    plans.extend(given.filter(|plan| !plans.contains(plan)));
    plans
        .into_iter()
        .map(|plan| PlanTime {
            plan: plan.to_string(),
            requests_per_second: plan.per_second(RateLabel::Medium) * connection.share,
            seconds: duration(plan).as_secs_f64(),
            chosen: plan == connection.plan,
        })
        .collect()
}

fn text(report: &PlanReport, range: DateRange, page_size: u32) -> String {
    let count = |number: u64| HumanCount(number).to_string();
    let forecast = &report.forecast;
    let sandbox = if report.sandbox { " (SANDBOX)" } else { "" };
    let mut text = format!(
        "range     {range}{sandbox}\n\
         sessions  {}\n\
         windows   {}\n\
         requests  {} at least: {} for the list, {} for messages, and one more for every further {} messages of a window and each window that has them\n",
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

/// How long so many requests take under each plan.
pub(super) fn times(plans: &[PlanTime], requests: u64) -> String {
    let mut text = String::new();
    for plan in plans {
        let mut line = format!(
            "plan      {:<9} {} at least, at {} requests/s",
            plan.plan,
            duration(plan.seconds),
            plan.requests_per_second
        );
        if plan.plan == "free" && requests > FREE_A_DAY {
            let days = requests.div_ceil(FREE_A_DAY);
            line.push_str(&format!(
                "; {days} days, by its limit of {FREE_A_DAY} requests a day"
            ));
        }
        if plan.chosen {
            line.push_str(" (chosen)");
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A time in whole seconds, rounded up.
fn duration(seconds: f64) -> String {
    let seconds =
        Duration::try_from_secs_f64(seconds.ceil()).map_or(u64::MAX, |time| time.as_secs());
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{} h {minutes} min", HumanCount(hours)),
    }
}
