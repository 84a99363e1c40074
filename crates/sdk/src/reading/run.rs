//! What the windows of one run share: its time, and how far Zoom answers.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    DateRange, Interval, Result,
    client::Inner,
    clock,
    dates::{
        horizon::{Horizon, Today},
        range::{midnight, six_months_back},
        window::Window,
    },
    reading::tally::Scope,
    server_time::Belief,
};

/// How long an edge that an answer showed is believed without another answer.
const EDGES_LIVE: Duration = Duration::from_secs(3600);
/// An answer's own date counts if it is so near to the run's time.
const FITS: TimeDelta = TimeDelta::hours(1);

/// The edges of an account, and when the last of them was learned.
#[derive(Debug, Default)]
pub(crate) struct SharedHorizon(Mutex<(Duration, Horizon)>);

impl SharedHorizon {
    fn get(&self, now: Duration) -> Horizon {
        let (learned, horizon) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(learned) < EDGES_LIVE {
            horizon
        } else {
            Horizon::default()
        }
    }

    fn set(&self, now: Duration, horizon: Horizon) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (now, horizon);
    }
}

/// One run. Its time is fixed when it begins and goes on with the monotonic clock, so that no later
/// date, and no jump of a calendar, changes what it asks for.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) inner: Arc<Inner>,
    began: Duration,
    belief: Belief,
    horizon: Mutex<Horizon>,
    refused: Mutex<HashSet<Window>>,
}

impl Run {
    /// Begins a run: finds out what time it is, which may take requests.
    pub(crate) async fn begin(inner: Arc<Inner>) -> Result<Arc<Self>> {
        let belief = inner.caller.believe().await?;
        let began = inner.caller.parts().clock.now();
        let horizon = inner.horizon.get(began);
        Ok(Arc::new(Self {
            inner,
            began,
            belief,
            horizon: Mutex::new(horizon),
            refused: Mutex::default(),
        }))
    }

    /// Zoom's time, as it was believed when the run began.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        clock::add(self.belief.now, self.elapsed())
    }

    pub(crate) fn today(&self) -> Today {
        let machine = clock::add(self.belief.machine, self.elapsed());
        Today::of(self.now(), machine)
    }

    /// When an answer was given: by its own date if that fits the run's time, and never later than that.
    pub(crate) fn as_of(&self, date: DateTime<Utc>) -> DateTime<Utc> {
        let now = self.now();
        if (date - now).abs() <= FITS {
            date.min(now)
        } else {
            now
        }
    }

    /// The instants of a range; where it begins at Zoom's floor, all that may be within reach.
    pub(crate) fn interval(&self, range: &DateRange) -> Interval {
        if !range.is_whole_reach() {
            return range.interval();
        }
        let today = self.today();
        let first = six_months_back(today.earliest()).min(range.first());
        let mut interval = Interval::new(midnight(first), range.end());
        if range.last() == self.now().date_naive() {
            interval.end = interval
                .end
                .max(midnight(today.latest()) + TimeDelta::days(1));
        }
        interval
    }

    /// What a summary of the run rests on.
    pub(crate) fn scope(&self, range: &DateRange) -> Scope {
        Scope {
            interval: self.interval(range),
            horizon: self.horizon(),
            today: self.today(),
            now: self.now(),
            machine_ahead: self.belief.machine_ahead(),
        }
    }

    pub(crate) fn horizon(&self) -> Horizon {
        *self.locked()
    }

    /// What of a window is within reach, as far as is known.
    pub(crate) fn clip(&self, window: Window) -> Option<Window> {
        self.horizon().clip(window, self.today())
    }

    /// Takes over edges that an answer has shown, for this run and for those after it.
    pub(crate) fn learn(&self, found: Horizon) {
        let mut horizon = self.locked();
        let narrower = horizon.narrowed_by(found);
        if narrower != *horizon {
            *horizon = narrower;
            let now = self.inner.caller.parts().clock.now();
            self.inner.horizon.set(now, narrower);
        }
    }

    /// Notes that Zoom refused dates near an edge; whether it has done so before in this run.
    ///
    /// One refusal may be a passing failure, and an edge that it teaches would cut a day from all.
    pub(crate) fn is_refused_again(&self, window: Window) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        !refused.insert(window)
    }

    fn elapsed(&self) -> Duration {
        let now = self.inner.caller.parts().clock.now();
        now.saturating_sub(self.began)
    }

    fn locked(&self) -> MutexGuard<'_, Horizon> {
        self.horizon.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
