//! The exit codes.

use std::process::ExitCode;

use crate::signal::Signal;

/// The part of the program's `--help` that lists exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0        complete, or the reader of the output closed it
  1        failed
  2        invalid option, date, session id or archive; nothing was changed
  3        incomplete; what is missing is printed, and a later run may read it
  4        not allowed by credentials, scopes or plan
  5        the account's daily limit is reached; run it again later
  6        another run holds the archive
  7        the archive was damaged or changed
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
    /// The arguments are invalid; no request was sent.
    Usage,
    /// Something is missing and was named.
    Incomplete,
    /// Credentials, scopes or plan do not allow it.
    Credentials,
    /// The account's daily limit is reached.
    DailyLimit,
    /// Another run holds the archive.
    Locked,
    /// The archive was damaged or changed.
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
