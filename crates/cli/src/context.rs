//! The surroundings of a command.

use zoom_chat_archive::Stop;

use crate::{args::GlobalArgs, failure::Failure, signal::Interrupt};

/// The surroundings of a command: options of every command, and signals.
pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) interrupt: Interrupt,
}

impl Context {
    /// A handle by which a signal stops a run in order. Needs a runtime.
    pub(crate) fn stop(&self) -> Stop {
        let (stop, mut interrupt) = (Stop::new(), self.interrupt.clone());
        let handle = stop.clone();
        tokio::spawn(async move {
            interrupt.wait().await;
            handle.stop();
        });
        stop
    }
}

/// Runs a command that leaves nothing behind if it is stopped by a signal.
pub(crate) async fn or_interrupt<T>(
    command: impl Future<Output = Result<T, Failure>>,
    context: &Context,
) -> Result<T, Failure> {
    let mut interrupt = context.interrupt.clone();
    tokio::select! {
        result = command => result,
        signal = interrupt.wait() => Err(Failure::interrupted(signal)),
    }
}
