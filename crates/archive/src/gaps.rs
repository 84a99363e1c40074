//! What is missing: derived from the ledger, kept by name, accepted by name.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{ErrorKind as ZoomKind, Interval};

use crate::{
    Archive,
    error::{Error, ErrorKind, Result},
    known::{Knowledge, without},
    ledger::{self, Accepted},
    sync::ZoomProblem,
};

/// From so many days back on Zoom surely answers.
const SURE_DAYS: i64 = 177;

/// What can be hoped for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapClass {
    /// A later run may bring it.
    Transient,
    /// Zoom refuses it.
    Refused,
    /// It lies beyond what Zoom keeps: gone for ever.
    Gone,
}

impl GapClass {
    pub(crate) fn of(kind: ZoomKind) -> Self {
        match kind {
            ZoomKind::OutOfReach => Self::Gone,
            ZoomKind::NotFound | ZoomKind::Refused | ZoomKind::Scopes | ZoomKind::PaidPlan => {
                Self::Refused
            }
            _ => Self::Transient,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Refused => "refused",
            Self::Gone => "gone",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "refused" => Self::Refused,
            "gone" => Self::Gone,
            _ => Self::Transient,
        }
    }
}

/// Whether a gap still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapState {
    /// Missing.
    Open,
    /// Missing, and accepted by name; listed for ever.
    Accepted,
}

/// By which time something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapAxis {
    /// Messages by the time they were sent.
    Sent,
    /// Edits and deletions by their own time.
    Modified,
    /// The list of sessions.
    List,
}

impl GapAxis {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Modified => "modified",
            Self::List => "list",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "modified" => Self::Modified,
            "list" => Self::List,
            _ => Self::Sent,
        }
    }
}

/// How and by whom a gap was accepted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// By whom.
    pub operator: String,
    /// When.
    pub at: String,
}

/// Something that is missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GapReport {
    /// Its name, for `accept`.
    pub id: i64,
    /// The session; null for the list of sessions.
    pub session_id: Option<String>,
    /// By which time.
    pub axis: GapAxis,
    /// The first instant that is missing.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
    /// What can be hoped for.
    pub class: GapClass,
    /// Whether it still counts.
    pub state: GapState,
    /// The run in which it was first seen.
    pub first_run: i64,
    /// The last failure that explains it.
    pub failure: Option<ZoomProblem>,
    /// How it was accepted.
    pub acceptance: Option<Acceptance>,
}

impl Archive {
    /// All gaps: open ones and accepted ones.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn gaps(&self) -> Result<Vec<GapReport>> {
        list(&self.db, i64::MAX)
    }

    /// Accepts a gap by name: it is listed for ever, and no longer makes a run incomplete.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when there is no such open gap, or no reason is given.
    pub fn accept_gap(&mut self, id: i64, reason: &str, operator: &str) -> Result<GapReport> {
        self.check_writable()?;
        if reason.trim().is_empty() {
            return Err(
                Error::new(ErrorKind::InvalidInput, "a gap is accepted for a reason")
                    .hint_text("say why with --reason"),
            );
        }
        let tx = self.db.transaction()?;
        let gap = find(&tx, id)?
            .filter(|gap| gap.state == GapState::Open)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("there is no open gap {id}"),
                )
                .hint_text("`gaps` lists them")
            })?;
        let at = Utc::now();
        ledger::append(
            &tx,
            &Accepted {
                kind: "accepted",
                gap: id,
                session_id: gap.session_id.as_deref(),
                axis: gap.axis.name(),
                start_ms: gap.start.timestamp_millis(),
                end_ms: gap.end.timestamp_millis(),
                reason,
                operator,
                at,
            },
        )?;
        tx.execute(
            "UPDATE gaps SET state = 'accepted', reason = ?2, operator = ?3, accepted_at = ?4 WHERE id = ?1",
            params![id, reason, operator, at.to_rfc3339()],
        )?;
        let gap = find(&tx, id)?;
        tx.commit()?;
        self.checkpoint()?;
        gap.ok_or_else(|| Error::new(ErrorKind::Damaged, "the gap is gone"))
    }
}

const SELECT: &str = "SELECT g.id, g.session_id, g.axis, g.start_ms, g.end_ms, g.class, g.state, g.first_run,
   g.reason, g.operator, g.accepted_at, f.text, f.hint, f.status, f.zoom_code, f.tracking_id, f.attempts
   FROM gaps g LEFT JOIN failures f ON f.id = g.failure";

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

fn find(db: &Connection, id: i64) -> Result<Option<GapReport>> {
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

/// A stretch that is missing.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) session_id: Option<String>,
    pub(crate) axis: GapAxis,
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
    let nothing = crate::known::KnownSession::default();
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
        for open in without(required, &session.sent()) {
            name(GapAxis::Sent, open)?;
        }
        if let Some(from) = session.modified_from().filter(|from| *from < through) {
            let required = Interval {
                start: from,
                end: through,
            };
            for open in without(required, &session.modified()) {
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

/// Brings the table of gaps up to date: known ones keep their names, healed ones are closed.
pub(crate) fn reconcile(db: &Connection, run: i64, missing: &[Missing]) -> Result<()> {
    for gap in missing
        .iter()
        .flat_map(|gap| match unaccepted(db, run, gap) {
            Ok(gaps) => gaps.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    {
        let gap = gap?;
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
                   AND state = 'open' AND start_ms <= ?4 AND end_ms >= ?3 ORDER BY id LIMIT 1)",
            )?
            .execute(params![
                session,
                gap.axis.name(),
                start,
                end,
                gap.class.name(),
                run,
                gap.failure
            ])?;
        if known == 0 {
            db.prepare_cached(
                "INSERT INTO gaps (session_id, axis, start_ms, end_ms, class, first_run, last_run,
                   failure, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, 'open')",
            )?
            .execute(params![
                session,
                gap.axis.name(),
                start,
                end,
                gap.class.name(),
                run,
                gap.failure
            ])?;
        }
    }
    db.execute(
        "UPDATE gaps SET state = 'healed' WHERE state = 'open' AND last_run < ?1",
        [run],
    )?;
    Ok(())
}

/// What of a gap nobody has accepted.
fn unaccepted(db: &Connection, run: i64, gap: &Missing) -> Result<Vec<Missing>> {
    let accepted: Vec<(i64, Interval)> = db
        .prepare_cached(
            "SELECT id, start_ms, end_ms FROM gaps WHERE session_id IS ?1 AND axis = ?2
             AND state = 'accepted' ORDER BY start_ms",
        )?
        .query_map(params![gap.session_id, gap.axis.name()], |row| {
            let at = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
            let interval = Interval {
                start: at(row.get(1)?),
                end: at(row.get(2)?),
            };
            Ok((row.get(0)?, interval))
        })?
        .collect::<Result<_, _>>()?;
    for (id, interval) in &accepted {
        if interval.start < gap.interval.end && gap.interval.start < interval.end {
            db.prepare_cached("UPDATE gaps SET last_run = ?2 WHERE id = ?1")?
                .execute([*id, run])?;
        }
    }
    let accepted: Vec<Interval> = accepted.into_iter().map(|(_, interval)| interval).collect();
    // Less than a millisecond is not kept.
    let open = without(gap.interval, &accepted)
        .into_iter()
        .filter(|open| open.end - open.start >= TimeDelta::milliseconds(1));
    Ok(open
        .map(|interval| Missing {
            interval,
            ..gap.clone()
        })
        .collect())
}
