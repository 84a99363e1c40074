//! What the ledger proves, and what therefore is to be asked.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rusqlite::Connection;
use zoom_chat_reports::{AnsweredWindow, Axis, Coverage, Interval, Options, SETTLED_AFTER, proven};

use crate::{error::Result, ledger::Answered};

/// Windows of a session that are kept apart before they are drawn together.
const APART: usize = 16;
/// A window that begins at Zoom's floor begins at most so long after what was asked for.
const HEAD_DAYS: u64 = 12;
/// Local midnight lies at most so long before 00:00Z.
const EARLIEST_MIDNIGHT: TimeDelta = TimeDelta::hours(14);
/// Local midnight lies at most so long after 00:00Z.
const LATEST_MIDNIGHT: TimeDelta = TimeDelta::hours(12);

/// What is proven of one session.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownSession {
    sent: Vec<AnsweredWindow>,
    modified: Vec<AnsweredWindow>,
    /// When the oldest of its sent windows was read: up to then all changes of their messages are known.
    upto: Option<DateTime<Utc>>,
    /// The run that read the first of them.
    first_run: Option<i64>,
    /// The first instant asked for and the first proven, where Zoom's floor lies between them.
    head: Option<Interval>,
}

impl KnownSession {
    /// The instants whose sent messages are all here.
    pub(crate) fn sent(&self) -> Vec<Interval> {
        proven(&self.sent)
    }

    /// The instants whose changes are all here.
    pub(crate) fn modified(&self) -> Vec<Interval> {
        let mut windows = self.modified.clone();
        windows.extend(self.upto.map(credit));
        proven(&windows)
    }

    /// From here on changes have to be asked for.
    pub(crate) fn modified_from(&self) -> Option<DateTime<Utc>> {
        Some(self.upto? - SETTLED_AFTER)
    }

    /// The first instant whose changes are not known.
    pub(crate) fn modified_open_from(&self) -> Option<DateTime<Utc>> {
        let from = self.modified_from()?;
        let known = self.modified();
        Some(
            known
                .iter()
                .find(|known| known.start <= from && from <= known.end)
                .map_or(from, |known| known.end),
        )
    }

    /// The instants that need not be asked for: those proven, and those before them that Zoom
    /// could not be shown to answer and will not be either from now on.
    fn asked(&self) -> Vec<AnsweredWindow> {
        let head_of = |interval: &Interval| {
            self.head
                .filter(|head| interval.start <= head.end && head.end <= interval.end)
        };
        self.sent()
            .into_iter()
            .map(|interval| match head_of(&interval) {
                Some(head) => standing_for(Interval {
                    start: head.start.min(interval.start),
                    end: interval.end,
                }),
                None => standing_for(interval),
            })
            .collect()
    }

    fn note_head(&mut self, row: &Answered) {
        let head = Interval {
            start: row.answered.kept.start,
            end: row.answered.start(),
        };
        let is_first_window = row.asked.from <= head.start.date_naive() + Days::new(HEAD_DAYS);
        let is_earlier = self.head.is_none_or(|known| head.end <= known.end);
        if is_first_window && head.start < head.end && is_earlier {
            self.head = Some(head);
        }
    }

    /// Whether all its windows of messages were read by this run.
    pub(crate) fn is_read_by(&self, run: i64) -> bool {
        self.first_run == Some(run)
    }
}

/// What is proven of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    pub(crate) sessions: HashMap<String, KnownSession>,
}

impl Knowledge {
    /// Reads the ledger; only what answers these options counts.
    pub(crate) fn read(db: &Connection, options: &Options) -> Result<Self> {
        let mut this = Self::default();
        let mut select = db.prepare(
            "SELECT body FROM ledger WHERE body LIKE '{\"kind\":\"window\"%' ORDER BY no",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str().unwrap_or_default();
            if let Ok(answered) = serde_json::from_str::<Answered>(body) {
                this.add(&answered, options);
            }
        }
        Ok(this)
    }

