//! The surroundings of a command.

use crate::{args::GlobalArgs, failure::Failure, signal::Interrupt};

/// The surroundings of a command: options of every command, and signals.
pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) interrupt: Interrupt,
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
