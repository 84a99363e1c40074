//! `doctor`: checks whether the account's chats can be read.

mod checks;

use std::time::Duration;

use chrono::Utc;
use zoom_chat_reports::{Plan, RetryPolicy};

use crate::{
    args::{ConnectionArgs, DoctorArgs},
    connect,
    exit::Exit,
    failure::Failure,
    schema::{Check, DoctorReport, Status, VERSION},
    ui::{stderr::escape, stdout},
};

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

/// The findings so far.
struct Report {
    checks: Vec<Check>,
    exit: Exit,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            checks: Vec::new(),
            exit: Exit::Complete,
        }
    }
}

impl Report {
    fn ok(&mut self, name: &'static str, text: impl Into<String>) {
        self.add(name, Status::Ok, text.into(), None);
    }

    fn warn(&mut self, name: &'static str, text: impl Into<String>, hint: &str) {
        self.add(name, Status::Warn, text.into(), Some(hint.to_owned()));
    }

    fn fail(
        &mut self,
        name: &'static str,
        exit: Exit,
        text: impl Into<String>,
        hint: Option<String>,
    ) {
        self.add(name, Status::Fail, text.into(), hint);
        // Credentials and scopes take precedence over their consequences.
        if self.exit != Exit::Credentials {
            self.exit = match exit {
                Exit::Credentials | Exit::DailyLimit => exit,
                _ => Exit::Failed,
            };
        }
    }

    fn failed(&mut self, name: &'static str, failure: &Failure) {
        let hint = failure.hint_text().map(str::to_owned);
        self.fail(name, failure.exit(), failure.text(), hint);
    }

    fn add(&mut self, name: &'static str, status: Status, text: String, hint: Option<String>) {
        self.checks.push(Check {
            name,
            status,
            text,
            hint,
        });
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let status = match check.status {
                Status::Ok => "ok",
                Status::Warn => "warn",
                Status::Fail => "FAIL",
            };
            let mut line = format!("{status:<4}  {:<12} {}", check.name, check.text);
            if let Some(hint) = &check.hint {
                line.push_str(&format!("; hint: {hint}"));
            }
            text.push_str(&escape(&line));
            text.push('\n');
        }
        text
    }
}
