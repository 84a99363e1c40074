//! Everything that waits or sends needs the tokio runtime.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

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

/// The end of the time that something may take. It is real time: somebody waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// From now on.
    ///
    /// # Errors
    /// Where there is no runtime to keep the time.
    pub(crate) fn of(timeout: Option<Duration>) -> Result<Self> {
        check()?;
        // A time beyond all calendars is no limit.
        Ok(Self(
            timeout.and_then(|time| Instant::now().checked_add(time)),
        ))
    }

    /// Does it as far as the time goes; what is not done then is dropped.
    pub(crate) async fn within<T, E: From<Error>>(
        self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.0 {
            None => work.await,
            Some(at) => timeout_at(at, work)
                .await
                .unwrap_or_else(|_| Err(is_over().into())),
        }
    }
}

fn is_over() -> Error {
    Error::new(ErrorKind::Timeout, "the time that was given for it is over")
        .with_hint("give it more time, ask for fewer days, or go on from the cursor")
}
