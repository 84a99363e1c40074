//! Outages: if a kind of request is not answered, only probes are sent, and after a while the run ends.

use std::time::Duration;

use crate::{Error, ErrorKind};

/// After this many failures in a row, only probes are sent.
const FAILURES_TO_OPEN: u32 = 5;
/// The same if all failures are of one session: it may be the only one that fails.
const OF_ONE_TO_OPEN: u32 = 15;
const FIRST_PROBE: Duration = Duration::from_secs(1);
const LONGEST_PROBE: Duration = Duration::from_secs(30);
/// A failure this long after the next request was due is the first of a new outage.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// How long to wait for answers of a kind that do not come.
///
/// It ends once the outage has lasted that long and a request has failed since the wait began.
/// So an outage that was seen long ago is checked again before anything is given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// The clock's time when the wait began.
    pub(crate) since: Duration,
    pub(crate) limit: Duration,
    /// After how long the failures count as an outage that ends the run or the call.
    pub(crate) outage: Duration,
}

/// The failures of one kind of request since its last answer.
#[derive(Debug)]
pub(super) struct Outage {
    since: Duration,
    last_at: Duration,
    in_a_row: u32,
    /// The session that failed, as long as it is only one.
    only: Option<u64>,
    last: Error,
    probes: Option<Probes>,
}

/// The probes of an open circuit breaker: one request at a time, after 1, 2, 4 … 30 s.
#[derive(Debug)]
struct Probes {
    step: Duration,
    next: Duration,
    under_way: bool,
}

impl Outage {
    fn new(now: Duration, failure: &Failed<'_>) -> Self {
        Self {
            since: failure.began,
            last_at: now,
            in_a_row: 0,
            only: failure.of,
            last: failure.error.clone(),
            probes: None,
        }
    }

    /// Notes a failure; `resumes_at` is when the next request was due.
    pub(super) fn failed(
        this: &mut Option<Self>,
        now: Duration,
        resumes_at: Duration,
        failure: &Failed<'_>,
    ) {
        let due = this
            .as_ref()
            .map(|outage| outage.last_at.max(resumes_at).max(outage.next_probe()));
        if due.is_some_and(|due| now.saturating_sub(due) > IDLE) {
            *this = None;
        }
        let outage = this.get_or_insert_with(|| Self::new(now, failure));
        outage.last_at = now;
        outage.last = failure.error.clone();
        outage.in_a_row += u32::from(failure.counts);
        outage.only = outage.only.filter(|only| failure.of == Some(*only));
        let is_enough = outage.in_a_row >= outage.enough();
        match &mut outage.probes {
            Some(probes) if failure.was_probe => {
                probes.under_way = false;
                probes.step = (probes.step * 2).min(LONGEST_PROBE);
                probes.next = now.saturating_add(probes.step);
            }
            Some(_) => {}
            None if is_enough => {
                outage.probes = Some(Probes {
                    step: FIRST_PROBE,
                    next: now.saturating_add(FIRST_PROBE),
                    under_way: false,
                });
            }
            None => {}
        }
    }

    fn enough(&self) -> u32 {
        match self.only {
            Some(_) => OF_ONE_TO_OPEN,
            None => FAILURES_TO_OPEN,
        }
    }

    /// The error that ends a wait, if its patience is at its end.
    pub(super) fn ends(&self, now: Duration, patience: Patience) -> Option<Error> {
        let lasts = now.saturating_sub(self.since);
        (lasts >= patience.limit && self.last_at > patience.since).then(|| {
            if lasts >= patience.outage {
                outage(&self.last, lasts)
            } else {
                self.last.clone()
            }
        })
    }

    /// When the patience ends, unless an answer comes.
    pub(super) fn ends_at(&self, patience: Patience) -> Duration {
        self.since.saturating_add(patience.limit)
    }

    /// The status of the last answer, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        self.last.status()
    }

    pub(super) fn is_open(&self) -> bool {
        self.probes.is_some()
    }

    pub(super) fn is_probing(&self) -> bool {
        self.probes.as_ref().is_some_and(|probes| probes.under_way)
    }

    pub(super) fn set_probing(&mut self, under_way: bool) {
        if let Some(probes) = &mut self.probes {
            probes.under_way = under_way;
        }
    }

    /// When the next probe may go out; at once if requests are not probes yet.
    pub(super) fn next_probe(&self) -> Duration {
        let probes = self.probes.as_ref();
        probes.map_or(Duration::ZERO, |probes| probes.next)
    }
}

/// A request that was not answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed<'a> {
    pub(super) error: &'a Error,
    /// When the request was begun.
    pub(super) began: Duration,
    pub(super) was_probe: bool,
    /// Names what was asked for, if there is more than one of the kind.
    pub(super) of: Option<u64>,
    /// Whether it adds information to the failure before it.
    pub(super) counts: bool,
}

/// The error that ends a run.
fn outage(last: &Error, lasts: Duration) -> Error {
    let minutes = lasts.as_secs() / 60;
    let time = match minutes {
        0 => format!("{} s", lasts.as_secs()),
        1 => "1 minute".to_owned(),
        _ => format!("{minutes} minutes"),
    };
    let cause = format!("not answered for {time}; the last failure: {last}");
    Error::new(ErrorKind::Outage, cause)
        .with_answer_of(last)
        .with_retry_of(last)
}
