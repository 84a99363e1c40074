//! `plan --archive`: estimates the next sync.

use std::path::Path;

use zoom_chat_archive::SyncOptions;

use crate::{
    archive,
    args::PlanArgs,
    commands::sync::paced,
    connect,
    context::Context,
    exit::Exit,
    failure::Failure,
    schema::SyncPlanReport,
    ui::{progress::Progress, quantity::count, stdout},
};

use super::times::{plans, times};

pub(crate) async fn plan(args: &PlanArgs, path: &Path, context: &Context) -> Result<Exit, Failure> {
    let archive = archive::read_at(path, args.shared)?;
    let connection = connect::connect(&paced(&args.connection, Some(archive.settings()))).await?;
    let mut options = SyncOptions::new();
    options.reread_days = args.reread;
    let progress = Progress::start(context.global.quiet, &connection.zoom);
    let plan = archive
        .plan(&connection.zoom, &connection.account(), &options)
        .await?;
    drop(progress);
    let report = SyncPlanReport {
        requests: plan.requests(),
        share: connection.share,
        plans: plans(&connection, args.connection.plan, |rate| {
            plan.duration(rate, connection.share)
        }),
        stats: connection.zoom.stats(),
        plan,
    };
    if args.json {
        stdout::print_json(&report)?;
    } else {
        stdout::print(&text(&report))?;
    }
    Ok(Exit::Complete)
}

fn text(report: &SyncPlanReport) -> String {
    let plan = &report.plan;
    let sandbox = if plan.sandbox { " (SANDBOX)" } else { "" };
    format!(
        "sessions  {}{sandbox}\n\
         requests  {}, about: {} for the list, {} for messages, {} for edits and deletions, {} for \
         days of changed messages, {} for reading days a second time, {} for attachments\n\
         unknown   one request for every further 100 messages of a window, those for changes that are found, \
         and two for each new attachment\n{}",
        count(plan.sessions),
        count(report.requests),
        count(plan.listing_requests),
        count(plan.message_requests),
        count(plan.modification_requests),
        count(plan.changed_day_requests),
        count(plan.scrub_requests),
        count(plan.attachment_requests),
        times(&report.plans, report.requests),
    )
}
