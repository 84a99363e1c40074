//! What everything that reads an account shares.

use super::run::SharedHorizon;
use crate::transport::caller::Caller;

/// What the clones of a client share.
pub(crate) struct Inner {
    pub(crate) caller: Caller,
    pub(crate) window_days: u32,
    /// How far Zoom answers, for the next run.
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
