//! SIGINT and SIGTERM.

use std::{io, time::Duration};

use tokio::sync::watch;

/// The time that a run has to end in order after the first signal.
const GRACE: Duration = Duration::from_secs(5);

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Tells whether a signal has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<Option<Signal>>);

impl Interrupt {
    /// Listens from now on. A second signal ends the process at once; so does a run that does not
    /// end in time.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut signals = Signals::new()?;
        let (sender, receiver) = watch::channel(None);
        tokio::spawn(async move {
            let first = signals.next().await;
            let _ = sender.send(Some(first));
            // The run may be stuck in a write whose reader has stopped.
            let _ = tokio::time::timeout(GRACE, signals.next()).await;
            std::process::exit(first.exit_code().into());
        });
        Ok(Self(receiver))
    }

    /// The signal that has arrived.
    pub(crate) fn seen(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits for a signal.
    pub(crate) async fn wait(&mut self) -> Signal {
        match self.0.wait_for(Option::is_some).await.map(|seen| *seen) {
            Ok(Some(signal)) => signal,
            // The listener is gone, and with it the runtime.
            _ => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            Some(()) = self.interrupt.recv() => Signal::Interrupt,
            Some(()) = self.terminate.recv() => Signal::Terminate,
            else => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}
