//! Errors as users see them: one line says what happened, one what to do.

use std::{error::Error as StdError, io};

use zoom_chat_archive::{Error as ArchiveError, ErrorKind as ArchiveErrorKind};
use zoom_chat_reports::{Again, Error, ErrorKind};

use crate::{exit::Exit, signal::Signal};

/// Why a run failed.
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

    /// Invalid arguments.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// The run was stopped by a signal.
    pub(crate) fn interrupted(signal: Signal) -> Self {
        Self::new(Exit::Interrupted(signal), "interrupted")
            .hint("nothing was changed: run it again")
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

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        if let Some(error) = error.zoom_error() {
            return error.clone().into();
        }
        let exit = match error.kind() {
            ArchiveErrorKind::Locked => Exit::Locked,
            ArchiveErrorKind::Damaged => Exit::Altered,
            ArchiveErrorKind::Io => Exit::Failed,
            _ => Exit::Usage,
        };
        let hint = error.hint().map(str::to_owned);
        Self {
            exit,
            text: error.to_string(),
            hint,
        }
    }
}

/// The exit code of a run that an error of the SDK ended.
///
/// The run is incomplete if a later one may succeed; otherwise it has failed.
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

/// The reason why the value of an option is invalid.
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
        // `Refusal::read` separates the two lines again.
        write!(f, "{}\nhint: {}", self.cause, self.hint)
    }
}

impl StdError for BadValue {}

#[cfg(test)]
mod tests {
    use zoom_chat_reports::{Error, ErrorKind};

    use super::exit_of;
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
}
