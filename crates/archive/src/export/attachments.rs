//! The attachments of a conversation, under the names that their senders gave them.

use std::{collections::HashMap, fs::File};

use super::{
    documents::{Document, Family},
    job::{Job, Output},
    names::Names,
    numbering::Numbered,
    record::ExportRecord,
    rows::{Entry, NamedFile},
    state::ExportedState,
    tree::Written,
};
use crate::{error::Result, query::ArchivedFile, text::word};

/// The attachments of one conversation.
pub(super) struct Attachments<'a> {
    job: &'a Job<'a>,
    /// The conversation's control number, id, title and people.
    parent: String,
    session_id: &'a str,
    title: &'a str,
    custodians: String,
    folder: String,
    names: Names,
    /// What has a number already, by what names the file in this conversation.
    known: HashMap<String, Known>,
    pub(super) family: Family,
    /// Whether the bytes of a file were not what was stored.
    pub(super) lost: bool,
}

#[derive(Clone)]
struct Known {
    control_number: String,
    path: Option<String>,
    state: ExportedState,
}

/// A file of an entry, with what names it.
struct Named<'a> {
    file: &'a ArchivedFile,
    state: ExportedState,
    key: String,
    place: i64,
    entry: &'a Entry,
}

impl<'a> Attachments<'a> {
    pub(super) fn new(
        job: &'a Job<'a>,
        parent: &str,
        (session_id, title): (&'a str, &'a str),
        custodians: &str,
        output: &Output,
    ) -> Self {
        Self {
            job,
            parent: parent.to_owned(),
            session_id,
            title,
            custodians: custodians.to_owned(),
            folder: job.layout.files(parent),
            names: Names::default(),
            known: HashMap::new(),
            family: Family::new(output.tree.root(), job.cells),
            lost: false,
        }
    }

    /// Writes the files of an entry that have no number yet, and puts number and place of each into its record.
    pub(super) fn add(
        &mut self,
        entry: &Entry,
        files: &[(ArchivedFile, ExportedState)],
        record: &mut ExportRecord,
        output: &mut Output,
    ) -> Result<()> {
        for (place, ((file, state), exported)) in files.iter().zip(&mut record.files).enumerate() {
            let id = file.file_id.as_ref().map(|id| format!("id {id}"));
            let named = Named {
                file,
                state: *state,
                key: id.unwrap_or_else(|| format!("entry {}, file {place}", entry.id)),
                place: i64::try_from(place).unwrap_or_default(),
                entry,
            };
            let known = match self.known.get(&named.key) {
                Some(known) => known.clone(),
                None => {
                    let sent_at = record.sent_at.as_deref().unwrap_or_default();
                    let known = self.number(&named, sent_at, output)?;
                    self.known.insert(named.key, known.clone());
                    known
                }
            };
            exported.control_number = Some(known.control_number);
            exported.path = known.path;
            exported.state = known.state;
        }
        Ok(())
    }

    fn number(&mut self, named: &Named<'_>, sent_at: &str, output: &mut Output) -> Result<Known> {
        let former = self.job.former;
        let former = former.and_then(|it| it.latest(self.session_id, Some(&named.key)));
        if let Some(former) = former.filter(|it| it.digest == digest(named.state, named.file)) {
            return Ok(Known {
                control_number: former.control_number.clone(),
                path: None,
                state: named.state,
            });
        }
        let control_number = output.next_number(self.job.prefix());
        let (written, state) = self.write(named, &control_number, output)?;
        let supersedes = former.map(|former| former.control_number.clone());
        self.family.add(&Document {
            control_number: &control_number,
            parent: &self.parent,
            is_attachment: true,
            sandbox: self.job.records.sandbox,
            session_id: self.session_id,
            conversation: self.title,
            files: std::slice::from_ref(&written),
            file_name: named.file.name.as_deref().unwrap_or_default(),
            file_state: &word(state),
            custodians: &self.custodians,
            begin: sent_at,
            end: sent_at,
            counts: None,
            supersedes: supersedes.as_deref().unwrap_or_default(),
        })?;
        output.numbers.add(&Numbered {
            control_number: control_number.clone(),
            session_id: self.session_id.to_owned(),
            file: Some(named.key.clone()),
            digest: digest(state, named.file),
            supersedes,
        })?;
        output.counts.attachments += 1;
        Ok(Known {
            control_number,
            path: Some(written.path),
            state,
        })
    }

    /// Writes the file, or what stands for it.
    fn write(
        &mut self,
        named: &Named<'_>,
        control_number: &str,
        output: &mut Output,
    ) -> Result<(Written, ExportedState)> {
        let name = named.file.name.as_deref().unwrap_or_default();
        let mut state = named.state;
        if state == ExportedState::Stored {
            let path = format!("{}/{}", self.folder, self.names.take(name));
            if let Some(written) = self.copy(named.file, &path, output)? {
                return Ok((written, state));
            }
            state = ExportedState::Lost;
            self.lost = true;
        }
        if state == ExportedState::Lost {
            output.counts.lost_files += 1;
        }
        output.counts.placeholders += 1;
        let why = self.job.proof.why(&NamedFile {
            session_id: self.session_id,
            sent_ms: named.entry.sent_ms,
            place: named.place,
            file_id: named.file.file_id.as_deref(),
            state,
        });
        let mut text = format!(
            "MISSING: {}.\nControl number: {control_number}\n",
            plain(&why)
        );
        if self.job.records.sandbox {
            text.push_str("SANDBOX: the account is a simulated one.\n");
        }
        let path = format!("{}/{}", self.folder, self.names.take_missing(name));
        let mut file = output.tree.file(&path)?;
        file.put(text.as_bytes())?;
        Ok((output.tree.add(file)?, state))
    }

    /// Copies a stored file; none if its bytes are not what was stored.
    fn copy(
        &self,
        file: &ArchivedFile,
        path: &str,
        output: &mut Output,
    ) -> Result<Option<Written>> {
        let place = self.job.archive.file_path(file);
        let Some(Ok(from)) = place.map(File::open) else {
            return Ok(None);
        };
        let mut to = output.tree.file(path)?;
        let read = to.copy(&from)?;
        if read.is_ok() && file.sha256.as_ref() == Some(&to.digest()?) {
            return output.tree.add(to).map(Some);
        }
        output.tree.discard(to)?;
        Ok(None)
    }
}

/// What tells whether a file changed.
fn digest(state: ExportedState, file: &ArchivedFile) -> String {
    let sha256 = file
        .sha256
        .as_deref()
        .filter(|_| state == ExportedState::Stored);
    sha256.map_or_else(|| word(state), str::to_owned)
}

/// A text on one line, without characters that a terminal could take for a command.
fn plain(text: &str) -> String {
    let chars = text.chars();
    chars
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
