//! The end of a run: the index for search, the ledger's last row, the report.

use chrono::{NaiveDate, Utc};
use rusqlite::Connection;
use zoom_chat_reports::ChatReports;

use super::{
    report::SyncReport,
    run::{Ended, Run, Tally},
};
use crate::{
    archive::{Archive, database::setting},
    derived::{self, Counts, index},
    error::Result,
    facts::{self, Ended as EndedRow, LedgerRow, digest::hex},
    model::{ArchiveSettings, Outcome, REPORT_VERSION, ZoomProblem},
    proof::{self, Gaps, Standing},
    sql::Sql,
};

/// The number of gaps that a report lists one by one.
pub(super) const LISTED: usize = 1000;

impl Run<'_> {
    /// Adds new items to the index for search, in steps of one transaction each.
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

    /// Closes the run, and reports what is missing.
    pub(crate) fn finish(mut self, ended: Ended) -> Result<SyncReport> {
        let (db, settings) = (&*self.writer.db, &self.settings);
        self.state.look_up(db)?;
        let state = &self.state;
        let (gaps, standing) = proof::assess(db, state, settings)?;
        let tally = &self.tally;
        // A failure makes this run incomplete, even if another run proves the same.
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
            // This run did not use the archive's settings.
            Some(_) => {
                let db = &*self.writer.db;
                let settings = setting(db, "settings")?;
                proof::keep(db, &proof::read(db, &settings)?, &settings)?;
            }
        }
        self.writer.commit()?;
        let seen = Seen {
            run: self.writer.run,
            outcome,
            server_date: Some(self.server_date),
            counts: self.writer.counts,
            tally: self.tally,
            cause: match ended {
                Ended::Zoom(error) => Some(error),
                _ => None,
            },
        };
        report_of(
            self.writer.db,
            self.sandbox,
            self.zoom,
            (standing, gaps),
            seen,
        )
    }
}

/// The names of undocumented fields that this run was the first to see.
fn unknown_fields(db: &Connection, run: i64) -> Result<Vec<String>> {
    let sql = "SELECT name FROM unknown_fields WHERE first_run = ?1 ORDER BY name";
    db.all(sql, [run], |row| row.get(0))
}

/// The report of a run: what it saw and stored, and how it ended.
struct Seen {
    run: i64,
    outcome: Outcome,
    server_date: Option<NaiveDate>,
    counts: Counts,
    tally: Tally,
    cause: Option<zoom_chat_reports::Error>,
}

/// The report of a run that Zoom's error ended before it began.
pub(crate) fn failed_report(
    db: &Connection,
    settings: &ArchiveSettings,
    sandbox: bool,
    zoom: &ChatReports,
    error: zoom_chat_reports::Error,
) -> Result<SyncReport> {
    let state = proof::read(db, settings)?;
    let (gaps, standing) = proof::assess(db, &state, settings)?;
    let seen = Seen {
        run: 0,
        outcome: Ended::Zoom(error.clone()).outcome(true),
        server_date: None,
        counts: Counts::default(),
        tally: Tally::default(),
        cause: Some(error),
    };
    report_of(db, sandbox, zoom, (standing, gaps), seen)
}

fn report_of(
    db: &Connection,
    sandbox: bool,
    zoom: &ChatReports,
    (standing, gaps): (Standing, Gaps),
    seen: Seen,
) -> Result<SyncReport> {
    let (_, head) = facts::head(db)?;
    let (counts, tally) = (seen.counts, seen.tally);
    Ok(SyncReport {
        version: REPORT_VERSION,
        sandbox,
        run: seen.run,
        outcome: seen.outcome,
        server_date: seen.server_date,
        list_read: tally.list_read,
        machine_clock_ahead_s: tally.machine_clock_ahead_s,
        api_may_have_changed: tally.api_may_have_changed,
        sessions: tally.sessions,
        new_sessions: counts.new_sessions,
        windows_done: tally.windows_done,
        windows_failed: tally.windows_failed,
        new: counts.sent,
        edited: counts.edited,
        deleted: counts.deleted,
        content_versions: counts.content_versions,
        metadata_versions: counts.metadata_versions,
        duplicates: counts.duplicates,
        not_returned: counts.not_returned,
        late: counts.late,
        undecodable: counts.undecodable,
        unknown_fields: unknown_fields(db, seen.run)?,
        attachments: tally.attachments,
        failures: tally.failures,
        gaps: gaps.first(LISTED),
        standing,
        modifications: derived::modifications_flag(db)?,
        head: hex(&head),
        error: seen.cause.as_ref().map(ZoomProblem::of),
        log_bytes: 0,
        readers: Vec::new(),
        stats: zoom.stats(),
        cause: seen.cause,
    })
}
