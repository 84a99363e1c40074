//! The table of gaps, read.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Acceptance, GapAxis, GapClass, GapReport, GapState};
use crate::{error::Result, sync::ZoomProblem};

const SELECT: &str = "SELECT g.id, g.session_id, g.axis, g.start_ms, g.end_ms, g.class, g.state, g.first_run,
   g.reason, g.operator, g.accepted_at, f.text, f.hint, f.status, f.zoom_code, f.tracking_id, f.attempts, a.file_id
   FROM gaps g LEFT JOIN failures f ON f.id = g.failure LEFT JOIN attachments a ON a.id = g.attachment";

pub(crate) fn list(db: &Connection, limit: i64) -> Result<Vec<GapReport>> {
    let sql = format!("{SELECT} WHERE g.state IN ('open', 'accepted') ORDER BY g.id LIMIT ?1");
    let mut select = db.prepare(&sql)?;
    let gaps = select.query_map([limit], report)?;
    Ok(gaps.collect::<Result<_, _>>()?)
}

/// How many gaps are open, and how many accepted.
pub(crate) fn count(db: &Connection) -> Result<(u64, u64)> {
    Ok(db.query_row(
        "SELECT count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'accepted') FROM gaps",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

pub(super) fn find(db: &Connection, id: i64) -> Result<Option<GapReport>> {
    let sql = format!("{SELECT} WHERE g.id = ?1");
    Ok(db.query_row(&sql, [id], report).optional()?)
}

fn report(row: &Row<'_>) -> rusqlite::Result<GapReport> {
    let instant = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let text: Option<String> = row.get(11)?;
    let failure = match text {
        Some(text) => Some(ZoomProblem {
            text,
            hint: row.get(12)?,
            status: row.get(13)?,
            zoom_code: row.get(14)?,
            tracking_id: row.get(15)?,
            retry_after: None,
            attempts: row.get(16)?,
        }),
        None => None,
    };
    let reason: Option<String> = row.get(8)?;
    let acceptance = match reason {
        Some(reason) => Some(Acceptance {
            reason,
            operator: row.get(9)?,
            at: row.get(10)?,
        }),
        None => None,
    };
    let state: String = row.get(6)?;
    Ok(GapReport {
        id: row.get(0)?,
        session_id: row.get(1)?,
        axis: GapAxis::parse(row.get_ref(2)?.as_str()?),
        start: instant(row.get(3)?),
        end: instant(row.get(4)?),
        file_id: row.get(17)?,
        class: GapClass::parse(row.get_ref(5)?.as_str()?),
        state: if state == "accepted" {
            GapState::Accepted
        } else {
            GapState::Open
        },
        first_run: row.get(7)?,
        failure,
        acceptance,
    })
}
