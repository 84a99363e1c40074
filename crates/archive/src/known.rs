//! What the ledger proves, and what therefore is to be asked.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rusqlite::Connection;
use zoom_chat_reports::{
    Axis, Coverage, Options,
    dates::{Interval, Proof, SETTLED_AFTER},
};

use crate::{error::Result, ledger::Answered};

/// A window that begins at Zoom's floor begins at most so long after what was asked for.
const HEAD_DAYS: u64 = 12;

/// What is proven of one session.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownSession {
    sent: Proof<i64>,
    modified: Proof<i64>,
    /// When the oldest of its sent windows was read: up to then all changes of their messages are known.
    upto: Option<DateTime<Utc>>,
    /// The run that read the first of them.
    first_run: Option<i64>,
    /// The first instant asked for and the first proven, where Zoom's floor lies between them.
    head: Option<Interval>,
    /// The run that found it.
    head_run: i64,
}

impl KnownSession {
    /// The instants whose sent messages are all here.
    pub(crate) fn sent(&self) -> Vec<Interval> {
        self.sent.intervals()
    }

    /// The instants whose changes are all here.
    pub(crate) fn modified(&self) -> Vec<Interval> {
        let asked = self.modified.intervals();
        Interval::union(asked.into_iter().chain(self.upto.map(credit)))
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
    fn asked(&self) -> Vec<Interval> {
        let mut asked = self.sent();
        for interval in &mut asked {
            let at_floor = |head: &Interval| interval.start <= head.end && head.end <= interval.end;
            if let Some(head) = self.head.filter(at_floor) {
                interval.start = interval.start.min(head.start);
            }
        }
        asked
    }

    fn note_head(&mut self, row: &Answered) {
        let head = Interval {
            start: row.answered.kept.start,
            end: row.answered.proves().start,
        };
        let is_first_window = row.asked.from <= head.start.date_naive() + Days::new(HEAD_DAYS);
        let is_earlier = self.head.is_none_or(|known| head.end <= known.end);
        if is_first_window && head.start < head.end && is_earlier {
            self.head = Some(head);
            self.head_run = row.run;
        }
    }

    /// A head that ends later than the account's floor is that of a session which was refused for a
    /// reason of its own: it is asked for again.
    fn check_head(&mut self, run: i64, complete_from: DateTime<Utc>) {
        let is_later = self.head.is_some_and(|head| head.end > complete_from);
        if self.head_run == run && is_later {
            self.head = None;
        }
    }

    /// Whether all its windows of messages were read by this run.
    pub(crate) fn is_read_by(&self, run: i64) -> bool {
        self.first_run == Some(run)
    }
}

/// The end of a run's list, as far as it matters here.
#[derive(serde::Deserialize)]
struct Listing {
    run: i64,
    complete_from_ms: Option<i64>,
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
            "SELECT body FROM ledger WHERE body LIKE '{\"kind\":\"window\"%'
               OR body LIKE '{\"kind\":\"listing\"%' ORDER BY no",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str().unwrap_or_default();
            if let Ok(answered) = serde_json::from_str::<Answered>(body) {
                this.add(&answered, options);
            } else if let Ok(listing) = serde_json::from_str::<Listing>(body) {
                this.end_of_run(&listing);
            }
        }
        Ok(this)
    }

    fn end_of_run(&mut self, row: &Listing) {
        let complete_from = row
            .complete_from_ms
            .and_then(DateTime::from_timestamp_millis);
        let Some(complete_from) = complete_from else {
            return;
        };
        for session in self.sessions.values_mut() {
            session.check_head(row.run, complete_from);
        }
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
        let proof = match axis {
            Axis::Sent => {
                let as_of = row.answered.as_of;
                session.upto = Some(session.upto.map_or(as_of, |upto| upto.min(as_of)));
                session.first_run.get_or_insert(row.run);
                session.note_head(row);
                &mut session.sent
            }
            Axis::Modified => &mut session.modified,
        };
        proof.add(row.run, row.answered.clone());
    }

    /// The sent axis for a harvest; what was sent from `reread` on counts as not read.
    pub(crate) fn sent_coverage(&self, options: &Options, reread: Option<NaiveDate>) -> Coverage {
        let options = on(options, Axis::Sent);
        let mut coverage = Coverage::default();
        for (id, session) in sorted(&self.sessions) {
            for mut interval in session.asked() {
                if let Some(day) = reread {
                    let reread = day.and_time(chrono::NaiveTime::MIN).and_utc();
                    interval.end = interval.end.min(reread);
                }
                coverage.insert(id, &options, interval);
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
                coverage.insert(id, &options, interval);
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

/// What windows read by the time sent say of changes: all are known that were made up to then.
fn credit(upto: DateTime<Utc>) -> Interval {
    Interval {
        start: DateTime::UNIX_EPOCH + TimeDelta::days(1),
        end: upto - SETTLED_AFTER,
    }
}
