//! The state behind every request.

mod account;
mod clock;
pub(crate) mod limit;
pub(crate) mod stats;

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use account::{Account, Tokens};
use clock::Clock;
use limit::Limiter;
use stats::{Recorder, Stats};

use crate::fault::FaultBook;
use crate::settings::{Settings, timeline};
use crate::truth::{self, TruthEntry};
use crate::view::{Lists, Question, Vanished, View};
use crate::world::{LONGEST_WAIT, Message, World};

/// How many windows of large sessions are cached for their next pages.
const CACHED_WINDOWS: usize = 32;
/// How many messages make a window worth caching.
const LARGE: usize = 300;

/// The simulated account, shared by all connections.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// Scheme, host and port, without a slash at the end.
    pub(crate) origin: String,
    pub(crate) account: Account,
    pub(crate) clock: Clock,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) limiter: Mutex<Limiter>,
    pub(crate) stats: Mutex<Recorder>,
    pub(crate) faults: Mutex<FaultBook>,
    pub(crate) revoked_pages: Mutex<HashSet<String>>,
    /// Counts responses, so that no two are signed alike.
    pub(crate) nonce: AtomicU64,
    world: RwLock<World>,
    windows: Mutex<VecDeque<CachedWindow>>,
    /// Replaced as a whole, so that a request sees one state from beginning to end.
    vanished: Mutex<Arc<Vanished>>,
}

/// The lists of a window, valid as long as its state is the same.
struct CachedWindow {
    question: Question,
    /// The clock, and how many times messages had vanished.
    state: (i64, usize),
    lists: Arc<Lists>,
}

/// Locks a mutex of [`Shared`].
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("no request panics while it holds a lock")
}

impl Shared {
    pub(crate) fn new(settings: Settings, origin: String) -> Self {
        Self {
            account: Account::new(settings.seed),
            clock: Clock::new(settings.now, settings.clock, settings.date_offset),
            tokens: Mutex::new(Tokens::new(settings.seed)),
            limiter: Mutex::default(),
            stats: Mutex::new(Recorder::new()),
            faults: Mutex::new(FaultBook::new(&settings.faults)),
            revoked_pages: Mutex::default(),
            nonce: AtomicU64::new(1),
            world: RwLock::new(World::new(&settings)),
            windows: Mutex::default(),
            vanished: Mutex::default(),
            origin,
            settings,
        }
    }

    /// The timeline, made up to `now` (epoch ms).
    pub(crate) fn world(&self, now: i64) -> RwLockReadGuard<'_, World> {
        let why = "no request panics while it makes the timeline";
        let world = self.world.read().expect(why);
        if world.reaches(now) {
            return world;
        }
        drop(world);
        self.world.write().expect(why).grow(now);
        self.world.read().expect(why)
    }

    /// The lists of a window, cached while they cannot change.
    pub(crate) fn lists(&self, view: &View<'_>, question: &Question) -> Arc<Lists> {
        let longest_delay = i64::from(self.settings.visible_after) * 1000;
        let settled = question.end.saturating_add(LONGEST_WAIT + longest_delay) < view.now;
        let clock = if settled { i64::MAX } else { view.now };
        let state = (clock, view.vanished_times);
        let kept = lock(&self.windows)
            .iter()
            .find(|kept| kept.question == *question && kept.state == state)
            .map(|kept| Arc::clone(&kept.lists));
        if let Some(lists) = kept {
            return lists;
        }
        let lists = Arc::new(view.lists(question));
        if lists.sent.len() >= LARGE {
            let mut windows = lock(&self.windows);
            windows.truncate(CACHED_WINDOWS - 1);
            windows.push_front(CachedWindow {
                question: *question,
                state,
                lists: Arc::clone(&lists),
            });
        }
        lists
    }

    /// Sets the clock, if it can show this instant.
    pub(crate) fn set_clock(&self, now: DateTime<Utc>) -> Result<(), String> {
        self.settings.check_timeline(now)?;
        self.clock.set(now);
        Ok(())
    }

    /// Moves the clock on by this many seconds, if it can show that instant.
    pub(crate) fn advance_clock(&self, seconds: f64) -> Result<(), String> {
        // Longer than the bounds are apart, so that the sum cannot overflow.
        let beyond = 1e10;
        if !(-beyond..=beyond).contains(&seconds) {
            return Err(format!("the clock can show {}", timeline::VALID));
        }
        let moved = TimeDelta::milliseconds((seconds * 1000.0).round() as i64);
        self.set_clock(self.clock.now() + moved)
    }

    /// The messages that have vanished so far.
    pub(crate) fn vanished(&self) -> Arc<Vanished> {
        Arc::clone(&lock(&self.vanished))
    }

    /// Takes messages out of the account.
    pub(crate) fn vanish(&self, messages: impl IntoIterator<Item = Message>) {
        Arc::make_mut(&mut lock(&self.vanished)).add(messages);
    }

    /// The date the clock shows in UTC.
    pub(crate) fn today(&self) -> NaiveDate {
        self.clock.now().date_naive()
    }

    /// The statistics so far.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = lock(&self.stats).stats.clone();
        stats.tokens_issued = lock(&self.tokens).issued();
        stats
    }

    /// The entries from one place of the walk on, and the next place.
    pub(crate) fn truth_step(
        &self,
        now: DateTime<Utc>,
        place: truth::Place,
    ) -> (Vec<TruthEntry>, Option<truth::Place>) {
        let now = now.timestamp_millis();
        let world = self.world(now);
        let vanished = self.vanished();
        let view = View {
            world: &world,
            settings: &self.settings,
            now,
            vanished: &vanished,
            vanished_times: vanished.times(),
        };
        let mut entries = Vec::new();
        let next = truth::step(&view, place, &mut entries);
        (entries, next)
    }
}
