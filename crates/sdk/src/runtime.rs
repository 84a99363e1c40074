//! Everything that waits or sends needs the tokio runtime.

use crate::{Error, ErrorKind, Result};

/// Fails where there is none, since tokio itself would panic.
pub(crate) fn check() -> Result<()> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(
            Error::new(ErrorKind::InvalidInput, "there is no tokio runtime here")
                .with_hint("call it within one: #[tokio::main], or Runtime::block_on"),
        ),
    }
}
