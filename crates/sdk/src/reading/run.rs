//! A run: its time and its horizon, which all its windows share.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    DateRange, Result, clock,
    dates::{
        Interval,
        horizon::{Horizon, Today, first_day, is_near_edges},
        range::midnight,
        window::Window,
    },
    lock::lock,
    operation::Operation,
    reading::{
        edges::Edges, judge::Judge, plan::Planner, shared::Inner, source::Kind, tally::Scope,
    },
    transport::{
        limiter::Patience,
        memory::Room,
        request::{Answered, Request},
        server_time::Belief,
        waits::OfRun,
    },
};

/// An answer's own date counts if it differs from the run's time by at most this.
const FITS: TimeDelta = TimeDelta::hours(1);

/// One run. Its time is fixed when it begins, and continues with the monotonic clock, so that no later
/// date, and no jump of a calendar, changes what it asks for.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) inner: Arc<Inner>,
    began: Duration,
    belief: Belief,
    patience: Patience,
    judge: Mutex<Judge>,
    /// The last request of each kind that was answered.
    controls: Mutex<HashMap<Operation, Arc<dyn Any + Send + Sync>>>,
    /// The edges of the list, and those of sessions.
    edges: Mutex<[Edges; 2]>,
}

impl Run {
    /// Begins a run: finds out the time, which may take requests.
    pub(crate) async fn begin(inner: Arc<Inner>) -> Result<Arc<Self>> {
        let parts = inner.caller.parts();
        let outage = parts.policy.longest_outage();
        let patience = Patience {
            since: parts.clock.now(),
            limit: outage,
            outage,
        };
        let belief = inner.caller.believe(Some(patience)).await?;
        let began = inner.caller.parts().clock.now();
        let before = inner.horizon.get(began);
        Ok(Arc::new(Self {
            inner,
            began,
            belief,
            patience,
            judge: Mutex::default(),
            controls: Mutex::default(),
            edges: Mutex::new([Edges::default(), Edges::new(before)]),
        }))
    }

    /// Makes a call of this run for the named source; it waits for answers as long as the run does.
    pub(crate) async fn call<R: Request + Clone + 'static>(
        &self,
        name: &Arc<str>,
        request: &R,
        room: Option<&Room>,
    ) -> Result<Answered<R::Answer>> {
        let of_run = OfRun {
            patience: Some(self.patience),
            room,
            control: &|| self.control(),
        };
        let outcome = self.inner.caller.call_within(request, of_run).await;
        if outcome.is_ok() && !request.carries_page_token() {
            let answered = Arc::new(request.clone());
            lock(&self.controls).insert(R::OPERATION, answered);
        }
        self.judge().outcome(R::OPERATION, name, &outcome);
        outcome
    }

    /// An answered request of this kind.
    fn control<R: Request + 'static>(&self) -> Option<Arc<R>> {
        let control = lock(&self.controls).get(&R::OPERATION)?.clone();
        control.downcast().ok()
    }

    /// The judge, which decides whether a failure ends the run.
    pub(crate) fn judge(&self) -> MutexGuard<'_, Judge> {
        lock(&self.judge)
    }

    /// Zoom's time, as believed when the run began.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        clock::add(self.belief.now, self.elapsed())
    }

    pub(crate) fn today(&self) -> Today {
        let machine = clock::add(self.belief.machine, self.elapsed());
        Today::of(self.now(), machine)
    }

    /// The time of an answer, for claims: its own date if that fits, but never later than the earlier of
    /// Zoom's clock and the machine's.
    pub(crate) fn as_of(&self, date: DateTime<Utc>) -> DateTime<Utc> {
        let claimed = clock::add(self.belief.claimed(), self.elapsed());
        if (date - self.now()).abs() <= FITS {
            date.min(claimed)
        } else {
            claimed
        }
    }

    /// The instants of a range; if it begins at Zoom's floor, all that may be within reach.
    pub(crate) fn interval(&self, range: &DateRange) -> Interval {
        if !range.is_whole_reach() {
            return range.interval();
        }
        let today = self.today();
        let first = first_day(today.earliest).min(range.first());
        let mut interval = Interval::new(midnight(first), range.end());
        if range.last() == self.now().date_naive() {
            let tomorrow = midnight(today.latest) + TimeDelta::days(1);
            interval.end = interval.end.max(tomorrow);
        }
        interval
    }

    /// The scope of a summary of the run.
    pub(crate) fn scope(&self, kind: Kind, range: &DateRange) -> Scope {
        Scope {
            interval: self.interval(range),
            horizon: self.horizon(kind),
            today: self.today(),
            now: self.as_of(self.now()),
            machine_ahead: self.belief.machine_ahead(),
        }
    }

    /// The known edges, for all sources of a kind.
    pub(crate) fn horizon(&self, kind: Kind) -> Horizon {
        lock(&self.edges)[kind as usize].of_run()
    }

    /// The same for one source, with the edges that it found itself.
    pub(crate) fn horizon_of(&self, kind: Kind, source: &Arc<str>) -> Horizon {
        lock(&self.edges)[kind as usize].of(source)
    }

    /// A planner of windows of messages, within the reach that is known.
    pub(crate) fn planner(&self, whole_windows: bool) -> Planner {
        let horizon = self.horizon(Kind::Messages);
        Planner::new(horizon, self.today(), self.inner.window_days, whole_windows)
    }

    /// The part of a window that is within reach, as far as known.
    pub(crate) fn clip(&self, kind: Kind, window: Window) -> Option<Window> {
        self.horizon(kind).clip(window, self.today())
    }

    /// Notes that a source was answered within edges that it found, for this run and later ones.
    pub(crate) fn learn(&self, kind: Kind, source: &Arc<str>, found: Horizon, window: Window) {
        let today = self.today();
        let mut edges = lock(&self.edges);
        edges[kind as usize].answered(source, found, window, |window| is_near_edges(window, today));
        if kind == Kind::Messages {
            let now = self.inner.caller.parts().clock.now();
            self.inner.horizon.set(now, edges[kind as usize].shared());
        }
    }

    fn elapsed(&self) -> Duration {
        let now = self.inner.caller.parts().clock.now();
        now.saturating_sub(self.began)
    }
}
