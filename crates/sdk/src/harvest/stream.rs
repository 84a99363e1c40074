//! The events of a harvest, and the tasks behind them.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{
    Stream, StreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use tokio::task::JoinSet;

use super::{Harvest, channel, drive, event::HarvestEvent};
use crate::{Error, ErrorKind, Result, transport::runtime};

/// The events of a harvest; see [`Harvest::events`].
#[must_use = "streams do nothing unless polled"]
pub struct HarvestEvents(BoxStream<'static, Result<HarvestEvent>>);

impl HarvestEvents {
    pub(super) fn new(harvest: Harvest, stop: BoxFuture<'static, ()>) -> Self {
        let before = State::Before(Box::new(harvest), stop);
        let events = stream::unfold(before, |state| async {
            let (mut events, driver, has_ended) = match state {
                State::Before(harvest, stop) => {
                    if let Err(error) = runtime::check() {
                        return Some((Err(error), State::Over));
                    }
                    let (sender, events) = channel::way(harvest.asked());
                    // The tasks end when the set is dropped, that is, with the stream.
                    let mut driver = JoinSet::new();
                    driver.spawn(drive::drive(*harvest, sender, stop));
                    (Box::new(events), driver, false)
                }
                State::Running(events, driver, has_ended) => (events, driver, has_ended),
                State::Over => return None,
            };
            match events.next().await {
                Some(event) => {
                    let has_ended = has_ended || is_end(&event);
                    Some((event, State::Running(events, driver, has_ended)))
                }
                None => {
                    propagate_panic(driver).await;
                    (!has_ended).then(|| (Err(cut_off()), State::Over))
                }
            }
        });
        Self(events.fuse().boxed())
    }
}

impl Stream for HarvestEvents {
    type Item = Result<HarvestEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for HarvestEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarvestEvents").finish_non_exhaustive()
    }
}

enum State {
    Before(Box<Harvest>, BoxFuture<'static, ()>),
    /// The last field: whether the end was reported.
    Running(Box<channel::Events>, JoinSet<()>, bool),
    Over,
}

fn is_end(event: &Result<HarvestEvent>) -> bool {
    match event {
        Ok(HarvestEvent::Finished(_) | HarvestEvent::Stopped(_)) | Err(_) => true,
        Ok(_) => false,
    }
}

/// The error of a run whose tasks ended without a report.
fn cut_off() -> Error {
    Error::new(
        ErrorKind::Incomplete,
        "the tokio runtime in which the harvest ran has ended",
    )
    .with_hint("run it again; only the windows that were reported as done are done")
}

/// A stream that ends because its driver panicked must not look complete.
async fn propagate_panic(mut driver: JoinSet<()>) {
    if let Some(Err(error)) = driver.join_next().await
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
