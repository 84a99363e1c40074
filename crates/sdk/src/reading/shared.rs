//! State that the clones of a client share.

use std::{sync::Mutex, time::Duration};

use crate::{dates::horizon::Horizon, lock::lock, transport::caller::Caller};

/// How long an edge is believed after the answer that showed it.
const EDGES_LIVE: Duration = Duration::from_secs(3600);

/// The shared state of a client's clones.
pub(crate) struct Inner {
    pub(crate) caller: Caller,
    pub(crate) window_days: u32,
    /// The known horizon, for the next run.
    pub(crate) horizon: SharedHorizon,
}

impl Inner {
    pub(crate) fn new(caller: Caller, window_days: u32) -> Self {
        Self {
            caller,
            window_days,
            horizon: SharedHorizon::default(),
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

/// The edges of an account that two sessions have shown, and when the last edge was learned.
#[derive(Debug, Default)]
pub(crate) struct SharedHorizon(Mutex<(Duration, Horizon)>);

impl SharedHorizon {
    pub(super) fn get(&self, now: Duration) -> Horizon {
        let (learned, horizon) = *lock(&self.0);
        if now.saturating_sub(learned) < EDGES_LIVE {
            horizon
        } else {
            Horizon::default()
        }
    }

    pub(super) fn set(&self, now: Duration, horizon: Horizon) {
        let mut known = lock(&self.0);
        if known.1 != horizon || now.saturating_sub(known.0) >= EDGES_LIVE {
            *known = (now, horizon);
        }
    }
}
