//! Time that goes on when nothing else does.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;
use zoom_chat_reports::clock::Clock;

/// After so much real time without a look at the clock, nothing is under way any more.
const QUIET: Duration = Duration::from_millis(3);

/// A clock whose time jumps to the earliest sleeper, once all who are awake have gone to sleep.
///
/// Unlike the SDK's skipping clock it keeps the order of those who sleep, so that the time between two events is
/// what it would be. It must be made within a runtime.
pub struct SimulatedClock {
    start: DateTime<Utc>,
    looks: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    now: Duration,
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
    number: u64,
}

impl SimulatedClock {
    pub fn new(start: DateTime<Utc>) -> Arc<Self> {
        let clock = Arc::new(Self {
            start,
            looks: AtomicU64::new(0),
            state: Mutex::default(),
        });
        tokio::spawn(go_on(Arc::downgrade(&clock)));
        clock
    }

    /// Somebody is at work.
    pub fn look(&self) -> Duration {
        self.looks.fetch_add(1, Relaxed);
        self.state.lock().unwrap().now
    }
}

async fn go_on(clock: Weak<SimulatedClock>) {
    let mut seen = 0;
    loop {
        tokio::time::sleep(QUIET).await;
        let Some(clock) = clock.upgrade() else { return };
        let looks = clock.looks.load(Relaxed);
        if std::mem::replace(&mut seen, looks) != looks {
            continue;
        }
        let mut state = clock.state.lock().unwrap();
        if let Some(((at, _), sleeper)) = state.sleepers.pop_first() {
            state.now = state.now.max(at);
            // Who has stopped to wait is passed over.
            let _ = sleeper.send(());
        }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Duration {
        self.look()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        self.looks.fetch_add(1, Relaxed);
        let mut state = self.state.lock().unwrap();
        if at <= state.now {
            return tokio::task::yield_now().boxed();
        }
        let (sender, woken) = oneshot::channel();
        state.number += 1;
        let place = (at, state.number);
        state.sleepers.insert(place, sender);
        woken.map(|_| ()).boxed()
    }

    fn utc(&self) -> DateTime<Utc> {
        self.start + TimeDelta::from_std(self.look()).unwrap()
    }

    fn random(&self) -> f64 {
        0.5
    }
}

impl fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimulatedClock")
    }
}

#[tokio::test]
async fn sleepers_wake_in_order_and_time_is_what_they_asked_for() {
    let clock = SimulatedClock::new(DateTime::UNIX_EPOCH);
    let woken = Mutex::new(Vec::new());
    let sleep = async |seconds| {
        clock.sleep_until(Duration::from_secs(seconds)).await;
        woken.lock().unwrap().push((seconds, clock.now().as_secs()));
    };
    futures::join!(sleep(30), sleep(1), sleep(20), sleep(1));
    let woken = woken.into_inner().unwrap();
    assert_eq!(woken, [(1, 1), (1, 1), (20, 20), (30, 30)]);
}
