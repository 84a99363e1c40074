//! The end of a run: the index for search, the gaps, the report.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use zoom_chat_reports::{Axis, ChatReports, dates::Interval};

use super::{
    AttachmentCounts, ModificationsFlag, Outcome, REPORT_VERSION, Run, SyncReport, ZoomProblem,
    run::Ended,
};
use crate::{
    archive::json,
    digest::hex,
    error::Result,
    gaps::{self, GapAxis, GapClass, Missing},
    known::Knowledge,
    ledger, search, store,
};

/// Gaps that a report lists one by one.
const LISTED: i64 = 1000;

impl Run<'_> {
    /// Adds to the index for search what came since; in steps, each a transaction.
    pub(crate) fn index(&mut self) -> Result<()> {
        loop {
            self.writer.begin()?;
            let more = search::index_some(self.writer.db)?;
            self.writer.commit()?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Draws up what is missing, and closes the run.
    pub(crate) fn finish(mut self, ended: Ended) -> Result<SyncReport> {
        let now = self
            .tally
            .complete_through
            .unwrap_or_else(|| self.server_date.and_time(chrono::NaiveTime::MIN).and_utc());
        self.writer.begin()?;
        // The gaps of a run that did not read the list to its end would be those of the run before.
        let mut is_open = false;
        if self.tally.complete_through.is_some() {
            let missing = self.missing(now)?;
            if self.options.once.is_none() {
                gaps::reconcile(self.writer.db, self.writer.run, &missing)?;
            }
            is_open = gaps::any_open(self.writer.db, &missing)?;
        }
        let (open_gaps, accepted_gaps) = gaps::count(self.writer.db)?;
        let files = match self.settings.attachments {
            true => super::missing_unaccepted(self.writer.db)?,
            false => 0,
        };
        let complete = !is_open && !self.tally.failed_unaccepted && files == 0;
        let mut report = empty_report(self.writer.db, self.sandbox, self.zoom)?;
        report.outcome = ended.outcome(complete);
        if let Ended::Zoom(error) = ended {
            report.error = Some(ZoomProblem::of(&error));
            report.cause = Some(error);
        }
        let (counts, tally) = (self.writer.counts, self.tally);
        report.run = self.writer.run;
        report.server_date = Some(self.server_date);
        report.complete_from = tally.complete_from;
        report.complete_through = tally.complete_through;
        report.machine_clock_ahead_s = tally.machine_clock_ahead_s;
        report.api_may_have_changed = tally.api_may_have_changed;
        report.sessions = tally.sessions;
        report.new_sessions = tally.new_sessions;
        report.windows_done = tally.windows_done;
        report.windows_failed = tally.windows_failed;
        report.new = counts.sent;
        report.edited = counts.edited;
        report.deleted = counts.deleted;
        report.content_versions = counts.content_versions;
        report.metadata_versions = counts.metadata_versions;
        report.duplicates = counts.duplicates;
        report.not_returned = counts.not_returned;
        report.undecodable = counts.undecodable;
        report.unknown_fields = std::mem::take(&mut self.writer.unknown_fields);
        report.unknown_fields.sort_unstable();
        report.attachments = tally.attachments;
        report.failures = tally.failures;
        report.open_gaps = open_gaps;
        report.accepted_gaps = accepted_gaps;
        let body = json(&report);
        self.writer
            .db
            .prepare_cached(
                "UPDATE runs SET ended_at = ?2, outcome = ?3, head = ?4, report = ?5 WHERE id = ?1",
            )?
            .execute(params![
                self.writer.run,
                Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
                report.outcome.name(),
                report.head,
                body
            ])?;
        self.writer.commit()?;
        Ok(report)
    }

    /// What is missing of what this run was to bring.
    fn missing(&self, now: DateTime<Utc>) -> Result<Vec<Missing>> {
        let db = &*self.writer.db;
        let knowledge = Knowledge::read(db, &self.asking().question(Axis::Sent))?;
        let mut missing = gaps::missing(db, &knowledge, now)?;
        missing.extend(self.whole_account()?);
        if self.settings.attachments {
            missing.extend(gaps::files_to_accept(db)?);
        }
        Ok(missing)
    }

    /// Gaps that are in no session alone: a list that could not be read whole, days beyond Zoom's reach.
    fn whole_account(&self) -> Result<Vec<Missing>> {
        let mut missing = Vec::new();
        let through = self.tally.complete_through;
        if let (true, Some(through)) = (self.tally.list_failed, through) {
            missing.push(Missing {
                session_id: None,
                axis: GapAxis::List,
                attachment: None,
                interval: Interval {
                    start: self.tally.complete_from.unwrap_or(through),
                    end: through,
                },
                class: GapClass::Transient,
                failure: last_list_failure(self.writer.db, self.writer.run)?,
            });
        }
        let covered = ledger::covered(self.writer.db)?.map(|covered| covered.start);
        if let (Some(start), Some(covered)) = (self.settings.start, covered) {
            let start = start.and_time(chrono::NaiveTime::MIN).and_utc();
            if start < covered {
                missing.push(Missing {
                    session_id: None,
                    axis: GapAxis::Sent,
                    attachment: None,
                    interval: Interval {
                        start,
                        end: covered,
                    },
                    class: GapClass::Gone,
                    failure: None,
                });
            }
        }
        Ok(missing)
    }
}

fn last_list_failure(db: &Connection, run: i64) -> Result<Option<i64>> {
    Ok(db.query_row(
        "SELECT max(id) FROM failures WHERE axis = 'list' AND run = ?1",
        [run],
        |row| row.get(0),
    )?)
}

/// A report of nothing but the state of the archive.
pub(crate) fn empty_report(
    db: &Connection,
    sandbox: bool,
    zoom: &ChatReports,
) -> Result<SyncReport> {
    let (_, head) = ledger::head(db)?;
    let (open_gaps, accepted_gaps) = gaps::count(db)?;
    Ok(SyncReport {
        version: REPORT_VERSION,
        sandbox,
        run: 0,
        outcome: Outcome::Failed,
        server_date: None,
        complete_from: None,
        complete_through: None,
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
        undecodable: 0,
        unknown_fields: Vec::new(),
        attachments: AttachmentCounts::default(),
        failures: Vec::new(),
        gaps: gaps::list(db, LISTED)?,
        open_gaps,
        accepted_gaps,
        modifications: ModificationsFlag::parse(store::state(db, "modifications")?.as_deref()),
        head: hex(&head),
        error: None,
        stats: zoom.stats(),
        cause: None,
    })
}
