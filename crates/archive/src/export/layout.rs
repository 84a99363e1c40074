//! Where the files of an export lie in its folder.

use std::collections::BTreeSet;

use super::request::ExportFormat;

/// The places of files: with one format at the root, with several in a folder each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    several: bool,
}

impl Layout {
    pub(super) fn new(formats: &BTreeSet<ExportFormat>) -> Self {
        Self {
            several: formats.len() > 1,
        }
    }

    /// The file of a conversation; `end` is `csv` or `ndjson`, and names the folder too.
    pub(super) fn entries(self, end: &str, control_number: &str) -> String {
        match self.several {
            true => format!("{end}/entries/{control_number}.{end}"),
            false => format!("entries/{control_number}.{end}"),
        }
    }

    /// The folder of a conversation's attachments. It is the same with several formats.
    pub(super) fn files(self, control_number: &str) -> String {
        format!("files/{control_number}")
    }
}
