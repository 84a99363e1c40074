//! Errors as the user sees them: a line that says what, and a line that says what to do.

use std::{error::Error as StdError, io, io::Write};

use clap::error::ErrorKind as ClapKind;
use zoom_chat_reports::{Again, Error, ErrorKind};

use crate::{
    exit::Exit,
    signal::Signal,
    ui::stderr::{escape, say},
};

/// Why a run ended, other than well.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            text: text.into(),
            hint: None,
        }
    }

    /// The question is not understood.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// Somebody stopped the run.
    pub(crate) fn interrupted(signal: Signal) -> Self {
        Self::new(Exit::Interrupted(signal), "interrupted")
            .hint("nothing was left behind: run it again")
    }

    /// A file or stream failed.
    pub(crate) fn io(what: &str, error: &io::Error) -> Self {
        Self::new(Exit::Failed, format!("{what}: {error}"))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Tells the user.
    pub(crate) fn print(&self) {
        say(&format!("error: {}", self.text));
        if let Some(hint) = &self.hint {
            say(&format!("hint: {hint}"));
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            exit: exit_of(&error),
            text: text_of(&error),
            hint: error.hint().map(str::to_owned),
        }
    }
}

/// What an error of the SDK means for the run as a whole.
///
/// Where a later run may be answered, this one is incomplete; else it has failed.
pub(crate) fn exit_of(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::InvalidInput => Exit::Usage,
        ErrorKind::DailyLimit => Exit::DailyLimit,
        ErrorKind::Incomplete => Exit::Incomplete,
        _ if error.is_auth() => Exit::Credentials,
        _ => match error.again() {
            Again::Now | Again::Later => Exit::Incomplete,
            Again::Never => Exit::Failed,
        },
    }
}

/// An error in one line, with the cause at its root and the id that Zoom's support asks for.
pub(crate) fn text_of(error: &Error) -> String {
    let mut text = error.to_string();
    let mut root: Option<&dyn StdError> = None;
    let mut next = error.source();
    while let Some(error) = next {
        root = Some(error);
        next = error.source();
    }
    if let Some(root) = root {
        text.push_str(&format!(": {root}"));
    }
    if let Some(id) = error.tracking_id() {
        text.push_str(&format!(" (tracking id {id})"));
    }
    text
}

/// Prints what clap has to say, be it help or an error.
pub(crate) fn of_arguments(error: &clap::Error) -> Exit {
    match error.kind() {
        ClapKind::DisplayHelp | ClapKind::DisplayVersion => match error.print() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Failure::io("the help cannot be written", &error).print();
                Exit::Failed
            }
            _ => Exit::Complete,
        },
        ClapKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(io::stderr().lock(), "{}", error.render());
            Failure::usage("no command was given").print();
            say(
                "hint: `zoom-chat messages --all --sandbox` shows what it does, without any account",
            );
            Exit::Usage
        }
        _ => {
            let (text, hint) = one_line(&error.render().to_string());
            let hint =
                hint.unwrap_or_else(|| "`--help` after the command shows its options".into());
            Failure::usage(text).hint(hint).print();
            Exit::Usage
        }
    }
}

/// Takes clap's message apart: what is wrong in one line, and what may help.
fn one_line(rendered: &str) -> (String, Option<String>) {
    let mut text: Vec<&str> = Vec::new();
    let mut hint = None;
    for line in rendered.lines().map(str::trim) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        let help = line
            .strip_prefix("hint: ")
            .or_else(|| line.strip_prefix("tip: "));
        match help {
            Some(help) if hint.is_none() => hint = Some(help.to_owned()),
            Some(_) => {}
            None if line.is_empty() => {}
            None => text.push(line),
        }
    }
    let text = text.join(" ");
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // What may stand there is a hint, too.
    let (text, possible) = match text.split_once(" [possible values: ") {
        Some((text, values)) => (text, values.strip_suffix(']')),
        None => (text, None),
    };
    let hint = hint.or_else(|| possible.map(|values| format!("one of {values}")));
    (escape(text).into_owned(), hint)
}

/// Why the value of an option is not usable.
#[derive(Debug)]
pub(crate) struct BadValue {
    cause: String,
    hint: String,
}

impl BadValue {
    pub(crate) fn new(cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            hint: hint.into(),
        }
    }
}

impl From<Error> for BadValue {
    fn from(error: Error) -> Self {
        Self::new(error.to_string(), error.hint().unwrap_or("see `--help`"))
    }
}

impl std::fmt::Display for BadValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // `one_line` takes this apart again.
        write!(f, "{}\nhint: {}", self.cause, self.hint)
    }
}

impl StdError for BadValue {}

#[cfg(test)]
mod tests {
    use zoom_chat_reports::{Error, ErrorKind};

    use super::{exit_of, one_line};
    use crate::exit::Exit;

    #[test]
    fn a_run_that_a_later_one_may_heal_is_incomplete_and_any_other_has_failed() {
        for kind in ErrorKind::ALL {
            let error = Error::from(*kind);
            let expected = match kind {
                ErrorKind::InvalidInput => Exit::Usage,
                ErrorKind::Credentials | ErrorKind::Scopes | ErrorKind::PaidPlan => {
                    Exit::Credentials
                }
                ErrorKind::DailyLimit => Exit::DailyLimit,
                _ if error.is_transient() => Exit::Incomplete,
                _ => Exit::Failed,
            };
            assert_eq!(exit_of(&error), expected, "{kind}");
        }
    }

    #[test]
    fn a_message_of_clap_becomes_one_line_and_a_hint() {
        let (text, hint) = one_line(
            "error: the following required arguments were not provided:\n  <SHELL>\n\nUsage: a b\n",
        );
        assert_eq!(
            text,
            "the following required arguments were not provided: <SHELL>"
        );
        assert_eq!(hint, None);
        let (text, hint) = one_line("error: unexpected\n\n  tip: similar: '--from'\n\nUsage: x");
        assert_eq!(
            (text.as_str(), hint.as_deref()),
            ("unexpected", Some("similar: '--from'"))
        );
    }
}
