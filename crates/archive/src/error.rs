//! The one error type of this crate.

use std::{fmt, io, path::Path};

/// The result of this crate's functions that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds of failure of an archive that a caller can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is not usable; nothing was changed.
    InvalidInput,
    /// The folder holds no archive; nothing was changed.
    NotAnArchive,
    /// There is an archive already, or other files; nothing was changed.
    AlreadyThere,
    /// A later version of this program wrote the archive; nothing was changed.
    NewerFormat,
    /// An earlier version of this program wrote the archive, which must be converted first; nothing was changed.
    OlderFormat,
    /// The archive belongs to another account; nothing was changed.
    OtherAccount,
    /// Less was asked for than the archive's settings require; nothing was changed.
    LessThanSettings,
    /// Others may read the folder; nothing was changed.
    Shared,
    /// Another run holds the archive.
    Locked,
    /// The disk or the folder cannot be written or read.
    Io,
    /// The database is damaged.
    Damaged,
    /// It was stopped before its end; nothing was changed.
    Stopped,
    /// The client failed; [`zoom_error`](Error::zoom_error) tells how.
    Client,
}

/// Why an operation on an archive failed.
///
/// Neither its text nor its `Debug` holds a message, a name or a secret.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    text: String,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            text: text.into(),
            hint: None,
            source: None,
        }))
    }

    /// An argument is not usable.
    pub(crate) fn invalid(text: impl Into<String>, hint: &str) -> Self {
        Self::new(ErrorKind::InvalidInput, text).hint_text(hint)
    }

    /// Stored data is missing or changed.
    pub(crate) fn damaged(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, text).hint_text("restore the archive from a backup")
    }

    pub(crate) fn hint_text(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// An operation on a file or folder failed.
    pub(crate) fn io(what: &str, path: &Path, error: io::Error) -> Self {
        let text = format!("{what} {}: {error}", path.display());
        let mut this = Self::new(ErrorKind::Io, text).hint_text(hint_of(error.kind()));
        this.0.source = Some(Box::new(error));
        this
    }

    /// The kind of the error, by which a caller can act.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The client's error that caused it, if there is one.
    #[must_use]
    pub fn zoom_error(&self) -> Option<&zoom_chat_reports::Error> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// The hint: what a person can do about it, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

fn hint_of(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
            "free some disk space, and run it again: nothing that was stored is lost"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make the folder writable for the user that runs this"
        }
        _ => "check the disk, and run it again: nothing that was stored is lost",
    }
}

impl From<rusqlite::Error> for Error {
    /// SQLite's own texts name tables and columns, never values, so they may be shown.
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let code = error.sqlite_error_code();
        let (kind, hint) = match code {
            Some(Code::DiskFull) => (
                ErrorKind::Io,
                "free some disk space, and run it again: nothing that was stored is lost",
            ),
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => (
                ErrorKind::Io,
                "make the folder and its files readable, and writable for commands that write",
            ),
            Some(Code::SystemIoFailure) => (
                ErrorKind::Io,
                "check the disk (free space, limits on file sizes, errors), and run it again",
            ),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => (
                ErrorKind::Locked,
                "end the other program that uses archive.db, and run it again",
            ),
            Some(Code::NotADatabase | Code::DatabaseCorrupt) => (
                ErrorKind::Damaged,
                "restore the archive from a backup; `verify` shows what is wrong with this one",
            ),
            Some(Code::OutOfMemory | Code::TooBig | Code::OperationInterrupted) => (
                ErrorKind::Io,
                "run it again with more free memory: nothing is damaged",
            ),
            _ => (ErrorKind::Damaged, "run `verify` on the archive"),
        };
        let text = match &error {
            rusqlite::Error::SqliteFailure(failure, _) => format!("archive.db: {failure}"),
            rusqlite::Error::QueryReturnedNoRows => "archive.db lacks a row".to_owned(),
            _ => "archive.db holds something unexpected".to_owned(),
        };
        Self::new(kind, text).hint_text(hint)
    }
}

impl From<zoom_chat_reports::Error> for Error {
    fn from(error: zoom_chat_reports::Error) -> Self {
        let mut this = Self::new(ErrorKind::Client, error.to_string());
        this.0.hint = error.hint().map(str::to_owned);
        this.0.source = Some(Box::new(error));
        this
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("text", &self.0.text)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source: &(dyn std::error::Error + 'static) = self.0.source.as_deref()?;
        Some(source)
    }
}
