//! `last_message_sent_time`, under each possible meaning (U11).

use crate::settings::{AfterDelete, LastSent};
use crate::view::View;
use crate::world::{LONGEST_WAIT, Message};

impl View<'_> {
    /// The time that a listing of `start..end` shows for a session, epoch ms.
    pub(crate) fn last_sent(&self, session: usize, start: i64, end: i64) -> Option<i64> {
        let (start, end) = match self.settings.last_sent {
            LastSent::Ever => (i64::MIN, i64::MAX),
            LastSent::InRange => (start, end),
        };
        let mut latest: Option<i64> = None;
        for (index, message) in self.messages(session).iter().enumerate().rev() {
            let horizon = if self.settings.edits_count {
                message.ts.saturating_add(LONGEST_WAIT)
            } else {
                message.ts
            };
            if latest.is_some_and(|latest| horizon <= latest) || horizon < start {
                break;
            }
            if !self.counts(session, index, *message) {
                continue;
            }
            let times = self.times_of(*message);
            let within = times.into_iter().filter(|at| (start..end).contains(at));
            latest = latest.max(within.max());
        }
        latest
    }

    fn counts(&self, session: usize, index: usize, message: Message) -> bool {
        let deleted = || {
            self.world
                .modifications(message)
                .deleted
                .is_some_and(|at| self.sees(message, at))
        };
        let settings = self.settings;
        self.sees(message, message.ts)
            && (settings.bots_count || !message.is_bot())
            && (settings.replies_count || self.world.thread_of(session, index).is_none())
            && (settings.after_delete == AfterDelete::Stays || !deleted())
    }

    fn times_of(&self, message: Message) -> Vec<i64> {
        let mut times = vec![message.ts];
        if self.settings.edits_count {
            let made = self.world.modifications(message);
            times.extend(made.edits().iter().filter(|&&at| self.sees(message, at)));
        }
        times
    }
}
