//! The verdict: whether an archive holds what its settings require, in one sentence.

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::dates::Interval;

use super::{
    days::midnight,
    gap::{GapReport, Gaps},
    missing,
    state::State,
};
use crate::{
    archive::Archive,
    error::Result,
    model::{ArchiveSettings, GapAxis, GapClass},
    sql::Sql,
    text::counted,
};

/// Whether an archive holds what its settings require.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// No sync has read the list of sessions to its end.
    NothingYet,
    /// It holds everything that can be proven by now.
    Complete,
    /// It holds everything, except accepted gaps.
    CompleteExceptAccepted,
    /// Something is missing that was not accepted.
    Incomplete,
}

/// The files that messages name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FileCounts {
    /// Stored files.
    pub stored: u64,
    /// Files not fetched yet, or refused, and not accepted.
    pub missing: u64,
    /// Files not fetched, and accepted as missing.
    pub accepted: u64,
    /// Files gone at Zoom, which said so in three runs on three days. They change no verdict.
    pub gone: u64,
}

/// Whether an archive holds what its settings require, and for which instants.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Standing {
    /// The verdict in one word.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub text: String,
    /// The instant from which all messages of all listed sessions are here, except in the gaps; null before a
    /// sync has read the list to its end.
    pub complete_from: Option<DateTime<Utc>>,
    /// The instant up to which they are here. Newer messages came too, but others may follow.
    pub complete_through: Option<DateTime<Utc>>,
    /// Gaps that were not accepted, without files that are gone.
    pub open_gaps: u64,
    /// How many of them the next sync can fetch.
    pub healable_gaps: u64,
    /// Gaps that were accepted.
    pub accepted_gaps: u64,
    /// The files that messages name; all zero if the settings exclude attachments.
    pub files: FileCounts,
}

impl Standing {
    /// Whether nothing is missing except accepted gaps.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Complete | Verdict::CompleteExceptAccepted
        )
    }
}

/// The gaps in what the settings require, and the verdict.
pub(crate) fn assess(
    db: &Connection,
    state: &State,
    settings: &ArchiveSettings,
) -> Result<(Gaps, Standing)> {
    let gaps = missing::gaps(db, state, settings)?;
    let standing = of(db, state, settings, &gaps)?;
    Ok((gaps, standing))
}

fn of(db: &Connection, state: &State, settings: &ArchiveSettings, gaps: &Gaps) -> Result<Standing> {
    let span = state.span().map(|span| {
        let start = settings.start.map(midnight);
        let start = start.filter(|start| *start > span.start);
        Interval::new(start.unwrap_or(span.start), span.end)
    });
    let files = match settings.attachments {
        true => files(db, gaps)?,
        false => FileCounts::default(),
    };
    let open: Vec<&GapReport> = gaps.0.iter().filter(|gap| gap.counts()).collect();
    let accepted_gaps = gaps.count_accepted();
    let verdict = match span {
        None => Verdict::NothingYet,
        Some(_) if !open.is_empty() || files.missing > 0 => Verdict::Incomplete,
        Some(_) if accepted_gaps > 0 => Verdict::CompleteExceptAccepted,
        Some(_) => Verdict::Complete,
    };
    let days = span.map(days).unwrap_or_default();
    let text = match verdict {
        Verdict::NothingYet => {
            "NOTHING YET: no sync has read the list of sessions to its end".to_owned()
        }
        Verdict::Complete => format!("COMPLETE {days}"),
        Verdict::CompleteExceptAccepted => {
            let accepted = counted(accepted_gaps, "accepted gap", "accepted gaps");
            format!("COMPLETE {days}, except {accepted}")
        }
        Verdict::Incomplete => incomplete(&open, files),
    };
    Ok(Standing {
        verdict,
        text,
        complete_from: span.map(|span| span.start),
        complete_through: span.map(|span| span.end),
        open_gaps: open.len() as u64,
        healable_gaps: open.iter().filter(|gap| gap.is_healable()).count() as u64,
        accepted_gaps,
        files,
    })
}

fn files(db: &Connection, gaps: &Gaps) -> Result<FileCounts> {
    let sql = "SELECT count(DISTINCT COALESCE(file_id, id)) FILTER (WHERE state = 'stored'),
           count(DISTINCT COALESCE(file_id, id)) FILTER (WHERE state = 'pending')
         FROM attachments";
    let (stored, pending): (u64, u64) = db.one(sql, [], |row| row.try_into())?;
    let mut counts = FileCounts {
        stored,
        missing: pending,
        ..FileCounts::default()
    };
    for gap in gaps.0.iter().filter(|gap| gap.axis == GapAxis::Attachment) {
        if !gap.is_open() {
            counts.accepted += 1;
        } else if gap.class == GapClass::Gone {
            counts.gone += 1;
        } else {
            counts.missing += 1;
        }
    }
    Ok(counts)
}

