//! What is missing: derived from what is proven.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use zoom_chat_reports::dates::Interval;

use super::{GapAxis, GapClass};
use crate::{
    error::Result,
    known::{Knowledge, KnownSession},
};

/// From so many days back on Zoom surely answers.
const SURE_DAYS: i64 = 177;

/// A stretch that is missing.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) session_id: Option<String>,
    pub(crate) axis: GapAxis,
    /// The row of the file, where one is missing.
    pub(crate) attachment: Option<i64>,
    pub(crate) interval: Interval,
    pub(crate) class: GapClass,
    pub(crate) failure: Option<i64>,
}

/// What the ledger does not prove of the sessions that were listed.
pub(crate) fn missing(
    db: &Connection,
    knowledge: &Knowledge,
    now: DateTime<Utc>,
) -> Result<Vec<Missing>> {
    let floor = now - TimeDelta::days(SURE_DAYS);
    let mut missing = Vec::new();
    let mut select = db.prepare(
        "SELECT s.id, s.required_from,
           (SELECT max(r.complete_through) FROM runs r WHERE r.id <= s.last_listed_run)
         FROM sessions s WHERE s.required_from IS NOT NULL AND s.last_listed_run IS NOT NULL
         ORDER BY s.no",
    )?;
    let mut rows = select.query([])?;
    let nothing = KnownSession::default();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let (from, through): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
        let Some(through) = through.and_then(DateTime::from_timestamp_millis) else {
            continue;
        };
        let from = DateTime::from_timestamp_millis(from).unwrap_or(through);
        let session = knowledge.sessions.get(&id).unwrap_or(&nothing);
        let mut name = |axis, interval: Interval| -> Result<()> {
            let (failure, class) = match explain(db, &id, axis)? {
                Some((failure, class)) => (Some(failure), class),
                None => (None, GapClass::Transient),
            };
            let class = if interval.end <= floor {
                GapClass::Gone
            } else {
                class
            };
            missing.push(Missing {
                session_id: Some(id.clone()),
                axis,
                attachment: None,
                interval,
                class,
                failure,
            });
            Ok(())
        };
        let required = Interval {
            start: from,
            end: through,
        };
        for open in required.without(&session.sent()) {
            name(GapAxis::Sent, open)?;
        }
        if let Some(from) = session.modified_from().filter(|from| *from < through) {
            let required = Interval {
                start: from,
                end: through,
            };
            for open in required.without(&session.modified()) {
                name(GapAxis::Modified, open)?;
            }
        }
    }
    Ok(missing)
}

/// Whether somebody has accepted a gap of this session on this axis.
pub(crate) fn is_accepted(
    db: &Connection,
    session_id: Option<&str>,
    axis: GapAxis,
) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM gaps WHERE session_id IS ?1 AND axis = ?2
               AND state = 'accepted')",
        )?
        .query_row(params![session_id, axis.name()], |row| row.get(0))?)
}

/// The last failure of a session on an axis.
fn explain(db: &Connection, session_id: &str, axis: GapAxis) -> Result<Option<(i64, GapClass)>> {
    Ok(db
        .prepare_cached(
            "SELECT id, class FROM failures WHERE session_id = ?1 AND axis = ?2 ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![session_id, axis.name()], |row| {
            Ok((row.get(0)?, GapClass::parse(row.get_ref(1)?.as_str()?)))
        })
        .optional()?)
}

/// Files that could not be fetched: each can be accepted by name. Those not tried yet are left to a later run.
pub(crate) fn files_to_accept(db: &Connection) -> Result<Vec<Missing>> {
    let mut select = db.prepare(
        "SELECT a.id, s.id, e.sent_ms, f.class, a.failure
         FROM attachments a JOIN visible_entries e ON e.id = a.entry JOIN sessions s ON s.no = e.session
         LEFT JOIN failures f ON f.id = a.failure
         WHERE a.state IN ('failed', 'gone') ORDER BY a.id",
    )?;
    let rows = select.query_map([], |row| {
        let start = DateTime::from_timestamp_millis(row.get(2)?).unwrap_or_default();
        let class: Option<String> = row.get(3)?;
        Ok(Missing {
            session_id: row.get(1)?,
            axis: GapAxis::Attachment,
            attachment: row.get(0)?,
            interval: Interval {
                start,
                end: start + TimeDelta::milliseconds(1),
            },
            class: class.map_or(GapClass::Transient, |class| GapClass::parse(&class)),
            failure: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
