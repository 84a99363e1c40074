//! The surroundings of a command.

use crate::{args::GlobalArgs, failure::Failure, signal::Interrupt};

/// The surroundings of a command: options of every command, and signals.
pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) interrupt: Interrupt,
}

/// For commands that leave nothing behind when they are stopped.
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
