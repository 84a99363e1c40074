//! One export from its first entry to its list of digests.

use std::collections::BTreeSet;

use chrono::{SubsecRound, Utc};

use super::{
    certificate::{self, CERTIFICATE},
    conversation,
    documents::Documents,
    job::{Job, Output},
    manifest::{ExportManifest, KIND, MANIFEST},
    numbering::{Former, NumberedPart, Numbers, control_number},
    proof::MissingFiles,
    report::{ExportCounts, ExportReport, ExportStep},
    request::{ExportAsked, ExportFormat},
    rows::{self, Amount},
    tree::Tree,
};
use crate::{
    disk::{Place, sync_folder},
    error::Result,
    facts::{self, digest::hex},
    model::REPORT_VERSION,
    query::{Conversation, Directory},
};

/// Bytes that lists and manifests take, beside records and attachments.
const LISTS: u64 = 1024 * 1024;

/// An export: what is to be written.
pub(super) struct Run<'a> {
    job: &'a Job<'a>,
    conversations: Vec<&'a Conversation>,
    former: Option<&'a Former>,
    missing: MissingFiles,
    amount: Amount,
    head: String,
    ledger_rows: u64,
}

impl<'a> Run<'a> {
    /// Finds out what is to be written: of a supplement, only conversations that are new or changed.
    pub(super) fn new(
        job: &'a Job<'a>,
        directory: &'a Directory,
        former: Option<&'a Former>,
        progress: &mut dyn FnMut(ExportStep),
    ) -> Result<Self> {
        let (ledger_rows, head) = facts::head(&job.archive.db)?;
        let mut run = Self {
            job,
            conversations: chosen(job, directory),
            former,
            missing: MissingFiles::default(),
            amount: Amount::default(),
            head: hex(&head),
            ledger_rows: u64::try_from(ledger_rows).unwrap_or_default(),
        };
        if job.request.wants_files() {
            let missing = &mut run.missing;
            rows::each_missing(&job.archive.db, &job.request.selection, |file| {
                job.proof.count(file, missing);
            })?;
        }
        if let Some(former) = former {
            run.keep_changed(former, progress)?;
        }
        for conversation in &run.conversations {
            let selection = &job.request.selection;
            let amount = rows::amount(&job.archive.db, conversation.no, selection)?;
            run.amount.entries += amount.entries;
            run.amount.bytes += amount.bytes;
            run.amount.attachment_bytes += amount.attachment_bytes;
        }
        Ok(run)
    }

    /// Whether a supplement has nothing to tell.
    pub(super) fn is_idle(&self) -> bool {
        self.former.is_some() && self.conversations.is_empty()
    }

    /// An estimate of the bytes that are written.
    pub(super) fn needed(&self) -> u64 {
        let request = self.job.request;
        // A record is about as long as the entry that it tells.
        let records: u64 = request
            .formats
            .iter()
            .map(|format| match format {
                ExportFormat::Ndjson if request.raw => 2 * self.amount.bytes,
                ExportFormat::Csv | ExportFormat::Ndjson => self.amount.bytes,
                ExportFormat::Files => self.amount.attachment_bytes,
            })
            .sum();
        records + LISTS
    }

    /// Writes everything to the folder in which the export is made.
    pub(super) fn write(
        &self,
        place: &Place,
        progress: &mut dyn FnMut(ExportStep),
    ) -> Result<ExportReport> {
        let root = place.part();
        let account = &self.job.archive.account().id;
        let numbers = Numbers::new(root, account, &self.asked(), self.former)?;
        let output = self.write_documents(Tree::new(root)?, numbers, progress)?;
        let next = output.next;
        let (tree, numbers, manifest) = self.counted(output)?;
        let (report, sums) = self.seal(tree, &manifest)?;
        let this = NumberedPart {
            folder: self.supplement().unwrap_or_default(),
            head: self.head.clone(),
            next,
            sums,
        };
        let former = self.former.map_or(&[][..], |former| &former.parts);
        let parts: Vec<NumberedPart> = former.iter().cloned().chain([this]).collect();
        numbers.finish(&parts)?;
        sync_folder(root)?;
        Ok(report)
    }

    /// The folder of the supplement, if this is one.
    fn supplement(&self) -> Option<String> {
        self.former.map(Former::next_folder)
    }

    /// What was asked for; of a supplement, what the first export was asked for.
    fn asked(&self) -> ExportAsked {
        let former = self.former.map(|it| it.request.clone());
        former.unwrap_or_else(|| self.job.request.asked())
    }

    fn first_number(&self) -> u64 {
        self.former.map_or(self.job.request.start, Former::next)
    }

    fn write_documents(
        &self,
        mut tree: Tree,
        numbers: Numbers,
        progress: &mut dyn FnMut(ExportStep),
    ) -> Result<Output> {
        let request = self.job.request;
        let documents = Documents::new(&mut tree, self.job.cells, request.byte_order_mark)?;
        let mut output = Output {
            tree,
            documents,
            numbers,
            next: self.first_number(),
            counts: ExportCounts::default(),
            conversations: Vec::new(),
        };
        let (mut done, of) = (0, self.amount.entries);
        for conversation in &self.conversations {
            conversation::write(self.job, conversation, &mut output, || {
                done += 1;
                progress(ExportStep::Entries { done, of });
            })?;
        }
        Ok(output)
    }

