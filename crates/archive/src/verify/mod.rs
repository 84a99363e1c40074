//! Proving that an archive is what was written, and naming what is missing.

mod chain;
mod content;
mod gaps_known;
mod report;

use chrono::Utc;

use crate::{
    Archive, ModificationsFlag, REPORT_VERSION, digest::hex, error::Result, gaps, ledger, store,
    sync,
};

pub(crate) use report::cannot_know;
pub use report::{Finding, FindingKind, VerifyOptions, VerifyReport};

/// Findings and gaps that a report lists one by one.
const LISTED: usize = 1000;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    count: u64,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        kind: FindingKind,
        name: impl Into<String>,
        text: impl Into<String>,
    ) {
        self.count += 1;
        if self.list.len() < LISTED {
            self.list.push(Finding {
                kind,
                name: name.into(),
                text: text.into(),
            });
        }
    }
}

impl Archive {
    /// Verifies that all is as it was written, and says what is missing and what nobody can know.
    ///
    /// Quick: the chain of the ledger, and each unit's digest from the hashes
    /// that are stored. Deep: every entry and every file is hashed again, too.
    ///
    /// # Errors
    /// When the database cannot be read at all; what can be read and is wrong is a finding.
    pub fn verify(&self, options: &VerifyOptions) -> Result<VerifyReport> {
        let db = &self.db;
        let mut findings = Findings::default();
        chain::verify(self, options, &mut findings)?;
        content::verify(self, options.deep, &mut findings)?;
        gaps_known::verify(self, &mut findings)?;
        let count = |sql: &str| -> Result<u64> { Ok(db.query_row(sql, [], |row| row.get(0))?) };
        let (_, head) = ledger::head(db)?;
        let (listed_gaps, accepted_gaps) = gaps::count(db)?;
        let unlisted = gaps_known::unlisted(self)?;
        let open_gaps = listed_gaps + unlisted.len() as u64;
        let modifications = ModificationsFlag::parse(store::state(db, "modifications")?.as_deref());
        let covered = ledger::covered(db)?;
        Ok(VerifyReport {
            version: REPORT_VERSION,
            sandbox: self.account.sandbox,
            account_id: self.account.id.clone(),
            verified_at: Utc::now(),
            deep: options.deep,
            head: hex(&head),
            ledger_rows: count("SELECT count(*) FROM ledger")?,
            windows: count("SELECT count(*) FROM ledger WHERE body LIKE '{\"kind\":\"window\"%'")?,
            sessions: count("SELECT count(*) FROM sessions")?,
            entries: count("SELECT count(*) FROM visible_entries")?
                + count("SELECT count(*) FROM visible_versions")?,
            attachments: count("SELECT count(*) FROM attachments WHERE state = 'stored'")?,
            missing_attachments: count("SELECT count(*) FROM attachments WHERE state <> 'stored'")?,
            missing_unaccepted: sync::missing_unaccepted(db)?,
            attachments_wanted: self.settings.attachments,
            complete_from: covered.map(|covered| covered.start),
            complete_through: covered.map(|covered| covered.end),
            findings: findings.list,
            finding_count: findings.count,
            gaps: gaps::list(db, 1000)?
                .into_iter()
                .chain(unlisted.into_iter().take(LISTED))
                .collect(),
            open_gaps,
            accepted_gaps,
            not_returned: count(
                "SELECT count(*) FROM visible_entries WHERE not_returned_run IS NOT NULL",
            )?,
            modifications,
            cannot_know: cannot_know(modifications),
        })
    }
}
