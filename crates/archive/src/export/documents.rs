//! `documents.csv`: a line for each document, as review tools load it.

use std::{
    borrow::Cow,
    io::{Read, Seek, Write},
    path::Path,
};

use tempfile::SpooledTempFile;

use super::{
    cells::{Cells, MARK},
    table::yes,
    tree::{NewFile, Tree, Written},
};
use crate::error::{Error, Result};

/// The name of the list.
pub(super) const DOCUMENTS: &str = "documents.csv";
/// Lines of attachments up to this many bytes wait in memory until their conversation's line is known.
const IN_MEMORY: usize = 1024 * 1024;

const COLUMNS: [&str; 19] = [
    "control_number",
    "parent_control_number",
    "kind",
    "sandbox",
    "session_id",
    "conversation",
    "path",
    "sha256",
    "other_paths",
    "other_sha256",
    "file_name",
    "file_state",
    "custodians",
    "begin",
    "end",
    "sent",
    "edited",
    "deleted",
    "supersedes",
];

/// A document.
#[derive(Clone, Debug, Default)]
pub(super) struct Document<'a> {
    pub(super) control_number: &'a str,
    pub(super) parent: &'a str,
    pub(super) is_attachment: bool,
    pub(super) sandbox: bool,
    pub(super) session_id: &'a str,
    pub(super) conversation: &'a str,
    /// Its file in each format.
    pub(super) files: &'a [Written],
    pub(super) file_name: &'a str,
    pub(super) file_state: &'a str,
    pub(super) custodians: &'a str,
    pub(super) begin: &'a str,
    pub(super) end: &'a str,
    /// Entries of each kind.
    pub(super) counts: Option<[u64; 3]>,
    pub(super) supersedes: &'a str,
}

impl<'a> Document<'a> {
    fn cells(&self) -> [Cow<'a, str>; 19] {
        let files = self.files;
        let first = files.first();
        let others = |of: fn(&Written) -> &str| {
            let all: Vec<&str> = files.iter().skip(1).map(of).collect();
            Cow::Owned(all.join("; "))
        };
        let count = |kind: usize| match self.counts {
            Some(counts) => Cow::Owned(counts[kind].to_string()),
            None => Cow::Borrowed(""),
        };
        let kind = match self.is_attachment {
            true => "attachment",
            false => "conversation",
        };
        [
            Cow::Borrowed(self.control_number),
            Cow::Borrowed(self.parent),
            Cow::Borrowed(kind),
            Cow::Borrowed(yes(self.sandbox)),
            Cow::Borrowed(self.session_id),
            Cow::Borrowed(self.conversation),
            Cow::Borrowed(first.map_or("", |it| &it.path)),
            Cow::Borrowed(first.map_or("", |it| &it.sha256)),
            others(|it| &it.path),
            others(|it| &it.sha256),
            Cow::Borrowed(self.file_name),
            Cow::Borrowed(self.file_state),
            Cow::Borrowed(self.custodians),
            Cow::Borrowed(self.begin),
            Cow::Borrowed(self.end),
            count(0),
            count(1),
            count(2),
            Cow::Borrowed(self.supersedes),
        ]
    }
}

/// The list while it is written.
pub(super) struct Documents {
    out: NewFile,
    cells: Cells,
}

impl Documents {
    pub(super) fn new(tree: &mut Tree, cells: Cells, byte_order_mark: bool) -> Result<Self> {
        let mut out = tree.file(DOCUMENTS)?;
        if byte_order_mark {
            out.put(MARK)?;
        }
        out.put(&cells.line(COLUMNS.map(Cow::Borrowed)))?;
        Ok(Self { out, cells })
    }

    /// Adds a conversation, and then its attachments.
    pub(super) fn add(&mut self, document: &Document<'_>, family: Family) -> Result<()> {
        self.out.put(&self.cells.line(document.cells()))?;
        family.into_list(&mut self.out)
    }

    pub(super) fn finish(self, tree: &mut Tree) -> Result<Written> {
        tree.add(self.out)
    }
}

/// The lines of the attachments of a conversation.
pub(super) struct Family {
    lines: SpooledTempFile,
    cells: Cells,
}

impl Family {
    /// Begins. Many lines wait in a file without a name, in this folder.
    pub(super) fn new(folder: &Path, cells: Cells) -> Self {
        Self {
            lines: tempfile::spooled_tempfile_in(IN_MEMORY, folder),
            cells,
        }
    }

    pub(super) fn add(&mut self, attachment: &Document<'_>) -> Result<()> {
        let line = self.cells.line(attachment.cells());
        self.lines.write_all(&line).map_err(failed)
    }

    fn into_list(mut self, list: &mut NewFile) -> Result<()> {
        self.lines.rewind().map_err(failed)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match self.lines.read(&mut buffer).map_err(failed)? {
                0 => return Ok(()),
                read => list.put(&buffer[..read])?,
            }
        }
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::io("cannot write", Path::new(DOCUMENTS), error)
}
