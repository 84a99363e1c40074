//! Reports for people: one row for each fact, with its name in the first column.

use std::fmt::Display;

use super::stderr::escape;

/// The rows of a report.
#[derive(Debug)]
pub(crate) struct Rows {
    text: String,
    indent: &'static str,
    width: usize,
}

impl Rows {
    /// Makes rows whose names take `width` characters, under a first line with the verdict.
    pub(crate) fn under(first: &str, indent: &'static str, width: usize) -> Self {
        let mut rows = Self {
            text: String::new(),
            indent,
            width,
        };
        rows.line(first);
        rows
    }

    /// Makes rows without a first line.
    pub(crate) fn plain(width: usize) -> Self {
        Self {
            text: String::new(),
            indent: "",
            width,
        }
    }

    /// Adds a fact and its name.
    pub(crate) fn row(&mut self, name: &str, fact: impl Display) {
        let Self { indent, width, .. } = *self;
        self.line(&format!("{indent}{name:<width$} {fact}"));
    }

    /// Adds a fact unless it counts nothing.
    pub(crate) fn row_if(&mut self, name: &str, number: u64, fact: impl Display) {
        if number > 0 {
            self.row(name, fact);
        }
    }

    /// Adds a line without a name.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(&escape(line));
        self.text.push('\n');
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
