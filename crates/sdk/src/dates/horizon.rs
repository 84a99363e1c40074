//! The horizon: the account's floor and ceiling, learned from Zoom's answers.
//!
//! The floor is a date about six months back; it moves at midnight of an unknown zone. The
//! ceiling is a number of days after today, near 0. Both only narrow, and only because of
//! refusals and echoes that have no other explanation.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{padding::latest_midnight, range::six_months_back, window::Window};

/// Zoom's "six months" last at least this many days.
///
/// A `from` at most this many days back is accepted under every interpretation of "six months":
/// the shortest is 180 days without the first, counted in a zone a day ahead, one midnight later.
pub const SURE_DAYS: u64 = 177;
/// A `to` this many days before today is in no zone's future. One this many days after today is perhaps
/// in none either.
const FUTURE_DAYS: u64 = 2;
/// Clocks that differ by less count as the same day.
const SAME_DAY: TimeDelta = TimeDelta::days(1);
/// If clocks differ by more, not all dates within reach of either are asked for.
const BOTH_ASKED: TimeDelta = TimeDelta::days(100);

/// Today, by Zoom's clock and by the machine's if the two disagree.
///
/// As long as it is unknown which of them is right, dates within reach by either are asked for, and
/// Zoom's answer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Today {
    pub(crate) earliest: NaiveDate,
    pub(crate) latest: NaiveDate,
}

impl Today {
    /// Whether clocks differ too much to ask for all dates within reach of either.
    pub(crate) fn is_too_far(apart: TimeDelta) -> bool {
        apart.abs() > BOTH_ASKED
    }

    pub(crate) fn of(server: DateTime<Utc>, machine: DateTime<Utc>) -> Self {
        let apart = (server - machine).abs();
        let other = if apart > SAME_DAY && apart <= BOTH_ASKED {
            machine
        } else {
            server
        };
        Self {
            earliest: server.min(other).date_naive(),
            latest: server.max(other).date_naive(),
        }
    }

    #[cfg(test)]
    pub(crate) fn is(date: NaiveDate) -> Self {
        Self {
            earliest: date,
            latest: date,
        }
    }
}

/// Zoom's answer to the dates of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatesAnswer {
    /// It answered and echoed these dates; an absent date says nothing.
    Echo(Option<NaiveDate>, Option<NaiveDate>),
    /// It refused them.
    Refusal,
}

/// The known floor and ceiling of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Horizon {
    floor: Option<NaiveDate>,
    /// In days after today.
    ceiling: Option<i64>,
}

impl Horizon {
    pub(crate) fn new(floor: Option<NaiveDate>, ceiling: Option<i64>) -> Self {
        Self { floor, ceiling }
    }

    pub(crate) fn learned_floor(&self) -> Option<NaiveDate> {
        self.floor
    }

    pub(crate) fn ceiling_days(&self) -> Option<i64> {
        self.ceiling
    }

    /// The earliest date worth asking for.
    pub(crate) fn floor(&self, today: Today) -> NaiveDate {
        let widest = widest_floor(today.earliest);
        self.floor.map_or(widest, |floor| floor.max(widest))
    }

    /// The latest date worth asking for.
    pub(crate) fn ceiling(&self, today: Today) -> NaiveDate {
        let widest = plus(today.latest, FUTURE_DAYS);
        self.learned_ceiling(today)
            .map_or(widest, |ceiling| ceiling.min(widest))
    }

    /// The ceiling, if a refusal or an echo showed it.
    pub(crate) fn learned_ceiling(&self, today: Today) -> Option<NaiveDate> {
        let days = TimeDelta::days(self.ceiling?);
        today.latest.checked_add_signed(days)
    }

    /// Whether the account shows its floor, by refusing or by an echo.
    pub(crate) fn shows_floor(&self) -> bool {
        self.floor.is_some()
    }

    /// The first instant that can be proven.
    ///
    /// If an account hides its floor, it is the first that every interpretation of "six months" includes.
    pub(crate) fn provable_from(&self, today: Today) -> DateTime<Utc> {
        let floor = self.floor(today);
        latest_midnight(if self.shows_floor() {
            floor
        } else {
            floor.max(sure_day(today.latest))
        })
    }

