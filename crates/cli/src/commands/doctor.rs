//! `doctor`: checks whether the account's chats can be read.

mod checks;
mod report;

use std::time::Duration;

use chrono::Utc;
use zoom_chat_reports::{Plan, RetryPolicy};

use crate::{
    args::{ConnectionArgs, DoctorArgs},
    connect,
    exit::Exit,
    failure::Failure,
    schema::{DoctorReport, VERSION},
    ui::stdout,
};

use report::Report;

/// The time for retries of a check: the user waits for it.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) async fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    let mut report = Report::default();
    let mut sandbox = args.connection.sandbox.is_some();
    // It shows the limits of a simulated account too.
    let plan = args.connection.plan.or(sandbox.then_some(Plan::Pro));
    let connection = ConnectionArgs {
        plan,
        ..args.connection.clone()
    };
    let retry = RetryPolicy::default().max_elapsed(PATIENCE);
    match connect::connect_with(&connection, retry).await {
        // Invalid options are not a finding.
        Err(failure) if failure.exit() == Exit::Usage => return Err(failure),
        Err(failure) => report.failed("credentials", &failure),
        Ok(connection) => {
            sandbox = connection.is_sandbox();
            report.ok(
                "credentials",
                format!("found, for account {}", connection.account_id),
            );
            checks::run(&connection, &mut report, Utc::now).await;
        }
    }
    if args.json {
        stdout::print_json(&DoctorReport {
            version: VERSION,
            sandbox,
            ok: report.exit == Exit::Complete,
            checks: report.checks,
        })?;
    } else {
        stdout::print(&report.text())?;
    }
    Ok(report.exit)
}
