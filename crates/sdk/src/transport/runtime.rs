//! The tokio runtime, which everything that waits or sends needs; deadlines.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use crate::{Error, ErrorKind, Result};

/// Fails if there is no runtime, since tokio itself would panic.
pub(crate) fn check() -> Result<()> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid(
            "there is no tokio runtime here",
            "call it within one: #[tokio::main], or Runtime::block_on",
        )),
    }
}

/// The time at which an operation must end. It uses tokio's time, not the clock's, since a caller waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The deadline after `timeout` from now.
    ///
    /// # Errors
    /// When there is no runtime.
    pub(crate) fn of(timeout: Option<Duration>) -> Result<Self> {
        check()?;
        // A time beyond all calendars is no limit.
        Ok(Self(
            timeout.and_then(|time| Instant::now().checked_add(time)),
        ))
    }

    /// Runs an operation until the deadline, and then drops it.
    pub(crate) async fn within<T, E: From<Error>>(
        self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(at) = self.0 else {
            return work.await;
        };
        let mut work = pin!(work);
        let mut time = pin!(sleep_until(at));
        let mut is_over = false;
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if is_over {
                return Poll::Ready(Err(is_late().into()));
            }
            ready!(time.as_mut().poll(context));
            // The operation may just have given its last page. Then it is done once that page is taken.
            is_over = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

fn is_late() -> Error {
    Error::new(ErrorKind::Timeout, "the time limit of the reading is over")
        .with_hint("give it more time, ask for fewer days, or continue from the cursor")
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn what_is_done_when_its_last_page_was_taken_is_not_late() {
        let deadline = Deadline::of(Some(Duration::ZERO)).expect("a runtime");
        // The first poll gives a page; the second finds that everything is done.
        let giving = async {
            tokio::task::yield_now().await;
            Ok::<_, Error>(7)
        };
        assert_eq!(deadline.within(giving).await.expect("in time"), 7);
        let late = deadline.within(pending::<Result<()>>()).await;
        assert_eq!(late.expect_err("late").kind(), ErrorKind::Timeout);
    }
}
