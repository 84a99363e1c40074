//! Which windows of which sessions a harvest reads, and what neighbours share.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use crate::{
    Coverage, DateRange, Options,
    reach::Reach,
    sieve::Seam,
    window::{Interval, Window},
};

/// One window of a session, with the instants it is read for.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) session: usize,
    pub(crate) window: Window,
    pub(crate) keep: Interval,
}

/// The units of a harvest: oldest windows first, since Zoom's floor moves at midnight.
pub(crate) fn plan(
    sessions: &[Arc<str>],
    range: &DateRange,
    options: &Options,
    except: &Coverage,
    reach: &Reach,
    today: NaiveDate,
    window_days: u32,
) -> Vec<Unit> {
    let whole = Interval::new(range.start(), range.end());
    let windows_of = |keep: Interval| {
        reach
            .clip(Window::around(keep), today)
            .map(|window| window.split(window_days))
            .unwrap_or_default()
            .into_iter()
            .map(move |window| (window, keep))
    };
    let mut units: Vec<Unit> = sessions
        .iter()
        .enumerate()
        .flat_map(|(session, id)| {
            let open = whole.without(&except.proven(id, options));
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
    /// The seams at all dates that two windows share.
    pub(crate) fn of(units: &[Unit]) -> Self {
        let mut users: HashMap<(usize, NaiveDate), usize> = HashMap::new();
        for unit in units {
            for date in [unit.window.from, unit.window.to] {
                *users.entry((unit.session, date)).or_default() += 1;
            }
        }
        let shared = users.into_iter().filter(|(_, users)| *users > 1);
        Self(
            shared
                .map(|(place, users)| (place, (Seam::at(place.1), users)))
                .collect(),
        )
    }

    /// The seams at both ends of a unit.
    pub(crate) fn around(&self, unit: &Unit) -> Vec<Arc<Seam>> {
        [unit.window.from, unit.window.to]
            .iter()
            .filter_map(|date| self.0.get(&(unit.session, *date)))
            .map(|(seam, _)| seam.clone())
            .collect()
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