    fn add(&mut self, row: &Answered, options: &Options) {
        let question = |axis| on(options, axis);
        let axis = row.options.axis;
        if !row.options.answers(&question(axis)) {
            return;
        }
        let session = self.sessions.entry(row.session_id.clone()).or_default();
        if !row.settled {
            return;
        }
        let windows = match axis {
            Axis::Sent => {
                let as_of = row.answered.as_of;
                session.upto = Some(session.upto.map_or(as_of, |upto| upto.min(as_of)));
                session.first_run.get_or_insert(row.run);
                session.note_head(row);
                &mut session.sent
            }
            Axis::Modified => &mut session.modified,
        };
        windows.push(row.answered.clone());
        if windows.len() > APART {
            *windows = proven(windows).into_iter().map(standing_for).collect();
        }
    }

    /// The sent axis for a harvest; what was sent from `reread` on counts as not read.
    pub(crate) fn sent_coverage(&self, options: &Options, reread: Option<NaiveDate>) -> Coverage {
        let options = on(options, Axis::Sent);
        let mut coverage = Coverage::default();
        for (id, session) in sorted(&self.sessions) {
            for mut window in session.asked() {
                if let Some(day) = reread {
                    let reread = day.and_time(chrono::NaiveTime::MIN).and_utc();
                    window.kept.end = window.kept.end.min(reread);
                }
                coverage.insert(id, window, &options);
            }
        }
        coverage
    }

    /// The modified axis for a harvest: what was asked for, and what reading by the time sent has shown.
    pub(crate) fn modified_coverage(&self, options: &Options) -> Coverage {
        let options = on(options, Axis::Modified);
        let mut coverage = Coverage::default();
        for (id, session) in sorted(&self.sessions) {
            for interval in session.modified() {
                coverage.insert(id, standing_for(interval), &options);
            }
        }
        coverage
    }
}

fn sorted(sessions: &HashMap<String, KnownSession>) -> BTreeMap<&str, &KnownSession> {
    sessions
        .iter()
        .map(|(id, session)| (id.as_str(), session))
        .collect()
}

/// The same options on an axis.
pub(crate) fn on(options: &Options, axis: Axis) -> Options {
    let mut options = options.clone();
    options.axis = axis;
    options
}

/// One window that proves exactly these instants.
fn standing_for(interval: Interval) -> AnsweredWindow {
    AnsweredWindow {
        from: (interval.start - LATEST_MIDNIGHT).date_naive(),
        to: (interval.end + EARLIEST_MIDNIGHT).date_naive() + Days::new(1),
        as_of: interval.end + SETTLED_AFTER,
        floor_shown: true,
        kept: interval,
    }
}

/// What windows read by the time sent say of changes: all are known that were made up to then.
fn credit(upto: DateTime<Utc>) -> AnsweredWindow {
    standing_for(Interval {
        start: DateTime::UNIX_EPOCH + TimeDelta::days(1),
        end: upto - SETTLED_AFTER,
    })
}

/// What of an interval lies in none of `others`, which are in order and apart.
pub(crate) fn without(interval: Interval, others: &[Interval]) -> Vec<Interval> {
    let mut rest = Vec::new();
    let mut start = interval.start;
    for other in others {
        let end = other.start.min(interval.end);
        if start < end {
            rest.push(Interval { start, end });
        }
        start = start.max(other.end);
    }
    if start < interval.end {
        rest.push(Interval {
            start,
            end: interval.end,
        });
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::{credit, standing_for};
    use chrono::{DateTime, Utc};
    use zoom_chat_reports::{AnsweredWindow, Interval, proven};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn one_window_stands_for_what_many_prove() {
        for (to, as_of) in [
            ("2026-06-28", "2026-06-20T06:00:01Z"),
            ("2026-06-20", "2026-09-01T00:00:00Z"),
        ] {
            let real = AnsweredWindow {
                from: "2026-06-01".parse().expect("a day"),
                to: to.parse().expect("a day"),
                as_of: at(as_of),
                floor_shown: true,
                kept: Interval {
                    start: at("2026-05-31T00:00:00Z"),
                    end: at("2027-01-01T00:00:00Z"),
                },
            };
            let intervals = proven(&[real]);
            let again: Vec<_> = intervals.iter().copied().map(standing_for).collect();
            assert_eq!(proven(&again), intervals);
        }
    }

    #[test]
    fn the_credit_of_messages_read_ends_48_hours_before() {
        let known = proven(&[credit(at("2026-11-20T12:00:00Z"))]);
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].end, at("2026-11-18T12:00:00Z"));
    }
}
