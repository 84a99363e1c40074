//! The findings of `doctor`, and their text.

use crate::{
    exit::Exit,
    failure::Failure,
    schema::{Check, Status},
    ui::stderr::escape,
};

/// The findings so far.
pub(super) struct Report {
    pub(super) checks: Vec<Check>,
    pub(super) exit: Exit,
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
    pub(super) fn ok(&mut self, name: &'static str, text: impl Into<String>) {
        self.add(name, Status::Ok, text.into(), None);
    }

    pub(super) fn warn(&mut self, name: &'static str, text: impl Into<String>, hint: &str) {
        self.add(name, Status::Warn, text.into(), Some(hint.to_owned()));
    }

    pub(super) fn fail(
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

    pub(super) fn failed(&mut self, name: &'static str, failure: &Failure) {
        let hint = failure.hint_text().map(str::to_owned);
        self.fail(name, failure.exit(), failure.text(), hint);
    }

    pub(super) fn add(
        &mut self,
        name: &'static str,
        status: Status,
        text: String,
        hint: Option<String>,
    ) {
        self.checks.push(Check {
            name,
            status,
            text,
            hint,
        });
    }

    pub(super) fn text(&self) -> String {
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
