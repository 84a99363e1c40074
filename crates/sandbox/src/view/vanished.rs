//! Messages that were taken out of the account without a trace.

use std::collections::HashMap;

use crate::world::Message;

/// The messages that vanished, in the order in which they did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vanished {
    /// For each message, how many times messages had vanished before it.
    before: HashMap<Message, usize>,
    times: usize,
}

impl Vanished {
    /// How many times messages have vanished.
    pub(crate) fn times(&self) -> usize {
        self.times
    }

    /// Takes these messages out of the account.
    pub(crate) fn add(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.before.entry(message).or_insert(self.times);
        }
        self.times += 1;
    }

    /// Whether a message was gone after the first `times` times.
    pub(crate) fn holds(&self, message: Message, times: usize) -> bool {
        self.before
            .get(&message)
            .is_some_and(|&before| before < times)
    }
}
