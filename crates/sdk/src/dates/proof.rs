//! Proofs: which instants answered windows prove.
//!
//! A window of local dates `from..to` answers the dates from `from` to the day before `to` in full,
//! whatever Zoom means by `to`. Local midnight of a date lies between 14 hours before and 12 hours
//! after 00:00Z, in any zone and with daylight saving. So an instant may belong to two or three
//! dates. It is proven if each of them was answered for that instant within one run.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    horizon::sure_day,
    interval::Interval,
    padding::{earliest_midnight, latest_midnight},
};

/// How late a message may become visible, with a margin: a message sent less
/// than 48 hours before an answer may be missing from it.
pub const SETTLED_AFTER: TimeDelta = TimeDelta::hours(48);

/// Dates outside these two are ignored, so that no sum leaves the calendar.
const FIRST_DATE: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
const LAST_DATE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 1).expect("a day");

/// One answered window of a session: the dates that Zoom accepted, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AnsweredWindow {
    /// The first date.
    pub from: NaiveDate,
    /// The last date; nothing is assumed to be answered for it.
    pub to: NaiveDate,
    /// The server's time at the window's first request.
    pub as_of: DateTime<Utc>,
    /// Whether the account shows its floor, so that an accepted `from` was answered.
    pub floor_shown: bool,
    /// The instants for which entries were kept. Entries outside were cut, so the window proves nothing there.
    pub kept: Interval,
}

impl AnsweredWindow {
    /// The instants that this window proves on its own.
    #[must_use]
    pub fn proves(&self) -> Interval {
        match proven(std::slice::from_ref(self)).as_slice() {
            [only] => *only,
            _ => Interval::new(self.kept.start, self.kept.start),
        }
    }

    /// The first date that the window answers in full.
    ///
    /// If the account hides its floor, a server that silently cuts a range looks like one that answers
    /// it. Then only the days that every interpretation of "six months" includes count.
    fn first_date(&self) -> NaiveDate {
        if self.floor_shown {
            self.from
        } else {
            self.from.max(sure_day(self.as_of.date_naive()))
        }
    }

    /// The instants for which the window answers its dates: kept, and visible at the time of the answer.
    fn cut(&self) -> Interval {
        let settled = self
            .as_of
            .checked_sub_signed(SETTLED_AFTER)
            .unwrap_or(DateTime::<Utc>::MIN_UTC);
        Interval::new(self.kept.start, self.kept.end.min(settled))
    }
}

/// The instants of a session that the windows of **one run** prove, in order and disjoint.
///
/// Do not mix windows of several runs: an account may move to another time zone between two
/// runs, so the dates of one run are not those of another. Unite what each run proves instead, as
/// [`Coverage`](crate::Coverage) does.
#[must_use]
pub fn proven(windows: &[AnsweredWindow]) -> Vec<Interval> {
    let answers: Vec<(NaiveDate, NaiveDate, Interval)> = windows
        .iter()
        .map(|window| {
            let first = window.first_date().max(FIRST_DATE);
            (first, window.to.min(LAST_DATE), window.cut())
        })
        .filter(|(first, end, cut)| first < end && !cut.is_empty())
        .collect();
    // Between two of these dates, all dates were answered by the same windows.
    let mut edges: Vec<NaiveDate> = answers
        .iter()
        .flat_map(|(first, end, _)| [*first, *end])
        .collect();
    edges.sort_unstable();
    edges.dedup();
    let (Some(first), Some(end)) = (edges.first(), edges.last()) else {
        return Vec::new();
    };
    let reach = Interval::new(latest_midnight(*first), earliest_midnight(*end));
    let unanswered = edges.windows(2).flat_map(|dates| {
        let [first, end] = [dates[0], dates[1]];
        let cuts = answers
            .iter()
            .filter(|(from, to, _)| *from <= first && end <= *to)
            .map(|(_, _, cut)| *cut);
        let may_belong = Interval::new(earliest_midnight(first), latest_midnight(end));
        may_belong.without(&Interval::union(cuts))
    });
    reach.without(&Interval::union(unanswered))
}

/// The instants that the windows of several runs prove: the union of what each run proves.
///
/// `R` names a run. Add all windows of a run before those of the next: when another run begins, the
/// former is reduced to intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof<R> {
    proven: Vec<Interval>,
    run: Option<R>,
    windows: Vec<AnsweredWindow>,
}

impl<R> Default for Proof<R> {
    fn default() -> Self {
        Self {
            proven: Vec::new(),
            run: None,
            windows: Vec::new(),
        }
    }
}

impl<R: PartialEq> Proof<R> {
    /// Adds an answered window of a run.
    pub fn add(&mut self, run: R, window: AnsweredWindow) {
        if self.run.as_ref() != Some(&run) {
            self.proven = self.intervals();
            self.windows.clear();
            self.run = Some(run);
        }
        self.windows.push(window);
    }

    /// Adds instants that other records prove.
    pub fn insert(&mut self, interval: Interval) {
        let all = self.proven.iter().copied().chain([interval]);
        self.proven = Interval::union(all);
    }

    /// The proven instants, in order and disjoint.
    #[must_use]
    pub fn intervals(&self) -> Vec<Interval> {
        let going_on = proven(&self.windows);
        Interval::union(self.proven.iter().copied().chain(going_on))
    }
}
