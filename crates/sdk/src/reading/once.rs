//! Gives each entry once across windows.
//!
//! Two neighbouring windows of a stretch share 26 hours around the date at which one ends and the other
//! begins. The window that is read first gives an entry of these hours. This does not weaken the proof if one
//! of them fails: an instant of these hours may belong to a date of either, so only both together
//! prove it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    clean::{Cleaned, Novelty, Seen},
    plan::Unit,
};
use crate::dates::{
    Interval,
    padding::{earliest_midnight, latest_midnight},
};

/// A date of a stretch at which two windows meet.
type Place = (usize, NaiveDate);

/// Gives each entry once.
#[derive(Debug, Default)]
pub(crate) struct Once {
    seams: HashMap<Place, Seam>,
    /// Entries without one plausible time, by session: any window may give them.
    doubtful: HashMap<usize, Seen>,
}

/// The hours that two windows share.
#[derive(Debug)]
struct Seam {
    given: Seen,
    /// How many windows are not over yet.
    windows: u32,
}

impl Once {
    /// Adds windows that will be read.
    pub(crate) fn expect(&mut self, units: &[Unit]) {
        for unit in units.iter().filter(|unit| unit.before) {
            let seam = Seam {
                given: Seen::default(),
                windows: 2,
            };
            self.seams.insert((unit.stretch, unit.window.from), seam);
        }
    }

    /// How an entry of a window relates to those that its neighbours gave.
    pub(crate) fn note(&mut self, unit: &Unit, cleaned: &Cleaned) -> Novelty {
        let mut novelty = Novelty::New;
        if cleaned.doubtful {
            let given = self.doubtful.entry(unit.session).or_default();
            novelty = given.note(cleaned.fingerprint);
        }
        // Most entries are in the middle of a window, far from any seam.
        let inner = Interval::new(
            latest_midnight(unit.window.from),
            earliest_midnight(unit.window.to),
        );
        let at = cleaned.at.filter(|at| !inner.contains(*at));
        for date in at.into_iter().flat_map(shared_dates) {
            if let Some(seam) = self.seams.get_mut(&(unit.stretch, date)) {
                novelty = novelty.max(seam.given.note(cleaned.fingerprint));
            }
        }
        novelty
    }

    /// Notes that a window is over, and forgets what no other window needs.
    pub(crate) fn ended(&mut self, unit: &Unit) {
        let before = unit.before.then_some(unit.window.from);
        let after = unit.after.then_some(unit.window.to);
        for date in [before, after].into_iter().flatten() {
            let place = (unit.stretch, date);
            if let Some(seam) = self.seams.get_mut(&place) {
                seam.windows -= 1;
                if seam.windows == 0 {
                    self.seams.remove(&place);
                }
            }
        }
    }
}

/// The dates whose midnight, in any zone, may separate an instant from the one before it.
fn shared_dates(at: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
    let day = at.date_naive();
    [day.pred_opt(), Some(day), day.succ_opt()]
        .into_iter()
        .flatten()
        .filter(move |date| {
            let margin = TimeDelta::days(2);
            let far =
                at < DateTime::<Utc>::MIN_UTC + margin || DateTime::<Utc>::MAX_UTC - margin < at;
            !far && earliest_midnight(*date) <= at && at < latest_midnight(*date)
        })
}

#[cfg(test)]
#[path = "once_tests.rs"]
mod tests;
