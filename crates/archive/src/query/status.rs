//! The status of an archive: what it covers, holds and lacks.

use std::fs;

use chrono::{DateTime, Days, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::dates::{Interval, SURE_DAYS};

use crate::{
    archive::Archive,
    derived,
    error::Result,
    facts::{self, digest::hex},
    model::{ModificationsFlag, REPORT_VERSION},
    proof::{self, Confirmation, MonthReport, Standing},
    sql::Sql,
};

/// The status of an archive: what it covers, holds and lacks.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct StatusReport {
    /// The version of this document.
    pub version: u32,
    /// Whether the account is a simulated one.
    pub sandbox: bool,
    /// Zoom's id of the account.
    pub account_id: String,
    /// Whether the archive holds what its settings require, and for which time.
    pub standing: Standing,
    /// When the last complete sync ended, by this machine's clock.
    pub last_complete_sync: Option<DateTime<Utc>>,
    /// The last ten syncs at most, newest first.
    pub runs: Vec<RunReport>,
    /// Entries by month of sending, UTC.
    pub months: Vec<MonthReport>,
    /// The number of sessions.
    pub sessions: u64,
    /// Entries of all kinds.
    pub entries: u64,
    /// Later versions of entries.
    pub versions: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Stored attachments.
    pub attachments: u64,
    /// Bytes of stored attachments.
    pub attachment_bytes: u64,
    /// Seconds until the oldest open gap leaves Zoom's reach; null without one.
    pub oldest_gap_leaves_in: Option<i64>,
    /// When the oldest open gap leaves Zoom's reach; null without one.
    pub oldest_gap_leaves_at: Option<DateTime<Utc>>,
    /// How far Zoom's report can be trusted: what was read again, and where readings differed.
    pub confirmation: Confirmation,
    /// Whether edits of older messages are found.
    pub modifications: ModificationsFlag,
    /// Rows of the ledger.
    pub ledger_rows: i64,
    /// The hash of the ledger's last row.
    pub head: String,
}

/// One sync.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RunReport {
    /// The sync's number.
    pub run: i64,
    /// When it began, by this machine's clock.
    pub started_at: String,
    /// When it ended; null if it was killed or is under way.
    pub ended_at: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
}

impl StatusReport {
    /// Whether the last complete sync ended within this time before `now`. False if it ended more than a
    /// minute after `now`: a clock was wrong, then or now.
    #[must_use]
    pub fn is_younger_than(&self, age: TimeDelta, now: DateTime<Utc>) -> bool {
        let ended = self.last_complete_sync;
        ended.is_some_and(|at| now - at <= age && at - now <= TimeDelta::minutes(1))
    }
}

impl Archive {
    /// Reports what the archive covers, holds and lacks.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn status(&self) -> Result<StatusReport> {
        let db = &self.db;
        let count = |sql: &str| -> Result<u64> { db.one(sql, [], |row| row.get(0)) };
        let (ledger_rows, head) = facts::head(db)?;
        let state = proof::read(db, &self.settings)?;
        let (gaps, standing) = proof::assess(db, &state, &self.settings)?;
        let covered = standing.complete_from.zip(standing.complete_through);
        let covered = covered.map(|(start, end)| Interval::new(start, end));
        let sql = "SELECT ended_at FROM runs WHERE outcome = 'complete' AND once = 0 ORDER BY id DESC LIMIT 1";
        let last_complete: Option<String> = db.first(sql, [], |row| row.get(0))?;
        let sql = "SELECT count(*), COALESCE(sum(bytes), 0) FROM
             (SELECT bytes FROM attachments WHERE state = 'stored' GROUP BY sha256)";
        let (attachments, attachment_bytes) = db.one(sql, [], |row| row.try_into())?;
        let gap = gaps.0.iter();
        let healable = gap.filter(|gap| gap.counts() && gap.is_healable());
        let oldest = healable.map(|gap| gap.start).min();
        let leaves_at = oldest.map(|start| start + Days::new(SURE_DAYS));
        Ok(StatusReport {
            version: REPORT_VERSION,
            sandbox: self.account.sandbox,
            account_id: self.account.id.clone(),
            standing,
            last_complete_sync: last_complete.and_then(|text| {
                DateTime::parse_from_rfc3339(&text)
                    .ok()
                    .map(|at| at.to_utc())
            }),
            runs: self.runs()?,
            months: proof::months(db, covered, &gaps)?,
            sessions: count("SELECT count(*) FROM sessions")?,
            entries: count("SELECT COALESCE(sum(sent + edited + deleted), 0) FROM months")?,
            versions: count("SELECT count(*) FROM version_columns")?,
            database_bytes: fs::metadata(self.folder.database()).map_or(0, |file| file.len()),
            attachments,
            attachment_bytes,
            oldest_gap_leaves_in: leaves_at.map(|at| (at - Utc::now()).num_seconds()),
            oldest_gap_leaves_at: leaves_at,
            confirmation: proof::confirmation(db, &state, &self.settings)?,
            modifications: derived::modifications_flag(db)?,
            ledger_rows,
            head: hex(&head),
        })
    }

    fn runs(&self) -> Result<Vec<RunReport>> {
        let sql = "SELECT id, started_at, ended_at, outcome FROM runs ORDER BY id DESC LIMIT 10";
        self.db.all(sql, [], |row| {
            Ok(RunReport {
                run: row.get(0)?,
                started_at: row.get(1)?,
                ended_at: row.get(2)?,
                outcome: row.get(3)?,
            })
        })
    }
}
