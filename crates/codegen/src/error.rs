//! The error of the generator.

use std::{fmt, path::Path};

/// No source could be generated. The text is one line that names the place to correct.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }

    /// The document itself is at fault, at a place in it.
    pub(crate) fn at(file: &str, line: u64, column: u64, what: &str) -> Self {
        Self(format!("{file}:{line}:{column}: {what}"))
    }

    /// The document is at fault, at no single place.
    pub(crate) fn document(file: &str, what: impl fmt::Display) -> Self {
        Self(format!("{file}: {what}"))
    }

    /// A view or rewrite did not find what it changes.
    pub(crate) fn missing(target: &str, used_by: &str) -> Self {
        Self(format!(
            "`{target}` was not found, but `{used_by}` in crates/codegen depends on it: \
             if it was renamed or removed on purpose, change or remove that function too"
        ))
    }

    pub(crate) fn generator(error: impl fmt::Display) -> Self {
        Self(format!("progenitor refused the document: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
