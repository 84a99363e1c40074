//! The server's time, believed only if several clocks agree.
//!
//! Each response has a date. A single date may be wrong: of a cache, a proxy, a server whose clock was
//! set back. So each date is a vote, and so is the machine's own clock. Each is moved forward by the
//! time that has passed since, and the time on which most of the last votes agree is believed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{DATE, HeaderMap};

use crate::{
    clock::{self, Clock},
    lock::lock,
};

/// How many of the last dates have a vote.
const VOTES: usize = 5;
/// Votes that differ by less agree. Claims keep a distance of 48 hours, of which Zoom needs one.
const AGREES: TimeDelta = TimeDelta::hours(1);
/// Clocks that differ by more are reported.
pub(crate) const TOLD: TimeDelta = TimeDelta::days(1);
/// Dates outside these are ignored: Zoom has no chats before the first, and none yet after the second.
const PLAUSIBLE: [i64; 2] = [1_325_376_000, 4_102_444_800];

/// The believed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Belief {
    /// Zoom's time.
    pub(crate) now: DateTime<Utc>,
    /// The machine's time.
    pub(crate) machine: DateTime<Utc>,
    /// Whether two votes agree on it that are not older than the machine's last sleep.
    pub(crate) settled: bool,
}

impl Belief {
    /// How far the machine's clock is ahead of Zoom's, if far enough to be reported.
    pub(crate) fn machine_ahead(&self) -> Option<TimeDelta> {
        let ahead = self.machine - self.now;
        (ahead.abs() > TOLD && is_plausible(self.machine)).then_some(ahead)
    }

    /// The earlier of the two clocks: what is claimed must be past by both. A machine without a
    /// calendar does not count.
    pub(crate) fn claimed(&self) -> DateTime<Utc> {
        if is_plausible(self.machine) {
            self.now.min(self.machine)
        } else {
            self.now
        }
    }
}

fn is_plausible(date: DateTime<Utc>) -> bool {
    (PLAUSIBLE[0]..PLAUSIBLE[1]).contains(&date.timestamp())
}

/// The date of a response, and this machine's clocks at that moment, all as differences to its
/// monotonic time.
#[derive(Clone, Copy, Debug)]
struct Vote {
    server: TimeDelta,
    machine: TimeDelta,
}

/// The dates of the last responses; pure, without a clock.
#[derive(Clone, Debug, Default)]
struct Votes(VecDeque<Vote>);

impl Votes {
    fn observe(&mut self, date: DateTime<Utc>, machine: DateTime<Utc>, monotonic: Duration) {
        let server = since(date, monotonic);
        let machine = since(machine, monotonic);
        if !is_plausible(date) && !agree(server, machine) {
            return;
        }
        if self.0.len() == VOTES {
            self.0.pop_front();
        }
        self.0.push_back(Vote { server, machine });
    }

    fn believe(&self, machine: DateTime<Utc>, monotonic: Duration) -> Belief {
        let own = since(machine, monotonic);
        let votes = || self.0.iter().map(|vote| vote.server);
        let support = |for_it: TimeDelta| {
            let dates = votes().filter(|vote| agree(*vote, for_it)).count();
            // If two times have equally many votes, the machine's side wins.
            (dates + usize::from(agree(own, for_it)), agree(own, for_it))
        };
        // The latest of the times that most votes agree on.
        let believed = votes().max_by_key(|vote| support(*vote)).unwrap_or(own);
        let latest = self.0.back();
        let settled = latest.is_some_and(|latest| {
            let with_machine = agree(latest.server, own);
            let others = votes().filter(|vote| agree(*vote, latest.server));
            // The sleep of a machine moves its calendar, but not its monotonic time.
            let slept = !agree(latest.machine, own);
            with_machine || (others.count() >= 2 && !slept)
        });
        Belief {
            now: at(believed, monotonic),
            machine,
            settled: settled && latest.is_some_and(|latest| agree(latest.server, believed)),
        }
    }
}

fn agree(one: TimeDelta, other: TimeDelta) -> bool {
    (one - other).abs() <= AGREES
}

/// How far an instant is ahead of the monotonic time.
fn since(instant: DateTime<Utc>, monotonic: Duration) -> TimeDelta {
    let passed = TimeDelta::from_std(monotonic).unwrap_or(TimeDelta::zero());
    (instant - DateTime::UNIX_EPOCH) - passed
}

fn at(ahead: TimeDelta, monotonic: Duration) -> DateTime<Utc> {
    let base = DateTime::UNIX_EPOCH.checked_add_signed(ahead);
    base.map_or(DateTime::<Utc>::MAX_UTC, |base| clock::add(base, monotonic))
}

/// The server's time, learned from its responses.
#[derive(Debug)]
pub(crate) struct ServerTime {
    clock: Arc<dyn Clock>,
    votes: Mutex<Votes>,
}

impl ServerTime {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            votes: Mutex::default(),
        }
    }

    /// The believed time; before any response, the machine's.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.belief().now
    }

    /// The believed time, and whether that suffices to begin a run.
    pub(crate) fn belief(&self) -> Belief {
        let (machine, monotonic) = (self.clock.utc(), self.clock.now());
        lock(&self.votes).believe(machine, monotonic)
    }

    /// Whether the date of any response has a vote.
    pub(crate) fn is_told(&self) -> bool {
        !lock(&self.votes).0.is_empty()
    }

    /// Takes the date of a response, and returns it.
    pub(crate) fn learn(&self, headers: &HeaderMap) -> Option<DateTime<Utc>> {
        let date = date(headers)?;
        let (machine, monotonic) = (self.clock.utc(), self.clock.now());
        lock(&self.votes).observe(date, machine, monotonic);
        Some(date)
    }
}

fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(DATE)?.to_str().ok()?;
    http_date(text.trim())
}

/// Reads an HTTP-date.
pub(crate) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(clock::add(DateTime::UNIX_EPOCH, since))
}

#[cfg(test)]
#[path = "server_time_tests.rs"]
mod tests;
