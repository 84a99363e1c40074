//! The harvest: all messages of all sessions, many windows at once under one rate limit.

mod channel;
mod drive;
pub(crate) mod event;
mod forecast;
mod list_reading;
mod pages;
mod schedule;
mod stream;

use std::{collections::HashSet, future, sync::Arc};

use crate::{
    Coverage, DateRange, Options, Result,
    model::options::option_setters,
    reading::{
        plan::{Planner, Unit},
        run::Run,
        shared::Inner,
        tally::Wanted,
    },
    setters::setters,
    transport::{
        memory::DEFAULT_BYTES,
        operations::{MAX_MESSAGES, check_id, check_page_size},
    },
};

pub use event::{FailedWindow, WindowFacts, WindowId};
pub use forecast::Forecast;
pub use stream::HarvestEvents;

/// A request for all messages of all sessions; see [`ChatReports::harvest`](crate::ChatReports::harvest).
///
/// It reads units, each one window of one session. Many are read at once and
/// independently: a unit that fails does not end the others.
#[derive(Clone, Debug)]
#[must_use = "a harvest does nothing until its events are polled"]
pub struct Harvest {
    inner: Arc<Inner>,
    range: DateRange,
    options: Options,
    page_size: u32,
    sessions: Option<Vec<Arc<str>>>,
    also: Vec<Arc<str>>,
    except: Arc<Coverage>,
    whole_windows: bool,
    confirm: bool,
    memory: usize,
}

impl Harvest {
    pub(crate) fn new(inner: Arc<Inner>, range: DateRange) -> Self {
        Self {
            inner,
            range,
            options: Options::default(),
            page_size: MAX_MESSAGES,
            sessions: None,
            also: Vec::new(),
            except: Arc::default(),
            whole_windows: false,
            confirm: false,
            memory: DEFAULT_BYTES,
        }
    }

    /// Reads only these sessions, and does not read the list.
    pub fn sessions<S: AsRef<str>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        let mut known: HashSet<Arc<str>> = HashSet::new();
        let ids = ids.into_iter().map(|id| Arc::from(id.as_ref()));
        self.sessions = Some(ids.filter(|id| known.insert(Arc::clone(id))).collect());
        self
    }

    /// Reads these sessions too, whether or not the list names them: Zoom may list a session only for
    /// dates that hold its last message.
    pub fn also<S: AsRef<str>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.also
            .extend(ids.into_iter().map(|id| id.as_ref().into()));
        self
    }

    option_setters!();

    setters! {
        /// Messages on a page, 1 to 100; default 100.
        page_size: u32;
    }

    /// Reads only what `coverage` does not prove.
    pub fn except(mut self, coverage: &Coverage) -> Self {
        self.except = Arc::new(coverage.clone());
        self
    }

    setters! {
        /// Whether each window gives all its entries, even those that its neighbour gives too.
        ///
        /// Windows share a date, and an entry near that date comes in only one of them. A store that drops
        /// duplicates itself asks for whole windows; it can keep each of them independently.
        whole_windows: bool;

        /// Reads windows of several pages until two readings agree, which doubles their requests; see
        /// [`Messages::confirm`](crate::messages::Messages::confirm).
        confirm: bool;

        /// The memory, in bytes, for pages that are being read or wait for the consumer; default 16 MiB, at
        /// least 1 MiB. One page that is larger than recent ones may exceed it.
        ///
        /// When it is used up, fewer requests are sent at once. Memory of the consumer does not count.
        memory: usize;
    }

    /// Streams the events: sessions found, entries, windows done and failed, and a summary at the end.
    ///
    /// Each window comes at least once. It comes exactly once to a consumer that
    /// commits its entries on [`HarvestEvent::WindowDone`](crate::HarvestEvent::WindowDone) and drops them
    /// on [`HarvestEvent::WindowFailed`](crate::HarvestEvent::WindowFailed). Entries of different windows are
    /// interleaved.
    ///
    /// Nothing is sent before the stream is polled. Then it reads a little ahead, on
    /// the tokio runtime that polls it, until it is dropped.
    ///
    /// # Errors
    /// A window that fails is an event. An error ends the stream: input that
    /// cannot be sent, credentials or scopes, a range wholly out of reach, the
    /// daily limit ([`Error::retry_after`](crate::Error::retry_after) says when to continue), or an
    /// [outage](crate::ErrorKind::Outage). After the run has begun,
    /// [`HarvestEvent::Stopped`](crate::HarvestEvent::Stopped) comes before such an error.
    pub fn events(self) -> HarvestEvents {
        self.events_until(future::pending())
    }

    /// The same, but when `stop` completes, the stream ends with
    /// [`HarvestEvent::Stopped`](crate::HarvestEvent::Stopped), which names what was not read.
    ///
    /// # Errors
    /// As for [`events`](Self::events).
    pub fn events_until(self, stop: impl Future<Output = ()> + Send + 'static) -> HarvestEvents {
        HarvestEvents::new(self, Box::pin(stop))
    }

    fn asked(&self) -> Wanted {
        Wanted {
            range: self.range,
            options: self.options.clone(),
            except: self.except.clone(),
            whole_windows: self.whole_windows,
            counters: self.inner.caller.parts().counters.clone(),
        }
    }

    /// The units of sessions, numbered from `first`; the oldest windows come first, since Zoom's floor
    /// moves at midnight.
    fn units(
        &self,
        run: &Run,
        planner: &mut Planner,
        sessions: &[Arc<str>],
        first: usize,
    ) -> Vec<Unit> {
        let interval = run.interval(&self.range);
        let mut units = Vec::new();
        for (place, id) in sessions.iter().enumerate() {
            for stretch in self.except.missing(id, &self.options, interval) {
                units.extend(planner.units(first + place, stretch));
            }
        }
        units.sort_by_key(|unit| (unit.window.from, unit.session));
        units
    }

    /// Refuses session ids and page sizes that cannot be sent, as [`events`](Self::events) does.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for the first of them.
    pub fn check(&self) -> Result<()> {
        check_page_size(self.page_size, MAX_MESSAGES)?;
        self.options.check()?;
        self.sessions
            .iter()
            .flatten()
            .try_for_each(|id| check_id("session id", id))
    }
}
