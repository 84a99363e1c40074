//! Traces on stderr, for those who ask for them.

use std::{env, io, io::IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Starts to log what the filter selects; logs nothing without a filter.
pub(crate) fn start(filter: Option<&str>) -> Result<(), Failure> {
    let Some(filter) = filter.map(str::trim).filter(|filter| !filter.is_empty()) else {
        return Ok(());
    };
    let filter = EnvFilter::try_new(filter).map_err(|_| {
        Failure::usage("the log filter is not understood")
            .hint("a level such as `debug`, or targets such as `zoom_chat_reports=debug`")
    })?;
    let colours =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Fails only when tracing has been set up before, by whoever calls the library.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(io::stderr)
        .try_init();
    Ok(())
}
