//! Gaps: everything that the settings require and the ledger does not prove.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use zoom_chat_reports::{Axis, DateRange, dates::Interval};

use super::{
    days::{midnight, on_axis},
    gap::{GapReport, Gaps},
    listed::{List, Listed},
    session::SessionProof,
    state::State,
};
use crate::{
    error::Result,
    model::{ArchiveSettings, GapAxis, GapClass},
    sql::Sql,
};

/// The largest distance between Zoom's floor and the start of a list that was asked for from the floor on.
const AT_FLOOR: TimeDelta = TimeDelta::days(4);

/// Everything that is missing of what the settings require, accepted or not, oldest first within each session.
pub(crate) fn gaps(db: &Connection, state: &State, settings: &ArchiveSettings) -> Result<Gaps> {
    let mut gaps = stretches(state, settings);
    if settings.attachments {
        gaps.extend(files(db)?);
    }
    Ok(Gaps(
        gaps.iter().flat_map(|gap| state.divided(gap)).collect(),
    ))
}

/// The state of an archive, by its settings.
pub(crate) fn read(db: &Connection, settings: &ArchiveSettings) -> Result<State> {
    State::read(db, &on_axis(&settings.options, Axis::Sent))
}

impl State {
    /// The latest end of what Zoom no longer has: its floor only rises.
    fn floor(&self) -> DateTime<Utc> {
        let sure = self.sure_from();
        // A list that was read from Zoom's floor on has shown the floor.
        let shown = |list: &List| {
            let whole = DateRange::last_six_months(list.date?).start();
            (list.read_from - whole < AT_FLOOR).then_some(list.read_from)
        };
        match self.lists.last() {
            Some(last) if last.date == self.date && shown(last).is_some() => last.read_from,
            _ => self
                .lists
                .iter()
                .filter_map(shown)
                .max()
                .map_or(sure, |shown| shown.max(sure)),
        }
    }

    fn gap(&self, session_id: Option<&str>, axis: GapAxis, interval: Interval) -> GapReport {
        let failures = self
            .failures
            .get(&(session_id.map(str::to_owned), axis))
            .filter(|failures| failures.asked.iter().any(|asked| meets(*asked, interval)));
        let class = match failures {
            _ if interval.end <= self.floor() => GapClass::Gone,
            Some(failures) => failures.class,
            None => GapClass::Transient,
        };
        let mut gap = GapReport::new(session_id, axis, interval, class);
        gap.failure = failures.map(|failures| failures.last.clone());
        gap
    }
}

fn meets(one: Interval, other: Interval) -> bool {
    !one.intersection(other).is_empty()
}

/// Stretches of time that are not proven.
fn stretches(state: &State, settings: &ArchiveSettings) -> Vec<GapReport> {
    let Some(span) = state.span() else {
        return Vec::new();
    };
    let mut gaps = Vec::new();
    let start = settings.start.map(midnight);
    if let Some(start) = start.filter(|start| *start < span.start) {
        let mut gap = state.gap(None, GapAxis::Sent, Interval::new(start, span.start));
        let reason = match gap.class {
            GapClass::Gone => "Zoom no longer had it when the archive began",
            _ => "no sync has read it yet",
        };
        gap.reason = Some(reason.to_owned());
        gaps.push(gap);
    }
    let due = Interval::new(
        start.map_or(span.start, |start| start.max(span.start)),
        span.end,
    );
    // A time that no list covers is missing for all sessions, and named once.
    let covered = state.covered_by_lists();
    for interval in due.without(&covered) {
        let mut gap = state.gap(None, GapAxis::List, interval);
        gap.reason = Some("no whole list of sessions covers it".to_owned());
        gaps.push(gap);
    }
    for doubt in &state.doubts {
        let mut gap = state.gap(None, GapAxis::Sent, doubt.interval);
        gap.reason = Some(doubt.reason.clone());
        gaps.push(gap);
    }
    let nothing = SessionProof::default();
    for session in &state.listed {
        let known = state.sessions.get(&session.id).unwrap_or(&nothing);
        of_session(state, session, known, due, &covered, &mut gaps);
    }
    for (session, day) in &state.pending {
        let interval = Interval::new(midnight(*day), midnight(*day) + TimeDelta::days(1));
        let mut gap = state.gap(Some(session), GapAxis::Modified, interval);
        gap.reason = Some("messages of this day changed, and are to be read again".to_owned());
        gaps.push(gap);
    }
    gaps.retain(|gap| gap.end - gap.start >= TimeDelta::milliseconds(1));
    gaps.into_iter().map(GapReport::named).collect()
}

fn of_session(
    state: &State,
    session: &Listed,
    known: &SessionProof,
    due: Interval,
    covered: &[Interval],
    gaps: &mut Vec<GapReport>,
) {
    let (Some(from), Some(through)) = (
        state.required_from(session),
        state.required_through(session),
    ) else {
        return;
    };
    let required = Interval::new(from, through).intersection(due);
    let mut name = |axis, required: Interval, known: &[Interval]| {
        let required = covered.iter().map(|covered| covered.intersection(required));
        let open = required.flat_map(|required| required.without(known));
        gaps.extend(open.map(|open| state.gap(Some(&session.id), axis, open)));
    };
    name(GapAxis::Sent, required, &known.sent());
    if let Some(from) = known.modified_from() {
        let required = Interval::new(from.max(required.start), through);
        name(GapAxis::Modified, required, &known.modified());
    }
}

/// Files that were requested and are not stored, each once however many messages name it. Files that were not requested
/// yet are only counted.
fn files(db: &Connection) -> Result<Vec<GapReport>> {
    let sql = "SELECT s.id, e.sent_ms, a.file_id, a.place, a.state, a.class, a.failure, a.lost, min(a.id)
         FROM attachments a JOIN entry_columns e ON e.id = a.entry JOIN sessions s ON s.no = e.session
         WHERE a.state IN ('failed', 'gone') GROUP BY COALESCE(a.file_id, a.id) ORDER BY min(a.id)";
    db.all(sql, [], |row| {
        let start = DateTime::from_timestamp_millis(row.get(1)?).unwrap_or_default();
        let interval = Interval::new(start, start + TimeDelta::milliseconds(1));
        let (state, class): (String, Option<String>) = (row.get(4)?, row.get(5)?);
        let class = match class.as_deref().and_then(crate::text::named) {
            _ if state == "gone" => GapClass::Gone,
            // "Not there" once or twice may be an error of Zoom.
            Some(GapClass::Gone) | None => GapClass::Transient,
            Some(class) => class,
        };
        let session: String = row.get(0)?;
        let mut gap = GapReport::new(Some(&session), GapAxis::Attachment, interval, class);
        gap.file_id = row.get(2)?;
        let place: i64 = row.get(3)?;
        gap.file_place = gap.file_id.is_none().then_some(place);
        if row.get(7)? {
            gap.reason = Some("it was stored, and is lost".to_owned());
        }
        let failure: Option<String> = row.get(6)?;
        gap.failure = failure.and_then(|json| serde_json::from_str(&json).ok());
        Ok(gap.named())
    })
}
