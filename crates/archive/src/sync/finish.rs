//! The end of a run: the index for search, the ledger's last row, the report.

use chrono::Utc;
use rusqlite::Connection;
use zoom_chat_reports::ChatReports;

use super::{
    report::{AttachmentCounts, SyncReport},
    run::{Ended, Run},
};
use crate::{
    archive::{Archive, database::setting},
    derived::{self, index},
    error::Result,
    facts::{self, Ended as EndedRow, LedgerRow, digest::hex},
    model::{ArchiveSettings, Outcome, REPORT_VERSION, ZoomProblem},
    proof::{self, Gaps, Standing},
};

/// Gaps that a report lists one by one.
pub(super) const LISTED: usize = 1000;

impl Run<'_> {
    /// Adds to the index for search what came since; in steps, each a transaction.
    pub(crate) fn index(&mut self) -> Result<()> {
        loop {
            self.writer.begin()?;
            let more = index::index_some(self.writer.db, i64::MAX)?;
            self.writer.commit()?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Closes the run, and says what is missing.
    pub(crate) fn finish(mut self, ended: Ended) -> Result<SyncReport> {
        let (db, settings) = (&*self.writer.db, &self.settings);
        self.state.look_up(db)?;
        let state = &self.state;
        let (gaps, standing) = proof::look(db, state, settings)?;
        let tally = &self.tally;
        // What failed and is proven by another run makes this one incomplete all the same.
        let is_unaccepted =
            |(session, axis): &(Option<String>, _)| !state.is_accepted(session.as_deref(), *axis);
        let complete = standing.is_complete()
            && !tally.list_failed
            && !tally.in_doubt
            && !tally.failed.iter().any(is_unaccepted);
        let outcome = ended.outcome(complete);
        self.writer.commit()?;
        Archive::make_durable(self.writer.db, true)?;
        self.writer.append(&LedgerRow::Ended(EndedRow {
            run: self.writer.run,
            ended_at: Utc::now(),
            outcome,
        }))?;
        match &self.options.once {
            None => proof::keep(self.writer.db, &self.state, &self.settings)?,
            // This run asked another question than the archive's.
            Some(_) => {
                let db = &*self.writer.db;
                let settings = setting(db, "settings")?;
                proof::keep(db, &proof::read(db, &settings)?, &settings)?;
            }
        }
        self.writer.commit()?;
        let mut report = report_of(self.writer.db, self.sandbox, self.zoom, standing, gaps)?;
        report.outcome = outcome;
        if let Ended::Zoom(error) = ended {
            report.error = Some(ZoomProblem::of(&error));
            report.cause = Some(error);
        }
        let (counts, tally) = (self.writer.counts, self.tally);
        report.run = self.writer.run;
        report.server_date = Some(self.server_date);
        report.list_read = tally.list_read;
        report.machine_clock_ahead_s = tally.machine_clock_ahead_s;
        report.api_may_have_changed = tally.api_may_have_changed;
        report.sessions = tally.sessions;
        report.new_sessions = counts.new_sessions;
        report.windows_done = tally.windows_done;
        report.windows_failed = tally.windows_failed;
        report.new = counts.sent;
        report.edited = counts.edited;
        report.deleted = counts.deleted;
        report.content_versions = counts.content_versions;
        report.metadata_versions = counts.metadata_versions;
        report.duplicates = counts.duplicates;
        report.not_returned = counts.not_returned;
        report.late = counts.late;
        report.undecodable = self.writer.undecodable;
        report.unknown_fields = unknown_fields(self.writer.db, self.writer.run)?;
        report.attachments = tally.attachments;
        report.failures = tally.failures;
        Ok(report)
    }
}

/// Names of fields that no document names, and that this run was the first to see.
fn unknown_fields(db: &Connection, run: i64) -> Result<Vec<String>> {
    let mut select =
        db.prepare("SELECT name FROM unknown_fields WHERE first_run = ?1 ORDER BY name")?;
    let names = select.query_map([run], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// A report of nothing but the state of the archive.
pub(crate) fn empty_report(
    db: &Connection,
    settings: &ArchiveSettings,
    sandbox: bool,
    zoom: &ChatReports,
) -> Result<SyncReport> {
    let state = proof::read(db, settings)?;
    let (gaps, standing) = proof::look(db, &state, settings)?;
    report_of(db, sandbox, zoom, standing, gaps)
}

fn report_of(
    db: &Connection,
    sandbox: bool,
    zoom: &ChatReports,
    standing: Standing,
    gaps: Gaps,
) -> Result<SyncReport> {
    let (_, head) = facts::head(db)?;
    Ok(SyncReport {
        version: REPORT_VERSION,
        sandbox,
        run: 0,
        outcome: Outcome::Failed,
        server_date: None,
        list_read: false,
        machine_clock_ahead_s: None,
        api_may_have_changed: false,
        sessions: 0,
        new_sessions: 0,
        windows_done: 0,
        windows_failed: 0,
        new: 0,
        edited: 0,
        deleted: 0,
        content_versions: 0,
        metadata_versions: 0,
        duplicates: 0,
        not_returned: 0,
        late: 0,
        undecodable: 0,
        unknown_fields: Vec::new(),
        attachments: AttachmentCounts::default(),
        failures: Vec::new(),
        gaps: gaps.first(LISTED),
        standing,
        modifications: derived::modifications_flag(db)?,
        head: hex(&head),
        error: None,
        log_bytes: 0,
        readers: Vec::new(),
        stats: zoom.stats(),
        cause: None,
    })
}
