//! Which windows of which sessions a harvest reads, and what neighbours share.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use crate::{
    seam::Seam,
    window::{Interval, Window},
};

use super::Harvest;

/// One window of a session, with the instants it is read for.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) session: usize,
    pub(crate) window: Window,
    pub(crate) keep: Interval,
}

/// The units of the sessions from `first` on: oldest windows first, since Zoom's floor moves at midnight.
pub(crate) fn plan(harvest: &Harvest, sessions: &[Arc<str>], first: usize) -> Vec<Unit> {
    let inner = &harvest.inner;
    let today = inner.caller.server_now().date_naive();
    let reach = inner.reach().clone();
    let whole = Interval::new(harvest.range.start(), harvest.range.end());
    let windows_of = |keep: Interval| {
        reach
            .clip(Window::around(keep), today)
            .map(|window| window.split(inner.window_days))
            .unwrap_or_default()
            .into_iter()
            .map(move |window| (window, keep))
    };
    let mut units: Vec<Unit> = sessions
        .iter()
        .enumerate()
        .skip(first)
        .flat_map(|(session, id)| {
            let open = whole.without(&harvest.except.proven(id, &harvest.options));
            open.into_iter()
                .flat_map(windows_of)
                .map(move |(window, keep)| Unit {
                    session,
                    window,
                    keep,
                })
        })
        .collect();
    units.sort_by_key(|unit| (unit.window.from, unit.session));
    units
}

/// The seams of all sessions, each kept as long as a window needs it.
#[derive(Debug, Default)]
pub(crate) struct Seams(HashMap<(usize, NaiveDate), (Arc<Seam>, usize)>);

impl Seams {
    /// Adds the seams at all dates that two of these windows share.
    pub(crate) fn add(&mut self, units: &[Unit]) {
        let mut users: HashMap<(usize, NaiveDate), usize> = HashMap::new();
        for unit in units {
            for date in [unit.window.from, unit.window.to] {
                *users.entry((unit.session, date)).or_default() += 1;
            }
        }
        let shared = users.into_iter().filter(|(_, users)| *users > 1);
        self.0
            .extend(shared.map(|(place, users)| (place, (Seam::at(place.1), users))));
    }

    /// The seams where a unit begins and where it ends.
    pub(crate) fn around(&self, unit: &Unit) -> (Option<Arc<Seam>>, Option<Arc<Seam>>) {
        let Window { from, to } = unit.window;
        let seam = |date| Some(self.0.get(&(unit.session, date))?.0.clone());
        (seam(from), seam(to).filter(|_| from < to))
    }

    /// Lets go of the seams that only this unit still needed.
    pub(crate) fn release(&mut self, unit: &Unit) {
        for date in [unit.window.from, unit.window.to] {
            let place = (unit.session, date);
            if let Some((_, users)) = self.0.get_mut(&place) {
                *users -= 1;
                if *users == 0 {
                    self.0.remove(&place);
                }
            }
        }
    }
}
