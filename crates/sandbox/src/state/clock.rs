//! The sandbox's own clock.

use std::sync::Mutex;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use crate::fault::date::http_date;
use crate::settings::{ClockMode, DateOffset};

/// A clock that stands until moved, or runs on from a given instant.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<State>);

#[derive(Debug)]
struct State {
    base: DateTime<Utc>,
    running_since: Option<Instant>,
    /// The error of the shown date.
    date_offset: TimeDelta,
}

impl State {
    fn now(&self) -> DateTime<Utc> {
        let ran = self.running_since.map_or(TimeDelta::zero(), |since| {
            TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX)
        });
        truncated(self.base + ran)
    }
}

impl Clock {
    pub(crate) fn new(now: DateTime<Utc>, mode: ClockMode, date_offset: DateOffset) -> Self {
        Self(Mutex::new(State {
            base: truncated(now),
            running_since: (mode == ClockMode::Running).then(Instant::now),
            date_offset: date_offset.at(now),
        }))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.lock().expect("no panic under this lock").now()
    }

    /// The `Date` that answers show.
    pub(crate) fn date_header(&self) -> String {
        let state = self.0.lock().expect("no panic under this lock");
        http_date(state.now(), state.date_offset)
    }

    /// Makes the shown date wrong by this offset from now on.
    pub(crate) fn set_date_offset(&self, offset: DateOffset) {
        let mut state = self.0.lock().expect("no panic under this lock");
        state.date_offset = offset.at(state.now());
    }

    pub(crate) fn set(&self, now: DateTime<Utc>) {
        let mut state = self.0.lock().expect("no panic under this lock");
        state.base = truncated(now);
        state.running_since = state.running_since.map(|_| Instant::now());
    }
}

/// Times are whole milliseconds everywhere.
fn truncated(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(instant.timestamp_millis()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use crate::settings::{ClockMode, DateOffset};

    #[test]
    fn a_still_clock_moves_only_when_moved() {
        let start = "2026-11-20T12:00:00Z".parse().expect("a constant");
        let clock = Clock::new(start, ClockMode::Still, DateOffset::None);
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clock.now(), start);
        clock.set(start + chrono::TimeDelta::seconds(90));
        assert_eq!((clock.now() - start).num_seconds(), 90);
    }

    #[test]
    fn a_running_clock_runs() {
        let start = "2026-11-20T12:00:00Z".parse().expect("a constant");
        let clock = Clock::new(start, ClockMode::Running, DateOffset::None);
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!((clock.now() - start).num_milliseconds() >= 20);
    }
}
