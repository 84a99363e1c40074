//! Makes a stream of the items that an async function gives out.

use std::{
    future::{Future, poll_fn},
    sync::{Arc, Mutex},
    task::Poll,
};

use futures::{Stream, stream::poll_fn as stream_fn};

use crate::lock::lock;

/// The slot into which the function puts an item for the stream.
pub(crate) struct Emit<T>(Slot<T>);

type Slot<T> = Arc<Mutex<Option<T>>>;

impl<T> Emit<T> {
    /// Gives an item out, and continues once it was taken.
    ///
    /// The function's future has one poller, the stream, which takes the item before it polls again.
    pub(crate) async fn put(&mut self, item: T) {
        // A function that was dropped while it gave out an item may have left it here.
        poll_fn(|_| {
            if lock(&self.0).is_none() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        *lock(&self.0) = Some(item);
        let mut given = false;
        poll_fn(|_| {
            if std::mem::replace(&mut given, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// Runs `function` while the stream is polled, and drops it with the stream.
///
/// Nothing happens before the first poll, and nothing after the end or the drop.
pub(crate) fn stream_of<T, F>(
    function: impl FnOnce(Emit<T>) -> F + Send + 'static,
) -> impl Stream<Item = T> + Send + 'static
where
    T: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let slot: Slot<T> = Arc::default();
    let mut work = Some(Box::pin(function(Emit(slot.clone()))));
    stream_fn(move |context| {
        let Some(running) = &mut work else {
            return Poll::Ready(None);
        };
        let ended = running.as_mut().poll(context).is_ready();
        if ended {
            work = None;
        }
        match lock(&slot).take() {
            Some(item) => Poll::Ready(Some(item)),
            None if ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn items_come_in_order_and_the_stream_stays_ended() {
        let stream = stream_of(|mut out: Emit<u32>| async move {
            for number in 0..3 {
                tokio::task::yield_now().await;
                out.put(number).await;
            }
        });
        let mut stream = Box::pin(stream);
        assert_eq!(stream.by_ref().collect::<Vec<_>>().await, [0, 1, 2]);
        assert_eq!(stream.next().await, None);
    }

    #[tokio::test]
    async fn an_item_is_not_lost_where_its_giver_is_dropped_at_once() {
        let stream = stream_of(|mut out: Emit<u32>| async move {
            {
                let giver = std::pin::pin!(out.put(1));
                assert!(futures::poll!(giver).is_pending());
            }
            out.put(2).await;
        });
        let mut stream = Box::pin(stream);
        assert_eq!(stream.by_ref().collect::<Vec<_>>().await, [1, 2]);
    }

    #[tokio::test]
    async fn nothing_runs_before_the_first_poll_or_beyond_the_item_that_was_taken() {
        let steps = Arc::new(AtomicU32::new(0));
        let seen = steps.clone();
        let stream = stream_of(|mut out: Emit<()>| async move {
            loop {
                steps.fetch_add(1, Relaxed);
                out.put(()).await;
            }
        });
        let mut stream = Box::pin(stream);
        assert_eq!(seen.load(Relaxed), 0);
        stream.next().await;
        assert_eq!(seen.load(Relaxed), 1);
        stream.next().await;
        assert_eq!(seen.load(Relaxed), 2);
    }
}
