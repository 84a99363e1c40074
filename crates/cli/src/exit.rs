//! How a run can end.

use std::process::ExitCode;

use crate::signal::Signal;

/// The part of the program's `--help` that lists exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0        complete, or the reader of the output has closed it
  1        failed
  2        not understood: an option, a date, a session id, an archive; nothing was touched
  3        incomplete; what is missing is printed, and a later run may bring it
  4        credentials, scopes or plan do not allow it
  5        the account's requests of the day are used up; go on later
  6        another run holds the archive
  7        the archive is not what was written
  130/143  interrupted by SIGINT or SIGTERM; what was read is written";

/// The end of each command's `--help`.
pub(crate) const SEE: &str = "`zoom-chat --help` lists the exit codes.";

/// How a run ended; each way has an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that was asked for is here.
    Complete,
    /// It failed.
    Failed,
    /// The question was not understood, and nothing was asked.
    Usage,
    /// Something is missing and was named.
    Incomplete,
    /// Credentials, scopes or plan.
    Credentials,
    /// The requests of the day are used up.
    DailyLimit,
    /// Another run holds the archive.
    Locked,
    /// The archive is not what was written.
    Altered,
    /// A signal stopped it.
    Interrupted(Signal),
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Credentials => 4,
            Self::DailyLimit => 5,
            Self::Locked => 6,
            Self::Altered => 7,
            Self::Interrupted(signal) => signal.exit_code(),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