/// Says what is missing, and whether the next sync can fetch it.
fn incomplete(open: &[&GapReport], files: FileCounts) -> String {
    let stretches = open.iter().filter(|gap| gap.axis != GapAxis::Attachment);
    let (of_sessions, of_account): (Vec<&GapReport>, Vec<&GapReport>) =
        stretches.partition(|gap| gap.session_id.is_some());
    let sessions: BTreeSet<_> = of_sessions.iter().map(|gap| &gap.session_id).collect();
    let count = |number: usize| counted(number as u64, "stretch", "stretches");
    let mut parts = Vec::new();
    if !of_account.is_empty() {
        parts.push(format!("{} of the whole account", count(of_account.len())));
    }
    if !of_sessions.is_empty() {
        let sessions = counted(sessions.len() as u64, "session", "sessions");
        parts.push(format!("{} of {sessions}", count(of_sessions.len())));
    }
    if files.missing > 0 {
        parts.push(counted(files.missing, "file", "files"));
    }
    let hopeless = open.iter().filter(|gap| !gap.is_healable()).count();
    let all = (of_sessions.len() + of_account.len()) as u64 + files.missing;
    let healable = all.saturating_sub(hopeless as u64);
    let hope = match healable {
        0 if all == 1 => "as things are, no later sync can fetch it".to_owned(),
        0 => "as things are, no later sync can fetch them".to_owned(),
        _ if healable == all => match all {
            1 => "the next sync can fetch it".to_owned(),
            _ => "the next sync can fetch them".to_owned(),
        },
        _ => format!("the next sync can fetch {healable} of them"),
    };
    format!("INCOMPLETE: {} missing; {hope}", parts.join(" and "))
}

/// The whole days of an interval, in words; its instants if it holds no whole day.
fn days(interval: Interval) -> String {
    let first = interval.start.date_naive();
    let first = match interval.start == midnight(first) {
        true => first,
        false => first + Days::new(1),
    };
    let last = interval.end.date_naive() - Days::new(1);
    if first > last {
        let instant = |at: DateTime<Utc>| at.format("%-d %B %Y %H:%M UTC").to_string();
        let (start, end) = (instant(interval.start), instant(interval.end));
        return format!("from {start} to {end}");
    }
    let mut text = format!("from {}", first.format("%-d %B"));
    if first.year() != last.year() {
        // Writing to a string does not fail.
        let _ = write!(text, " {}", first.year());
    }
    format!("{text} to {}", last.format("%-d %B %Y"))
}

/// A question: which sessions and times a caller needs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Question {
    /// The sessions; `None` for all.
    pub session_ids: Option<Vec<String>>,
    /// The first instant; `None` for the first that the archive covers.
    pub from: Option<DateTime<Utc>>,
    /// The first instant after it; `None` for the end of what the archive proves.
    pub before: Option<DateTime<Utc>>,
}

impl Archive {
    /// Whether the archive holds what its settings require.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn standing(&self) -> Result<Standing> {
        let state = missing::read(&self.db, &self.settings)?;
        Ok(assess(&self.db, &state, &self.settings)?.1)
    }

    /// The parts of a question that the archive cannot prove and that were not accepted: its open gaps, and times
    /// before or after everything that it covers. Ignores attachments.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn unproven(&self, question: &Question) -> Result<Vec<GapReport>> {
        let state = missing::read(&self.db, &self.settings)?;
        let asked = Interval::new(
            question.from.unwrap_or(DateTime::<Utc>::MIN_UTC),
            question.before.unwrap_or(DateTime::<Utc>::MAX_UTC),
        );
        let because = |interval, class, reason: &str| {
            let mut gap = GapReport::new(None, GapAxis::List, interval, class).named();
            gap.reason = Some(reason.to_owned());
            gap
        };
        let Some(span) = state.span() else {
            let now = Utc::now();
            let interval = Interval::new(question.from.unwrap_or(now), asked.end.min(now));
            let reason = "no sync of this archive came to its end yet";
            return Ok(vec![because(interval, GapClass::Transient, reason)]);
        };
        let mut unproven = Vec::new();
        // Without a beginning the question begins where the archive does, unless it ends before that: then its last day counts.
        let is_before = asked.end <= span.start;
        let start = match question.from {
            None if is_before => asked
                .end
                .checked_sub_days(Days::new(1))
                .unwrap_or(asked.start),
            _ => asked.start,
        };
        let before = Interval::new(start, span.start.min(asked.end));
        if (question.from.is_some() || is_before) && !before.is_empty() {
            let reason = "before what the archive covers";
            unproven.push(because(before, GapClass::Gone, reason));
        }
        let gaps = missing::gaps(&self.db, &state, &self.settings)?
            .0
            .into_iter();
        unproven.extend(gaps.filter(|gap| {
            let is_asked = match &gap.session_id {
                Some(id) => match &question.session_ids {
                    Some(asked) => asked.contains(id),
                    None => true,
                },
                None => true,
            };
            let is_stretch = gap.axis != GapAxis::Attachment;
            is_asked
                && is_stretch
                && gap.is_open()
                && !gap.interval().intersection(asked).is_empty()
        }));
        // Without an end the question ends where the proof ends, unless it begins after that.
        let end = match question.before {
            Some(_) => asked.end,
            None if asked.start > span.end => asked.start + TimeDelta::days(1),
            None => span.end,
        };
        let after = Interval::new(span.end.max(asked.start), end);
        if !after.is_empty() {
            let reason = "after what the last sync could prove";
            unproven.push(because(after, GapClass::Transient, reason));
        }
        Ok(unproven)
    }
}

#[cfg(test)]
mod tests {
    use super::days;
    use zoom_chat_reports::dates::Interval;

    #[test]
    fn days_are_named_that_are_whole() {
        let of = |start: &str, end: &str| {
            let at = |text: &str| text.parse().expect("an instant");
            days(Interval::new(at(start), at(end)))
        };
        assert_eq!(
            of("2026-05-19T12:00:00Z", "2026-11-18T12:00:00Z"),
            "from 20 May to 17 November 2026"
        );
        assert_eq!(
            of("2026-12-01T00:00:00Z", "2027-01-02T00:00:00Z"),
            "from 1 December 2026 to 1 January 2027"
        );
        assert_eq!(
            of("2026-12-01T06:00:00Z", "2026-12-01T18:00:00Z"),
            "from 1 December 2026 06:00 UTC to 1 December 2026 18:00 UTC"
        );
    }
}
