//! Bounds the memory of pages that are requested, being read, or waiting for a consumer.
//!
//! The size of a page is known only once it is read. So a request reserves the size of the largest of the
//! last pages. Bodies that grow beyond their reservation are read one at a time, each until the consumer
//! is done with its page. So for any sizes, memory holds the reservations and one more page.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use zoom_chat_reports_api::Outgrown;

use crate::lock::lock;

/// The default memory of pages: 16 MiB. Twice as much is not faster, and with half of it, pages of a quarter of
/// a megabyte are read one at a time.
pub(crate) const DEFAULT_BYTES: usize = 16 * 1024 * 1024;
/// The least useful memory: a few pages of ordinary size.
pub(crate) const LEAST_BYTES: usize = 1024 * 1024;
/// The sizes of this many last pages decide the next reservation.
const REMEMBERED: usize = 64;
/// The memory of a page while it is read, as a multiple of its body: two forms at a time (the body and its text, then
/// the text and that of each item), and as much again, which the connection has read ahead or the allocator keeps.
const WHILE_READ: usize = 4;
/// The same once it is read: the text of each item, and their typed views.
const ONCE_READ: usize = 2;
/// At least this many requests may be in flight: one reservation is at most this fraction of the memory.
const AT_LEAST: usize = 8;
/// The fraction before any page has come: few answers of unknown size, but enough for every rate that Zoom allows.
const AT_FIRST: usize = 32;

/// The memory for the pages of one harvest.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    used: Mutex<Used>,
    freed: Notify,
    /// Held by the one page that is larger than its reservation.
    alone: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Used {
    bytes: usize,
    /// The sizes of the last bodies.
    bodies: VecDeque<usize>,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit: limit.max(LEAST_BYTES),
            used: Mutex::default(),
            freed: Notify::new(),
            alone: Arc::new(Semaphore::new(1)),
        })
    }

    /// Reserves memory for a page, once some is free.
    pub(crate) async fn reserve(self: &Arc<Self>) -> Arc<Reserved> {
        loop {
            let freed = self.freed.notified();
            if let Some(reserved) = self.try_reserve() {
                return reserved;
            }
            freed.await;
        }
    }

    /// Reserves memory for a page, if some is free.
    pub(crate) fn try_reserve(self: &Arc<Self>) -> Option<Arc<Reserved>> {
        self.take(false)
    }

    /// Takes memory for a page if some is free, or if it must not wait.
    fn take(self: &Arc<Self>, at_once: bool) -> Option<Arc<Reserved>> {
        let mut used = lock(&self.used);
        let body = used.expected(self.limit);
        let bytes = body * WHILE_READ;
        let is_free = used.bytes == 0 || used.bytes + bytes <= self.limit;
        if !is_free && !at_once {
            return None;
        }
        used.bytes += bytes;
        drop(used);
        Some(Reserved::new(self.clone(), bytes, body))
    }

    /// How many more pages may be begun; half of the memory stays free for the next pages of windows that have begun.
    /// Zero while pages come faster than they are taken.
    pub(crate) fn fit(&self) -> usize {
        let used = lock(&self.used);
        let each = used.expected(self.limit) * WHILE_READ;
        (self.limit / 2).saturating_sub(used.bytes) / each.max(1)
    }

    fn change(&self, from: usize, to: usize) {
        let mut used = lock(&self.used);
        used.bytes = used.bytes.saturating_sub(from).saturating_add(to);
        drop(used);
        self.freed.notify_waiters();
    }
}

impl Used {
    /// The expected size of the next body: that of the largest recent one.
    fn expected(&self, limit: usize) -> usize {
        let part_of = |parts| limit / parts / WHILE_READ;
        let largest = self.bodies.iter().max().copied();
        largest.unwrap_or(part_of(AT_FIRST)).min(part_of(AT_LEAST))
    }

    fn remember(&mut self, body: usize) {
        if self.bodies.len() == REMEMBERED {
            self.bodies.pop_front();
        }
        self.bodies.push_back(body);
    }
}

/// Where the memory for a page comes from.
#[derive(Clone, Debug)]
pub(crate) enum Room {
    /// Reserved before each attempt, and freed while the request waits for its next attempt.
    New(Arc<Memory>),
    /// Shared with another page that is held meanwhile, since the holder of a page must not wait for memory.
    Beside(Arc<Memory>, Option<Arc<Reserved>>),
}

impl Room {
    /// The memory for a page, if some is free; always if another page is held.
    pub(crate) fn try_reserve(&self) -> Option<Arc<Reserved>> {
        match self {
            Self::New(memory) => memory.try_reserve(),
            Self::Beside(_, Some(held)) => Some(held.clone()),
            Self::Beside(memory, None) => memory.take(true),
        }
    }

    /// The same, once some is free.
    pub(crate) async fn reserve(&self) -> Arc<Reserved> {
        let (Self::New(memory) | Self::Beside(memory, _)) = self;
        match self.try_reserve() {
            Some(reserved) => reserved,
            None => memory.reserve().await,
        }
    }
}

