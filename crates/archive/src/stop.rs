//! Stopping a run from outside.

use tokio_util::sync::CancellationToken;

/// Stops a run in order. A sync keeps complete windows, and its report says that it was stopped; an export leaves nothing.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Makes a handle; clones stop the same run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run that was given this handle.
    pub fn stop(&self) {
        self.0.cancel();
    }

    /// Whether the run was told to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Waits until the run is stopped; without a handle, waits always.
pub(crate) async fn stopped(stop: Option<&Stop>) {
    match stop {
        Some(stop) => stop.0.cancelled().await,
        None => futures::future::pending().await,
    }
}
