//! Proving that an archive is unaltered: all tables are derived again from the facts, and compared with what
//! is stored.

mod compare;
mod files;
mod findings;
mod replay;
mod report;

use chrono::Utc;
use rusqlite::{Connection, OpenFlags};

use crate::{
    archive::{
        Archive,
        database::{tune_unseen, uri},
    },
    derived::{
        self,
        index::{self, INDEXED},
        schema,
    },
    error::{ErrorKind, Result},
    facts::{self, digest::hex, items},
    model::REPORT_VERSION,
    proof,
    sql::Sql,
};

pub(crate) use findings::Findings;
use findings::LISTED;
pub(crate) use replay::replay;
pub(crate) use report::cannot_know;

pub use report::{Finding, FindingKind, VerifyOptions, VerifyReport, VerifyStep};

impl Archive {
    /// Verifies that everything is as it was written, and reports what is missing and what verification cannot show.
    ///
    /// Recomputes the ledger's chain and every digest from what Zoom sent. Then makes every derived table again, in
    /// a temporary file of SQLite, and compares. By default it also reads every attachment.
    ///
    /// # Errors
    /// If the database cannot be read at all; what can be read and is wrong is a finding.
    pub fn verify(&self, options: &VerifyOptions) -> Result<VerifyReport> {
        self.verify_with(options, |_| {})
    }

    /// As [`verify`](Self::verify), and reports its progress.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_with(
        &self,
        options: &VerifyOptions,
        mut progress: impl FnMut(VerifyStep),
    ) -> Result<VerifyReport> {
        let mut findings = Findings::default();
        let db = self.beside()?;
        let replayed = replay(
            &db,
            options.expect_head.as_deref(),
            &mut findings,
            &mut progress,
        )?;
        let indexed = indexed(&db)?;
        if indexed >= items::next_item(&db)? {
            let text = "it names a place of the index for search that does not exist";
            findings.add(FindingKind::Derived, "state", text);
        }
        index::index_all(&db, indexed)?;
        compare::tables(&db, &mut findings, &mut progress)?;
        compare::search(&db, &mut findings, &mut progress)?;
        compare::structures(&db, &mut findings);
        files::verify(
            &db,
            &self.folder,
            options.files,
            &mut findings,
            &mut progress,
        )?;
        let count = |sql: &str| -> Result<u64> { db.one(sql, [], |row| row.get(0)) };
        // From here on the tables that were derived again are read, so that no figure contains a change.
        let state = match proof::read(&db, &self.settings) {
            // A row that cannot be read is a finding; nothing is proven then.
            Err(error) if error.kind() == ErrorKind::Damaged && findings.count > 0 => {
                proof::State::default()
            }
            state => state?,
        };
        let (gaps, standing) = proof::assess(&db, &state, &self.settings)?;
        let modifications = derived::modifications_flag(&db)?;
        Ok(VerifyReport {
            version: REPORT_VERSION,
            sandbox: self.account.sandbox,
            account_id: self.account.id.clone(),
            verified_at: Utc::now(),
            files_read: options.files,
            head: hex(&facts::head(&db)?.1),
            ledger_rows: replayed.rows,
            rows_since_head: replayed.expected_at.map(|row| replayed.rows - row),
            windows: replayed.windows,
            taken_over: replayed.taken_over,
            unfinished: replayed.unfinished,
            sessions: count("SELECT count(*) FROM sessions")?,
            entries: count("SELECT count(*) FROM entry_columns")?
                + count("SELECT count(*) FROM version_columns")?,
            attachments_wanted: self.settings.attachments,
            standing,
            findings: findings.list,
            finding_count: findings.count,
            acceptances: proof::acceptances(&state, &gaps.0),
            gaps: gaps.first(LISTED),
            not_returned: count(
                "SELECT count(*) FROM entry_columns WHERE not_returned_run IS NOT NULL",
            )?,
            modifications,
            cannot_know: cannot_know(modifications),
        })
    }

    /// An empty database beside the archive, for the tables that are derived again: a file that SQLite removes in
    /// any case. It shows the archive's facts as they are at this moment.
    fn beside(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags("", flags)?;
        tune_unseen(&db)?;
        db.execute(
            "ATTACH ?1 AS archive",
            [uri(&self.folder.database(), self.is_at_rest())],
        )?;
        db.pragma_update(Some("archive"), "cache_size", -8_000)?;
        db.execute_batch("BEGIN")?;
        db.execute_batch(schema::TABLES)?;
        schema::note_version(&db)?;
        Ok(db)
    }
}

/// How far the index of the archive goes, at the instant of everything else: a sync may go on with it meanwhile.
fn indexed(db: &Connection) -> Result<i64> {
    let sql = "SELECT value FROM archive.state WHERE name = ?1";
    let indexed: Option<String> = db.first(sql, [INDEXED], |row| row.get(0))?;
    Ok(indexed.and_then(|text| text.parse().ok()).unwrap_or(0))
}