    /// The part of a window that is worth asking for.
    pub(crate) fn clip(&self, window: Window, today: Today) -> Option<Window> {
        let (floor, ceiling) = (self.floor(today), self.ceiling(today));
        let clipped = Window::new(window.from.max(floor), window.to.min(ceiling));
        (clipped.from <= clipped.to).then_some(clipped)
    }

    /// The horizon after an answer, and the dates that were answered.
    ///
    /// `None` if no edge explains the answer: Zoom answered another question, or refused this one for
    /// another reason.
    pub(crate) fn observe(
        self,
        asked: Window,
        answer: DatesAnswer,
        today: Today,
    ) -> Option<(Self, Window)> {
        match answer {
            DatesAnswer::Refusal => self.refused(asked, today).map(|horizon| (horizon, asked)),
            DatesAnswer::Echo(from, to) => self.echoed(asked, from, to, today),
        }
    }

    /// Adopts the edges that another window found; they only narrow.
    #[must_use]
    pub(crate) fn narrowed_by(mut self, found: Self) -> Self {
        self.floor = self.floor.max(found.floor);
        self.ceiling = match (self.ceiling, found.ceiling) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self
    }

    fn refused(self, asked: Window, today: Today) -> Option<Self> {
        if is_future(asked.to, today) {
            let mut next = minus(asked.to, 1);
            // If only the later clock puts it in the past, that clock is wrong.
            if asked.to <= minus(today.latest, FUTURE_DAYS) {
                next = next.min(plus(today.earliest, FUTURE_DAYS));
            }
            Some(self.with_ceiling(next, today))
        } else if is_floor(asked.from, today) {
            let mut next = plus(asked.from, 1);
            if asked.from >= sure_day(today.earliest) {
                next = next.max(widest_floor(today.latest));
            }
            Some(self.with_floor(next))
        } else {
            None
        }
    }

    fn echoed(
        mut self,
        asked: Window,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        today: Today,
    ) -> Option<(Self, Window)> {
        let mut accepted = asked;
        if let Some(from) = from.filter(|from| *from != asked.from) {
            // Plus one day: midnight may pass between question and answer.
            let latest = plus(sure_day(today.latest), 1);
            if !is_floor(asked.from, today) || from < asked.from || from > latest {
                return None;
            }
            self = self.with_floor(from);
            accepted.from = from;
        }
        if let Some(to) = to.filter(|to| *to != asked.to) {
            let earliest = minus(today.earliest, FUTURE_DAYS);
            if !is_future(asked.to, today) || to > asked.to || to < earliest {
                return None;
            }
            self = self.with_ceiling(to, today);
            accepted.to = to;
        }
        Some((self, accepted))
    }

    fn with_floor(self, floor: NaiveDate) -> Self {
        self.narrowed_by(Self::new(Some(floor), None))
    }

    fn with_ceiling(self, ceiling: NaiveDate, today: Today) -> Self {
        let days = (ceiling - today.latest).num_days();
        self.narrowed_by(Self::new(None, Some(days)))
    }
}

/// The first date whose acceptance needs no proof.
pub(crate) fn sure_day(today: NaiveDate) -> NaiveDate {
    minus(today, SURE_DAYS)
}

/// The first day of "the last six months". In some zone it may still be yesterday, and after a short month,
/// six months before yesterday may be several days earlier than six months before today.
pub(crate) fn first_day(today: NaiveDate) -> NaiveDate {
    let from_yesterday = plus(six_months_back(minus(today, 1)), 1);
    six_months_back(today).min(from_yesterday)
}

/// The earliest date that can be within reach.
pub(crate) fn widest_floor(today: NaiveDate) -> NaiveDate {
    minus(first_day(today), 1)
}

/// Whether a window is near enough to the floor, and to the ceiling, to meet it.
pub(crate) fn is_near_edges(window: Window, today: Today) -> [bool; 2] {
    [is_floor(window.from, today), is_future(window.to, today)]
}

fn is_future(to: NaiveDate, today: Today) -> bool {
    to > minus(today.earliest, FUTURE_DAYS)
}

fn is_floor(from: NaiveDate, today: Today) -> bool {
    from < sure_day(today.latest)
}

fn plus(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

fn minus(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days))
        .unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
#[path = "horizon_tests.rs"]
mod tests;