    /// Ends the list of documents, and tells everything in a manifest.
    fn counted(&self, output: Output) -> Result<(Tree, Numbers, ExportManifest)> {
        let Output {
            mut tree,
            documents,
            numbers,
            counts,
            conversations,
            ..
        } = output;
        let documents = documents.finish(&mut tree)?;
        let (job, proof) = (self.job, self.job.proof);
        let missing = self.missing_with(counts);
        let (complete, verdict) = proof.verdict(missing, counts.entries());
        let manifest = ExportManifest {
            kind: KIND,
            version: REPORT_VERSION,
            sandbox: job.records.sandbox,
            complete,
            verdict: with_sandbox(verdict, job.records.sandbox),
            created_at: Utc::now().trunc_subsecs(0),
            operator: job.request.operator.clone(),
            program_version: env!("CARGO_PKG_VERSION"),
            account_id: job.archive.account().id.clone(),
            head: self.head.clone(),
            ledger_rows: self.ledger_rows,
            verified: job.request.verify,
            damaged_files: proof.damaged_files,
            request: self.asked(),
            supplement: self.supplement(),
            counts,
            missing_files: missing.missing,
            accepted_files: missing.accepted,
            gone_files: missing.gone,
            conversations,
            contents_sha256: tree.contents(),
            documents_sha256: documents.sha256,
            gaps: proof.gaps.clone(),
            accepted_gaps: proof.accepted.clone(),
            standing: proof.standing.clone(),
            cannot_know: proof.cannot_know.clone(),
        };
        Ok((tree, numbers, manifest))
    }

    /// Writes what tells when and by whom it was made, and the list of digests. Returns the digest of that list, too.
    fn seal(&self, mut tree: Tree, manifest: &ExportManifest) -> Result<(ExportReport, String)> {
        let text = serde_json::to_string_pretty(manifest).expect("manifests have string keys");
        tree.add_dated(MANIFEST, &format!("{text}\n"))?;
        tree.add_dated(CERTIFICATE, &certificate::text(manifest))?;
        let bytes = tree.bytes;
        let sums = tree.finish()?;
        let mut report = self.report(manifest.counts);
        report.written = true;
        report.bytes = bytes;
        report.contents_sha256 = Some(manifest.contents_sha256.clone());
        Ok((report, sums))
    }

    /// The report of an export that wrote nothing.
    pub(super) fn idle_report(&self) -> ExportReport {
        self.report(ExportCounts::default())
    }

    fn report(&self, counts: ExportCounts) -> ExportReport {
        let (proof, prefix) = (self.job.proof, self.job.prefix());
        let missing = self.missing_with(counts);
        // What a supplement need not repeat is there all the same.
        let entries = counts.entries() + u64::from(self.former.is_some());
        let (complete, verdict) = proof.verdict(missing, entries);
        let first = self.first_number();
        let given = counts.conversations + counts.attachments;
        let number = |number: u64| (given > 0).then(|| control_number(prefix, number));
        ExportReport {
            version: REPORT_VERSION,
            sandbox: self.job.records.sandbox,
            complete,
            verdict: with_sandbox(verdict, self.job.records.sandbox),
            written: false,
            supplement: self.supplement().filter(|_| !self.is_idle()),
            counts,
            first_control_number: number(first),
            last_control_number: number((first + given).saturating_sub(1)),
            bytes: 0,
            open_gaps: proof.gaps.len() as u64,
            accepted_gaps: proof.accepted.len() as u64,
            missing_files: missing.missing,
            gone_files: missing.gone,
            head: self.head.clone(),
            ledger_rows: self.ledger_rows,
            contents_sha256: None,
            standing: proof.standing.clone(),
        }
    }

    fn missing_with(&self, counts: ExportCounts) -> MissingFiles {
        MissingFiles {
            missing: self.missing.missing + counts.lost_files,
            ..self.missing
        }
    }

    /// Keeps only conversations that say something else than the export before held.
    fn keep_changed(
        &mut self,
        former: &Former,
        progress: &mut dyn FnMut(ExportStep),
    ) -> Result<()> {
        let mut done = 0;
        let mut changed = Vec::new();
        for conversation in &self.conversations {
            let Some((digest, entries)) = self.job.digest(conversation)? else {
                continue;
            };
            done += entries;
            progress(ExportStep::Compared { done });
            let before = former.latest(&conversation.session_id, None);
            if before.is_none_or(|before| before.digest != digest) {
                changed.push(*conversation);
            }
        }
        self.conversations = changed;
        Ok(())
    }
}

/// The selected conversations, in the order of the archive.
fn chosen<'a>(job: &Job<'_>, directory: &'a Directory) -> Vec<&'a Conversation> {
    let chosen = job.request.selection.sessions.as_ref();
    let numbers: Option<BTreeSet<i64>> =
        chosen.map(|chosen| chosen.iter().map(|(no, _)| *no).collect());
    let all = directory.conversations().iter();
    all.filter(|it| {
        numbers
            .as_ref()
            .is_none_or(|numbers| numbers.contains(&it.no))
    })
    .collect()
}

fn with_sandbox(verdict: String, sandbox: bool) -> String {
    match sandbox {
        true => format!("{verdict} (SANDBOX)"),
        false => verdict,
    }
}
