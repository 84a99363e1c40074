//! The sandbox's own clock.

use std::sync::Mutex;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use crate::settings::ClockMode;

/// A clock that stands until moved, or runs on from a given instant.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<State>);

#[derive(Debug)]
struct State {
    base: DateTime<Utc>,
    running_since: Option<Instant>,
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
    pub(crate) fn new(now: DateTime<Utc>, mode: ClockMode) -> Self {
        Self(Mutex::new(State {
            base: truncated(now),
            running_since: (mode == ClockMode::Running).then(Instant::now),
        }))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.lock().expect("no panic under this lock").now()
    }

    pub(crate) fn set(&self, now: DateTime<Utc>) {
        let mut state = self.0.lock().expect("no panic under this lock");
        state.base = truncated(now);
        state.running_since = state.running_since.map(|_| Instant::now());
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        let mut state = self.0.lock().expect("no panic under this lock");
        state.base = truncated(state.base.checked_add_signed(by).unwrap_or(state.base));
    }
}

/// Times are whole milliseconds everywhere.
fn truncated(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(instant.timestamp_millis()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use crate::settings::ClockMode;

    #[test]
    fn a_still_clock_moves_only_when_moved() {
        let start = "2026-11-20T12:00:00Z".parse().expect("a constant");
        let clock = Clock::new(start, ClockMode::Still);
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clock.now(), start);
        clock.advance(chrono::TimeDelta::seconds(90));
        assert_eq!((clock.now() - start).num_seconds(), 90);
    }

    #[test]
    fn a_running_clock_runs() {
        let start = "2026-11-20T12:00:00Z".parse().expect("a constant");
        let clock = Clock::new(start, ClockMode::Running);
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!((clock.now() - start).num_milliseconds() >= 20);
    }
}
