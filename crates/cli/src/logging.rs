//! Logs on stderr, if they are asked for.

use std::{env, io, io::IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Starts to log what the filter selects; logs nothing without a filter.
pub(crate) fn start(filter: Option<&str>) -> Result<(), Failure> {
    let Some(filter) = filter.map(str::trim).filter(|filter| !filter.is_empty()) else {
        return Ok(());
    };
    let filter = EnvFilter::try_new(filter).map_err(|_| {
        Failure::usage("the log filter is invalid")
            .hint("give a level such as `debug`, or a target such as `zoom_chat_reports=debug`")
    })?;
    let colours =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Fails only if the caller of the library has set up tracing before.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(io::stderr)
        .try_init();
    Ok(())
}
