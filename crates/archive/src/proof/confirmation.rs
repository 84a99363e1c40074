//! How far Zoom's report can be trusted: what is confirmed, and where readings differed.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::dates::{Interval, SURE_DAYS};

use super::{days::midnight, state::State};
use crate::{archive::Archive, derived, error::Result, model::ArchiveSettings, sql::Sql};

/// How much of an archive is confirmed, and how often readings differed.
///
/// An instant is confirmed once it was read a week later or more: either on one page, or twice with two readings
/// that agree.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Confirmation {
    /// The part of a sync's requests for reading days a second time; 0 for never.
    pub scrub: f64,
    /// The confirmed part of everything that was read, from 0 to 1, by sessions and time; 1 if nothing was read.
    pub share: f64,
    /// The instant before which everything that was read and that Zoom still has is confirmed, for each session; null
    /// before anything was read.
    pub through: Option<DateTime<Utc>>,
    /// Sessions in which something older than a week is not confirmed.
    pub sessions_open: u64,
    /// Messages that first came after a reading that should have held them: later than 48 hours after sending, or
    /// missed because another one vanished meanwhile.
    pub late: u64,
    /// Messages that Zoom no longer returns although no deletion is listed.
    pub vanished: u64,
}

/// A difference between two readings of the same instant.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Difference {
    /// The kind of difference.
    pub what: DifferenceKind,
    /// The session.
    pub session_id: String,
    /// The message.
    pub message_id: String,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// The run that saw the difference.
    pub run: i64,
    /// When that run began, by this machine's clock.
    pub run_started_at: String,
}

/// How a reading differs from an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It holds a message that the earlier one should have held.
    Late,
    /// It lacks a message of the earlier one, and no deletion is listed.
    Vanished,
    /// It holds a message again that a reading in between lacked.
    Returned,
}

/// The instant from which Zoom surely answers on this day and for some time after. A reading proves only what is a
/// day later.
pub(crate) fn surely_there(today: NaiveDate) -> DateTime<Utc> {
    let days = Days::new(SURE_DAYS - 2);
    midnight(today.checked_sub_days(days).unwrap_or(today))
}

pub(crate) fn of(
    db: &Connection,
    state: &State,
    settings: &ArchiveSettings,
) -> Result<Confirmation> {
    let always = Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let (mut read, mut open) = (TimeDelta::zero(), TimeDelta::zero());
    let (mut through, mut sessions_open) = (None, 0);
    let reach = state.date.map_or(always.start, surely_there);
    let week_ago = state.span().map(|span| span.end - super::SURELY_VISIBLE);
    let length = |intervals: &[Interval]| -> TimeDelta {
        intervals.iter().map(|one| one.end - one.start).sum()
    };
    for session in state.sessions.values() {
        let proven = session.sent();
        let unconfirmed = session.unconfirmed(always);
        read += length(&proven);
        open += length(&unconfirmed);
        let first = unconfirmed.iter().find(|one| one.end > reach);
        let first = first.map(|one| one.start.max(reach));
        let first = first.or(proven.last().map(|last| last.end));
        through = through.into_iter().chain(first).min();
        sessions_open += u64::from(unconfirmed.iter().any(|one| Some(one.start) < week_ago));
    }
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    let share = match read.num_seconds() {
        0 => 1.0,
        read => 1.0 - open.num_seconds() as f64 / read as f64,
    };
    let (late, vanished) = derived::differences(db)?;
    Ok(Confirmation {
        scrub: settings.scrub,
        share,
        through,
        sessions_open,
        late,
        vanished,
    })
}

impl Archive {
    /// The differences between readings of the same instant, oldest run first. A deleted message is no difference.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn differences(&self) -> Result<Vec<Difference>> {
        let sql = "SELECT d.what, s.id, m.message_id, m.sent_ms, d.run, r.started_at
             FROM differences d JOIN entry_columns e ON e.id = d.entry
             JOIN message_columns m ON m.no = e.message JOIN sessions s ON s.no = e.session
             JOIN runs r ON r.id = d.run
             WHERE d.what = 'late' OR m.deleted_entry IS NULL
             ORDER BY d.run, s.no, m.sent_ms, d.what";
        self.db.all(sql, [], |row| {
            let what: String = row.get(0)?;
            let sent_ms: Option<i64> = row.get(3)?;
            Ok(Difference {
                what: match what.as_str() {
                    "late" => DifferenceKind::Late,
                    "vanished" => DifferenceKind::Vanished,
                    _ => DifferenceKind::Returned,
                },
                session_id: row.get(1)?,
                message_id: row.get(2)?,
                sent_at: sent_ms.and_then(DateTime::from_timestamp_millis),
                run: row.get(4)?,
                run_started_at: row.get(5)?,
            })
        })
    }
}
