//! The ledger: what was answered, each row chained to the one before.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{
    Options,
    dates::{AnsweredWindow, Interval, Window},
    harvest::WindowFacts,
};

use crate::{
    archive::json,
    digest::{self, GENESIS, Hash},
    error::Result,
};

/// The first row.
#[derive(Serialize)]
pub(crate) struct Created<'a> {
    pub(crate) kind: &'static str,
    pub(crate) format: i32,
    pub(crate) account_id: &'a str,
    pub(crate) sandbox: bool,
    pub(crate) program: &'static str,
}

/// An answered window.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) kind: String,
    pub(crate) unit: i64,
    pub(crate) run: i64,
    pub(crate) session_id: String,
    pub(crate) asked: Window,
    pub(crate) answered: AnsweredWindow,
    pub(crate) options: Options,
    pub(crate) settled: bool,
    pub(crate) pages: u32,
    pub(crate) restarts: u32,
    pub(crate) rereads: u32,
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) duplicates: u64,
    pub(crate) without_time: u64,
    pub(crate) undecodable: u64,
    pub(crate) first_sent_at: Option<DateTime<Utc>>,
    pub(crate) last_sent_at: Option<DateTime<Utc>>,
    pub(crate) tracking_id: Option<String>,
    pub(crate) rows: u64,
    pub(crate) digest: String,
}

impl Answered {
    pub(crate) fn new(unit: i64, run: i64, facts: &WindowFacts, rows: u64, digest: String) -> Self {
        Self {
            kind: "window".to_owned(),
            unit,
            run,
            session_id: facts.session_id.to_string(),
            asked: facts.asked,
            answered: facts.answered.clone(),
            options: facts.options.clone(),
            settled: facts.settled,
            pages: facts.pages,
            restarts: facts.restarts,
            rereads: facts.rereads,
            sent: facts.sent,
            edited: facts.edited,
            deleted: facts.deleted,
            duplicates: facts.duplicates,
            without_time: facts.unplaceable,
            undecodable: facts.undecodable,
            first_sent_at: facts.first_sent_at,
            last_sent_at: facts.last_sent_at,
            tracking_id: facts.tracking_id.clone(),
            rows,
            digest,
        }
    }
}

/// The list of sessions of a run, or a batch of attachments.
#[derive(Serialize)]
pub(crate) struct Batch {
    pub(crate) kind: &'static str,
    pub(crate) unit: i64,
    pub(crate) run: i64,
    pub(crate) server_date: Option<NaiveDate>,
    /// With a list: from when on, and up to when, the run proves all of its sessions but for the gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) complete_from_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) complete_through_ms: Option<i64>,
    pub(crate) rows: u64,
    pub(crate) digest: String,
}

/// A gap that somebody accepted.
#[derive(Serialize)]
pub(crate) struct Accepted<'a> {
    pub(crate) kind: &'static str,
    pub(crate) gap: i64,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) axis: &'a str,
    pub(crate) file_id: Option<&'a str>,
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
    pub(crate) reason: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) at: DateTime<Utc>,
}

/// The hash of the last row, and its number.
pub(crate) fn head(db: &Connection) -> Result<(i64, Hash)> {
    let head = db
        .prepare_cached("SELECT no, hash FROM ledger ORDER BY no DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(head.unwrap_or((0, GENESIS)))
}

/// Appends a row.
pub(crate) fn append<T: Serialize>(db: &Connection, row: &T) -> Result<Hash> {
    let body = json(row);
    let (number, previous) = head(db)?;
    let hash = digest::link(&previous, &body);
    db.prepare_cached("INSERT INTO ledger (no, body, hash) VALUES (?1, ?2, ?3)")?
        .execute(params![number + 1, body, hash])?;
    Ok(hash)
}

/// From when to when the archive is complete but for its gaps, as its ledger says.
pub(crate) fn covered(db: &Connection) -> Result<Option<Interval>> {
    let covered: (Option<i64>, Option<i64>) = db.query_row(
        "SELECT (SELECT body ->> '$.complete_from_ms' FROM ledger WHERE kind = 'listing'
                   AND body ->> '$.complete_from_ms' IS NOT NULL ORDER BY no LIMIT 1),
                (SELECT max(body ->> '$.complete_through_ms') FROM ledger WHERE kind = 'listing')",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let at = |ms: Option<i64>| ms.and_then(DateTime::from_timestamp_millis);
    let interval = at(covered.0).zip(at(covered.1));
    Ok(interval.map(|(start, end)| Interval { start, end }))
}