/// Memory reserved for one page, until the page and this are dropped.
#[derive(Debug)]
pub(crate) struct Reserved {
    memory: Arc<Memory>,
    /// The size of body for which it is enough.
    body: u64,
    bytes: Mutex<usize>,
    alone: Mutex<Option<OwnedSemaphorePermit>>,
    waits: Waits,
}

/// How long the body waited to be read alone; timeouts must not count this.
#[derive(Debug, Default)]
struct Waits {
    is_waiting: AtomicBool,
    micros: AtomicU64,
}

impl Reserved {
    fn new(memory: Arc<Memory>, bytes: usize, body: usize) -> Arc<Self> {
        Arc::new(Self {
            memory,
            body: body as u64,
            bytes: Mutex::new(bytes),
            alone: Mutex::default(),
            waits: Waits::default(),
        })
    }

    /// The size of body for which it is enough.
    pub(crate) fn body(&self) -> u64 {
        self.body
    }

    /// Notes that the page was read, and the size of its body.
    pub(crate) fn settle(&self, body: u64) {
        let body = usize::try_from(body).unwrap_or(usize::MAX);
        lock(&self.memory.used).remember(body);
        let after = body.saturating_mul(ONCE_READ);
        let mut bytes = lock(&self.bytes);
        let before = std::mem::replace(&mut *bytes, after);
        drop(bytes);
        self.memory.change(before, after);
    }

    /// Whether the body is waiting now.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waits.is_waiting.load(Relaxed)
    }

    /// How long the body has waited.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_micros(self.waits.micros.load(Relaxed))
    }
}

impl Outgrown for Reserved {
    fn outgrown(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if lock(&self.alone).is_some() {
                return;
            }
            let began = Instant::now();
            self.waits.is_waiting.store(true, Relaxed);
            let permit = self.memory.alone.clone().acquire_owned().await;
            let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.waits.micros.fetch_add(micros, Relaxed);
            self.waits.is_waiting.store(false, Relaxed);
            *lock(&self.alone) = permit.ok();
        })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let bytes = *lock(&self.bytes);
        self.memory.change(bytes, 0);
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, poll};

    use super::*;

    const MIB: usize = 1024 * 1024;

    #[tokio::test]
    async fn before_any_page_came_some_are_asked_for() {
        let memory = Memory::new(32 * MIB);
        let mut all: Vec<_> = std::iter::from_fn(|| memory.reserve().now_or_never()).collect();
        assert_eq!(all.len(), AT_FIRST);
        all.pop();
        assert!(memory.reserve().now_or_never().is_some());
    }

    #[tokio::test]
    async fn however_large_pages_are_a_few_may_be_asked_for() {
        let memory = Memory::new(32 * MIB);
        memory.reserve().await.settle(u64::MAX);
        let all: Vec<_> = std::iter::from_fn(|| memory.reserve().now_or_never()).collect();
        assert_eq!(all.len(), AT_LEAST);
    }

    #[tokio::test]
    async fn small_pages_let_more_be_asked_for_and_a_large_one_fewer() {
        let memory = Memory::new(32 * MIB);
        memory.reserve().await.settle(64 * 1024);
        let all: Vec<_> = std::iter::from_fn(|| memory.reserve().now_or_never()).collect();
        assert_eq!(all.len(), 512 / WHILE_READ);
        drop(all);
        memory.reserve().await.settle(MIB as u64 / 2);
        let all: Vec<_> = std::iter::from_fn(|| memory.reserve().now_or_never()).collect();
        assert_eq!(all.len(), 64 / WHILE_READ);
    }

    #[tokio::test]
    async fn a_page_counts_until_it_is_dropped() {
        let memory = Memory::new(32 * MIB);
        let page = memory.reserve().await;
        page.settle(16 * MIB as u64);
        assert_eq!(memory.fit(), 0);
        let mut next = Box::pin(memory.reserve());
        assert!(poll!(&mut next).is_pending());
        drop(page);
        assert!(poll!(&mut next).is_ready());
    }

    #[tokio::test]
    async fn bodies_that_outgrow_what_was_reserved_are_read_one_at_a_time() {
        let memory = Memory::new(32 * MIB);
        let (first, second) = (memory.reserve().await, memory.reserve().await);
        first.outgrown().await;
        let mut waiting = second.outgrown();
        assert!(poll!(&mut waiting).is_pending());
        assert!(second.is_waiting());
        first.settle(40 * MIB as u64);
        assert!(
            poll!(&mut waiting).is_pending(),
            "its page is not taken yet"
        );
        drop(first);
        assert!(poll!(&mut waiting).is_ready());
        drop(waiting);
        assert!(!second.is_waiting());
        assert!(second.waited() > Duration::ZERO);
    }

    #[tokio::test]
    async fn the_first_page_that_is_asked_for_never_waits() {
        let memory = Memory::new(LEAST_BYTES);
        memory.reserve().await.settle(u64::MAX);
        assert!(memory.reserve().now_or_never().is_some());
    }
}
