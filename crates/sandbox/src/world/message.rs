//! One message as it is kept in memory, and what derives from it alone.

use super::boundary::{self, DAY};
use crate::hash::{self, Rng};

/// A message: when it was sent, and the number that the rest of it derives from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Message {
    /// Sent at, epoch ms.
    pub(crate) ts: i64,
    /// The number that the rest derives from.
    pub(crate) key: u64,
}

/// The longest time between a message and a change to it, ms.
pub(crate) const LONGEST_WAIT: i64 = 7 * DAY;
const MOST_EDITS: usize = 4;

/// All edits and the deletion of a message; instants in epoch ms, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Modifications {
    edits: [i64; MOST_EDITS],
    edit_count: usize,
    /// When it was deleted, later than every edit.
    pub(crate) deleted: Option<i64>,
}

impl Modifications {
    /// When it was edited.
    pub(crate) fn edits(&self) -> &[i64] {
        &self.edits[..self.edit_count]
    }
}

impl Message {
    /// A number for one aspect of the message, independent of its others.
    pub(crate) fn roll(self, aspect: u64) -> u64 {
        hash::mix(self.key ^ aspect.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// True for `permille` of a thousand messages.
    pub(crate) fn chance(self, aspect: u64, permille: u64) -> bool {
        self.roll(aspect) % 1000 < permille
    }

    /// Whether a bot wrote it.
    pub(crate) fn is_bot(self) -> bool {
        self.chance(41, 30)
    }

    /// Whether it is a reply, if there is something before it to answer.
    pub(crate) fn may_reply(self) -> bool {
        self.chance(42, 150)
    }

    /// The index of the message that this one, at `index`, answers directly.
    pub(super) fn replies_to(self, index: usize) -> Option<usize> {
        if !self.may_reply() {
            return None;
        }
        index.checked_sub(1 + (self.roll(43) % 30) as usize)
    }

    /// How long after its time it becomes visible, ms; at most `longest` s.
    pub(super) fn delay(self, longest: u64) -> i64 {
        (self.roll(44) % (longest * 1000 + 1)) as i64
    }

    /// Its edits and its deletion. Messages beside a midnight are changed more often,
    /// and changes fall on midnights more often than chance has it.
    pub(super) fn modifications(self, shifts: &[i64]) -> Modifications {
        let roll = self.roll(45) % 1000;
        let (edited, deleted) = if boundary::is_beside_midnight(self.ts, shifts) {
            (roll < 250, (200..300).contains(&roll))
        } else {
            (roll < 60, (50..80).contains(&roll))
        };
        if !edited && !deleted {
            return Modifications::default();
        }
        let mut rng = Rng::new(self.roll(46));
        let edit_count = match (edited, rng.below(10)) {
            (false, _) => 0,
            (true, 0..=5) => 1,
            (true, 6..=8) => 2 + rng.below(2) as usize,
            (true, _) => MOST_EDITS,
        };
        let count = edit_count + usize::from(deleted);
        let mut times = [0; MOST_EDITS + 1];
        for time in &mut times[..count] {
            *time = self.time_of_change(&mut rng, shifts);
        }
        times[..count].sort_unstable();
        for index in 1..count {
            times[index] = times[index].max(times[index - 1] + 1);
        }
        let mut edits = [0; MOST_EDITS];
        edits[..edit_count].copy_from_slice(&times[..edit_count]);
        Modifications {
            edits,
            edit_count,
            deleted: deleted.then(|| times[edit_count]),
        }
    }

    fn time_of_change(self, rng: &mut Rng, shifts: &[i64]) -> i64 {
        let longest = match rng.below(20) {
            0..12 => 10 * 60_000,
            12..17 => DAY,
            _ => LONGEST_WAIT - 10,
        };
        let ordinary = self.ts + 1 + rng.below(longest as u64) as i64;
        if !rng.chance(200) {
            return ordinary;
        }
        let shift = if rng.chance(500) {
            shifts[ordinary.rem_euclid(shifts.len() as i64) as usize]
        } else {
            0
        };
        let midnight = (ordinary + shift).div_euclid(DAY) * DAY - shift;
        let beside = midnight + rng.below(3) as i64 - 1;
        if beside > self.ts { beside } else { ordinary }
    }
}
