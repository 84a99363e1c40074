//! What answered windows prove.
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

/// How late a message may become visible, with a margin: what was sent less
/// than 48 hours before an answer may be missing from it.
pub const SETTLED_AFTER: TimeDelta = TimeDelta::hours(48);

/// Dates outside these years are not looked at, so that no sum leaves the calendar.
const FIRST_DATE: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
const LAST_DATE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 1).expect("a day");

/// One answered window of a session: dates as Zoom accepted them, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AnsweredWindow {
    /// The first date.
    pub from: NaiveDate,
    /// The last date, of which nothing is taken for granted.
    pub to: NaiveDate,
    /// The server's time at the window's first request.
    pub as_of: DateTime<Utc>,
    /// Whether the account shows its floor, so that an accepted `from` was answered.
    pub floor_shown: bool,
    /// The instants that entries were kept for; what lies outside was cut, and proves nothing.
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

    /// The first date that it answers in full.
    ///
    /// Where the account hides its floor, a server that cuts a range in silence looks the same as
    /// one that answers it, and only the days that every reading of "six months" holds count.
    fn first_date(&self) -> NaiveDate {
        if self.floor_shown {
            self.from
        } else {
            self.from.max(sure_day(self.as_of.date_naive()))
        }
    }

    /// The instants for which it answers its dates: kept, and visible by then.
    fn cut(&self) -> Interval {
        let settled = self
            .as_of
            .checked_sub_signed(SETTLED_AFTER)
            .unwrap_or(DateTime::<Utc>::MIN_UTC);
        Interval::new(self.kept.start, self.kept.end.min(settled))
    }
}

/// The instants of a session that the windows of **one run** prove, in order and apart.
///
/// Windows of several runs must not be mixed: an account may move to another time zone between two
/// runs, so that one run's dates are not another's. Unite what each run proves instead, as
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

/// What the windows of several runs prove together: of each run by its dates, over runs the union.
///
/// `R` names a run. Give the windows of a run one after another: when another run begins, the former
/// is drawn together into intervals.
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

    /// Adds instants that are proven by other records.
    pub fn insert(&mut self, interval: Interval) {
        let all = self.proven.iter().copied().chain([interval]);
        self.proven = Interval::union(all);
    }

    /// The instants that are proven, in order and apart.
    #[must_use]
    pub fn intervals(&self) -> Vec<Interval> {
        let going_on = proven(&self.windows);
        Interval::union(self.proven.iter().copied().chain(going_on))
    }
}
