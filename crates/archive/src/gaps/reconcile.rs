//! The table of gaps, brought up to date.

use chrono::{DateTime, TimeDelta};
use rusqlite::{Connection, params};
use zoom_chat_reports::dates::Interval;

use super::Missing;
use crate::error::Result;

/// Brings the table of gaps up to date: known ones keep their names, healed ones are closed.
pub(crate) fn reconcile(db: &Connection, run: i64, missing: &[Missing]) -> Result<()> {
    let mut open = Vec::new();
    for gap in missing {
        note_accepted(db, run, gap)?;
        open.extend(unaccepted(db, gap)?);
    }
    for gap in open {
        let (start, end) = (
            gap.interval.start.timestamp_millis(),
            gap.interval.end.timestamp_millis(),
        );
        let session = &gap.session_id;
        let known = db
            .prepare_cached(
                "UPDATE gaps SET start_ms = ?3, end_ms = ?4, class = ?5, last_run = ?6,
                   failure = COALESCE(?7, failure)
                 WHERE id = (SELECT id FROM gaps WHERE session_id IS ?1 AND axis = ?2
                   AND attachment IS ?8 AND state = 'open' AND start_ms <= ?4 AND end_ms >= ?3 ORDER BY id LIMIT 1)",
            )?
            .execute(params![
                session,
                gap.axis.name(),
                start,
                end,
                gap.class.name(),
                run,
                gap.failure,
                gap.attachment
            ])?;
        if known == 0 {
            db.prepare_cached(
                "INSERT INTO gaps (session_id, axis, start_ms, end_ms, class, first_run, last_run,
                   failure, attachment, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, 'open')",
            )?
            .execute(params![
                session,
                gap.axis.name(),
                start,
                end,
                gap.class.name(),
                run,
                gap.failure,
                gap.attachment
            ])?;
        }
    }
    db.execute(
        "UPDATE gaps SET state = 'healed' WHERE state = 'open' AND last_run < ?1
         AND (attachment IS NULL OR attachment IN (SELECT id FROM attachments WHERE state = 'stored'))",
        [run],
    )?;
    Ok(())
}

/// Accepted gaps that are still gaps.
fn note_accepted(db: &Connection, run: i64, gap: &Missing) -> Result<()> {
    db.prepare_cached(
        "UPDATE gaps SET last_run = ?6 WHERE session_id IS ?1 AND axis = ?2 AND attachment IS ?3
           AND state = 'accepted' AND start_ms < ?5 AND end_ms > ?4",
    )?
    .execute(params![
        gap.session_id,
        gap.axis.name(),
        gap.attachment,
        gap.interval.start.timestamp_millis(),
        gap.interval.end.timestamp_millis(),
        run
    ])?;
    Ok(())
}

/// What of a gap nobody has accepted.
fn unaccepted(db: &Connection, gap: &Missing) -> Result<Vec<Missing>> {
    without_those(db, gap, "state = 'accepted'")
}

/// Whether anything of this is missing that nobody accepted.
pub(crate) fn any_open(db: &Connection, missing: &[Missing]) -> Result<bool> {
    for gap in missing {
        if !unaccepted(db, gap)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What of a gap the table does not name.
pub(crate) fn unlisted(db: &Connection, gap: &Missing) -> Result<Vec<Missing>> {
    without_those(db, gap, "state IN ('accepted', 'open')")
}

fn without_those(db: &Connection, gap: &Missing, states: &str) -> Result<Vec<Missing>> {
    let known: Vec<Interval> = db
        .prepare_cached(&format!(
            "SELECT start_ms, end_ms FROM gaps WHERE session_id IS ?1 AND axis = ?2
             AND attachment IS ?3 AND {states} ORDER BY start_ms"
        ))?
        .query_map(
            params![gap.session_id, gap.axis.name(), gap.attachment],
            |row| {
                let at = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
                Ok(Interval {
                    start: at(row.get(0)?),
                    end: at(row.get(1)?),
                })
            },
        )?
        .collect::<Result<_, _>>()?;
    // Less than a millisecond is not kept.
    let open = gap
        .interval
        .without(&known)
        .into_iter()
        .filter(|open| open.end - open.start >= TimeDelta::milliseconds(1));
    Ok(open
        .map(|interval| Missing {
            interval,
            ..gap.clone()
        })
        .collect())
}
