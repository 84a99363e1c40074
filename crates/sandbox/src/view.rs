//! The account at one instant: visibility, edits, deletions, and the settings
//! about them (U12 to U16).

mod last_sent;
mod vanished;

pub(crate) use vanished::Vanished;

use crate::hash;
use crate::settings::{
    ActionTimestamp, DeletedInMessages, EditedItems, ListedWhen, Order, Settings,
};
use crate::world::{Message, World};

/// The account as seen at one instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) settings: &'a Settings,
    /// Epoch ms.
    pub(crate) now: i64,
    pub(crate) vanished: &'a Vanished,
    /// How many times messages have vanished before this instant.
    pub(crate) vanished_times: usize,
}

/// Which array of a report an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Sent,
    /// By the edit of this number, from 0.
    Edited(usize),
    Deleted,
}

/// One element of one array of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) slot: Slot,
    /// When it was sent, edited or deleted, epoch ms.
    pub(crate) at: i64,
    /// Whether it can be read already.
    pub(crate) visible: bool,
}

/// The elements of a report, as indices into the messages of the session.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) sent: Vec<u32>,
    pub(crate) edited: Vec<(u32, u8)>,
    pub(crate) deleted: Vec<u32>,
}

/// The question that a report answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) session: usize,
    /// Epoch ms.
    pub(crate) start: i64,
    /// Epoch ms, not included.
    pub(crate) end: i64,
    /// Whether `start` and `end` select changes by their own time.
    pub(crate) by_action: bool,
    pub(crate) sent: bool,
    pub(crate) edited: bool,
    pub(crate) deleted: bool,
}

impl View<'_> {
    /// The messages of a session that were sent until now.
    pub(crate) fn messages(&self, session: usize) -> &[Message] {
        self.world.until(session, self.now)
    }

    /// Whether something that happened to a message at `at` can be read.
    pub(crate) fn sees(&self, message: Message, at: i64) -> bool {
        self.world.visible_from(message, at) <= self.now && !self.has_vanished(message)
    }

    /// Whether a message was taken out of the account without a trace.
    pub(crate) fn has_vanished(&self, message: Message) -> bool {
        self.vanished.holds(message, self.vanished_times)
    }

    /// Every entry that a message makes, also those not visible yet.
    pub(crate) fn entries(&self, message: Message) -> Vec<Entry> {
        let made = self.world.modifications(message);
        let entry = |slot, at| Entry {
            slot,
            at,
            visible: self.sees(message, at),
        };
        let mut entries = Vec::with_capacity(1);
        let vanished = self.settings.deleted_in_messages == DeletedInMessages::Vanishes
            && made.deleted.is_some_and(|at| self.sees(message, at));
        if !vanished {
            entries.push(entry(Slot::Sent, message.ts));
        }
        let happened = made.edits().partition_point(|&at| at <= self.now);
        let visible = made.edits().partition_point(|&at| self.sees(message, at));
        for (number, &at) in made.edits()[..happened].iter().enumerate() {
            let shown = match self.settings.edited_items {
                EditedItems::Each => true,
                EditedItems::Last => number + 1 == visible || number + 1 == happened,
            };
            if shown {
                entries.push(entry(Slot::Edited(number), at));
            }
        }
        if let Some(at) = made.deleted.filter(|&at| at <= self.now) {
            entries.push(entry(Slot::Deleted, at));
        }
        entries
    }

    /// The `action_timestamp` that an item carries now, if any.
    pub(crate) fn action_timestamp(&self, message: Message, slot: Slot) -> Option<i64> {
        let made = self.world.modifications(message);
        let (choice, at) = match slot {
            Slot::Sent => (
                self.settings.action_in_messages,
                made.edits()
                    .iter()
                    .copied()
                    .chain(made.deleted)
                    .rfind(|&at| self.sees(message, at)),
            ),
            Slot::Edited(number) => (
                self.settings.action_in_edited,
                made.edits().get(number).copied(),
            ),
            Slot::Deleted => (self.settings.action_in_deleted, made.deleted),
        };
        at.filter(|_| choice == ActionTimestamp::Served)
    }

    /// The elements of a report, in the account's order.
    pub(crate) fn lists(&self, question: &Question) -> Lists {
        let messages = self.messages(question.session);
        let earliest = if question.by_action {
            question.start - crate::world::LONGEST_WAIT
        } else {
            question.start
        };
        let first = messages.partition_point(|message| message.ts < earliest);
        let last = messages.partition_point(|message| message.ts < question.end);
        let selects = |at: i64| (question.start..question.end).contains(&at);
        let mut lists = Lists::default();
        for (index, message) in (first as u32..).zip(&messages[first..last]) {
            for entry in self.entries(*message) {
                if !entry.visible {
                    continue;
                }
                let at = if question.by_action {
                    entry.at
                } else {
                    message.ts
                };
                match entry.slot {
                    Slot::Sent if question.sent && selects(message.ts) => lists.sent.push(index),
                    Slot::Edited(number) if question.edited && selects(at) => {
                        lists.edited.push((index, number as u8));
                    }
                    Slot::Deleted if question.deleted && selects(at) => lists.deleted.push(index),
                    _ => {}
                }
            }
        }
        self.arrange(messages, &mut lists);
        lists
    }

    /// The place of a message in the account's order.
    pub(crate) fn place(&self, message: Message) -> (i64, u64) {
        match self.settings.order {
            Order::Ascending => (message.ts, message.key),
            Order::Descending => (-message.ts, !message.key),
            Order::None => (0, hash::mix(message.key)),
        }
    }

    fn arrange(&self, messages: &[Message], lists: &mut Lists) {
        match self.settings.order {
            Order::Ascending => {}
            Order::Descending => {
                lists.sent.reverse();
                lists.edited.reverse();
                lists.deleted.reverse();
            }
            Order::None => {
                let place = |index: u32| self.place(messages[index as usize]);
                lists.sent.sort_by_cached_key(|&index| place(index));
                lists.edited.sort_by_cached_key(|&(index, _)| place(index));
                lists.deleted.sort_by_cached_key(|&index| place(index));
            }
        }
    }

    /// When the last message of a session was sent, of those that can be read.
    pub(crate) fn last_activity(&self, session: usize) -> Option<i64> {
        let messages = self.messages(session);
        messages
            .iter()
            .rev()
            .find(|message| self.sees(**message, message.ts))
            .map(|message| message.ts)
    }

    /// Whether a listing of `start..end` (epoch ms) names a session (U10).
    pub(crate) fn is_listed(&self, session: usize, start: i64, end: i64) -> bool {
        match self.settings.listed_when {
            ListedWhen::Last => self
                .last_activity(session)
                .is_some_and(|last| (start..end).contains(&last)),
            ListedWhen::Any => {
                let messages = self.messages(session);
                let upto = messages.partition_point(|message| message.ts < end);
                messages[..upto]
                    .iter()
                    .rev()
                    .take_while(|message| message.ts >= start)
                    .any(|message| self.sees(*message, message.ts))
            }
        }
    }
}
