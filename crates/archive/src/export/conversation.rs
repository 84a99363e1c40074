//! A conversation as a document: its entries in each format, and its attachments.

use super::{
    attachments::Attachments,
    cells::MARK,
    documents::Document,
    job::{ContentDigest, Files, Job, Output},
    manifest::ConversationCount,
    numbering::Numbered,
    record::ExportRecord,
    request::ExportFormat,
    rows::Entry,
    table,
    tree::{NewFile, Written},
};
use crate::{error::Result, query::Conversation};

/// Writes the selected entries of a conversation; nothing if none is selected. Calls `each` after each entry.
pub(super) fn write(
    job: &Job<'_>,
    conversation: &Conversation,
    output: &mut Output,
    mut each: impl FnMut(),
) -> Result<()> {
    let mut open: Option<Open<'_>> = None;
    job.read(conversation, |entry, record, files| {
        let open = match &mut open {
            Some(open) => open,
            None => open.insert(Open::new(job, conversation, output)?),
        };
        open.add(&entry, record, &files, output)?;
        each();
        Ok(())
    })?;
    match open {
        Some(open) => open.finish(output),
        None => Ok(()),
    }
}

/// A conversation that is being written.
struct Open<'a> {
    job: &'a Job<'a>,
    conversation: &'a Conversation,
    control_number: String,
    custodians: String,
    csv: Option<NewFile>,
    ndjson: Option<NewFile>,
    attachments: Attachments<'a>,
    digest: ContentDigest,
    /// Entries of each kind.
    counts: [u64; 3],
    begin: Option<String>,
    end: Option<String>,
    line: Vec<u8>,
}

impl<'a> Open<'a> {
    fn new(job: &'a Job<'a>, conversation: &'a Conversation, output: &mut Output) -> Result<Self> {
        let control_number = output.next_number(job.prefix());
        let formats = &job.request.formats;
        let mut begin = |format, end| -> Result<Option<NewFile>> {
            let path = job.layout.entries(end, &control_number);
            formats
                .contains(&format)
                .then(|| output.tree.file(&path))
                .transpose()
        };
        let mut csv = begin(ExportFormat::Csv, "csv")?;
        let ndjson = begin(ExportFormat::Ndjson, "ndjson")?;
        if let Some(csv) = &mut csv {
            if job.request.byte_order_mark {
                csv.put(MARK)?;
            }
            csv.put(&job.cells.line(table::COLUMNS.map(Into::into)))?;
        }
        let custodians = job.custodians(conversation);
        let names = (&*conversation.session_id, &*conversation.title);
        let attachments = Attachments::new(job, &control_number, names, &custodians, output);
        Ok(Self {
            job,
            conversation,
            control_number,
            custodians,
            csv,
            ndjson,
            attachments,
            digest: ContentDigest::default(),
            counts: [0; 3],
            begin: None,
            end: None,
            line: Vec::new(),
        })
    }

    fn add(
        &mut self,
        entry: &Entry,
        mut record: ExportRecord,
        files: &Files,
        output: &mut Output,
    ) -> Result<()> {
        self.digest.add(&record);
        self.job.records.add_links(&mut record, files, &entry.raw);
        record.control_number.clone_from(&self.control_number);
        if self.job.request.wants_files() {
            self.attachments.add(entry, files, &mut record, output)?;
        }
        if let Some(csv) = &mut self.csv {
            csv.put(&self.job.cells.line(table::cells(&record)))?;
        }
        if let Some(ndjson) = &mut self.ndjson {
            self.line.clear();
            serde_json::to_writer(&mut self.line, &record).expect("memory can be written to");
            self.line.push(b'\n');
            ndjson.put(&self.line)?;
        }
        self.counts[usize::try_from(entry.kind.clamp(0, 2)).unwrap_or_default()] += 1;
        // Texts of one length, in UTC: their order is that of the instants.
        if let Some(at) = record.sent_at {
            self.begin = Some(
                self.begin
                    .take()
                    .map_or_else(|| at.clone(), |it| it.min(at.clone())),
            );
            self.end = self.end.take().max(Some(at));
        }
        Ok(())
    }

    fn finish(self, output: &mut Output) -> Result<()> {
        let files = [self.csv, self.ndjson].into_iter().flatten();
        let files: Vec<Written> = files
            .map(|file| output.tree.add(file))
            .collect::<Result<_>>()?;
        let (session_id, title) = (&self.conversation.session_id, &self.conversation.title);
        let former = self.job.former.and_then(|it| it.latest(session_id, None));
        let supersedes = former.map(|former| former.control_number.clone());
        let document = Document {
            control_number: &self.control_number,
            sandbox: self.job.records.sandbox,
            session_id,
            conversation: title,
            files: &files,
            custodians: &self.custodians,
            begin: self.begin.as_deref().unwrap_or_default(),
            end: self.end.as_deref().unwrap_or_default(),
            counts: Some(self.counts),
            supersedes: supersedes.as_deref().unwrap_or_default(),
            ..Document::default()
        };
        let lost = self.attachments.lost;
        output.documents.add(&document, self.attachments.family)?;
        output.numbers.add(&Numbered {
            control_number: self.control_number.clone(),
            session_id: session_id.clone(),
            file: None,
            digest: self.digest.finish(lost),
            supersedes,
        })?;
        let [sent, edited, deleted] = self.counts;
        let counts = &mut output.counts;
        counts.conversations += 1;
        counts.sent += sent;
        counts.edited += edited;
        counts.deleted += deleted;
        output.conversations.push(ConversationCount {
            control_number: self.control_number,
            session_id: session_id.clone(),
            conversation: title.clone(),
            sent,
            edited,
            deleted,
        });
        Ok(())
    }
}
