//! Progress through the list of sessions: waiting windows, the pass, and failures of each window.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use crate::{
    dates::Window,
    reading::{listed, run::Run},
};

/// How often a window of the list may fail, over both passes, before it is given up.
const LIST_TRIES: u32 = 2;
/// The list is read twice, and the union is used: one pass can miss a session whose place in the list changes
/// meanwhile. The second pass runs while the first messages are read.
const LIST_PASSES: u32 = 2;
/// The list of sessions, as far as it was read.
#[derive(Default)]
pub(super) struct ListReading {
    /// Sessions that the list has named.
    named: HashSet<Arc<str>>,
    /// How often the list was queued.
    pass: u32,
    waiting: VecDeque<Window>,
    /// How many windows of this pass are not read yet.
    left: usize,
    failures: HashMap<Window, u32>,
}

impl ListReading {
    /// Queues the whole reach for any range: a session may be listed only for the range of its last message.
    pub(super) fn begin_pass(&mut self, run: &Run) {
        self.pass += 1;
        let windows = listed::whole_reach(run);
        self.left += windows.len();
        self.waiting.extend(windows);
    }

    pub(super) fn next(&mut self) -> Option<Window> {
        self.waiting.pop_front()
    }

    pub(super) fn pass(&self) -> u32 {
        self.pass
    }

    /// Whether all passes are over.
    pub(super) fn is_read(&self) -> bool {
        self.pass == LIST_PASSES && self.left == 0
    }

    /// Notes that a window failed: `None` if it is queued again, otherwise whether it is given up for the first time.
    pub(super) fn failed(&mut self, window: Window) -> Option<bool> {
        let failures = self.failures.entry(window).or_default();
        *failures += 1;
        if *failures < LIST_TRIES {
            self.waiting.push_back(window);
            return None;
        }
        Some(*failures == LIST_TRIES)
    }

    /// Notes that a window was read or given up; returns whether its pass is over.
    pub(super) fn window_done(&mut self) -> bool {
        self.left -= 1;
        self.left == 0
    }

    /// Whether the list names this session for the first time.
    pub(super) fn is_new(&mut self, id: Arc<str>) -> bool {
        self.named.insert(id)
    }
}
