//! The order in which windows of sessions are read.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    dates::horizon::{Today, is_near_edges},
    reading::plan::Unit,
};

/// How many windows near Zoom's floor are read before the others there: a refusal of two sessions counts for all.
const SCOUTS: u32 = 2;

/// The waiting windows of sessions.
#[derive(Default)]
pub(super) struct Schedule {
    /// The oldest first, since Zoom's floor moves at midnight. The number tells windows of one date apart.
    waiting: BTreeMap<(NaiveDate, usize), Unit>,
    queued: usize,
    /// How many windows near Zoom's floor were begun, and how many have ended.
    scouts_begun: u32,
    scouts_ended: u32,
}

impl Schedule {
    pub(super) fn add(&mut self, unit: Unit) {
        self.waiting.insert((unit.window.from, self.queued), unit);
        self.queued += 1;
    }

    /// The next window, and whether it is near Zoom's floor.
    pub(super) fn next(&mut self, today: Today) -> Option<(Unit, bool)> {
        let near_edges = |unit: &Unit| is_near_edges(unit.window, today);
        let far = if self.scouts_begun >= SCOUTS && self.scouts_ended < SCOUTS {
            // Windows near the floor wait for the scouts' result, if there is other work. Other
            // sessions go first, since the scouts' own sessions may be at fault.
            let mut all = self.waiting.iter().rev();
            all.find(|(_, unit)| near_edges(unit) == [false; 2])
                .map(|(place, _)| *place)
        } else {
            None
        };
        let unit = match far {
            Some(place) => self.waiting.remove(&place)?,
            None => self.waiting.pop_first()?.1,
        };
        let [near_floor, _] = near_edges(&unit);
        self.scouts_begun = self.scouts_begun.saturating_add(u32::from(near_floor));
        Some((unit, near_floor))
    }

    /// Notes that a window was read, or failed.
    pub(super) fn ended(&mut self, near_floor: bool) {
        self.scouts_ended = self.scouts_ended.saturating_add(u32::from(near_floor));
    }
}
