//! Each entry once across windows, and the ends of windows in the order of their dates.
//!
//! Two neighbours of a stretch share 26 hours around the date at which one ends and the other
//! begins. Whoever comes first gives an entry of these hours. So an earlier window that fails may
//! have taken entries from the later one: then that one claims only what lies behind the shared
//! hours. An end is told after that of the window before, since only then it is known.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    clean::{Cleaned, Novelty, Seen},
    plan::Unit,
};
use crate::{
    Interval,
    dates::window::{earliest_midnight, latest_midnight},
};

/// A date in a stretch at which two windows meet.
type Place = (usize, NaiveDate);

/// What an end is told with: the instants that a window claims can become fewer.
pub(crate) trait Claim {
    fn kept(&mut self) -> &mut Interval;
}

/// Gives each entry once.
#[derive(Debug)]
pub(crate) struct Once<E> {
    seams: HashMap<Place, Seam<E>>,
    /// Entries without one plausible time, by session: any window may give them.
    doubtful: HashMap<usize, Seen>,
}

/// The hours that two windows share.
#[derive(Debug)]
struct Seam<E> {
    given: Seen,
    /// Whether the earlier window was read to its end, once that is known.
    earlier: Option<bool>,
    /// The end of the later window, which waits for that.
    held: Option<(Unit, E)>,
    later_over: bool,
}

impl<E> Default for Once<E> {
    fn default() -> Self {
        Self {
            seams: HashMap::new(),
            doubtful: HashMap::new(),
        }
    }
}

impl<E: Claim> Once<E> {
    /// Learns of windows that will be read.
    pub(crate) fn expect(&mut self, units: &[Unit]) {
        for unit in units.iter().filter(|unit| unit.before) {
            let seam = Seam {
                given: Seen::default(),
                earlier: None,
                held: None,
                later_over: false,
            };
            self.seams.insert((unit.stretch, unit.window.from), seam);
        }
    }

    /// What an entry of a window is to those that its neighbours gave.
    pub(crate) fn note(&mut self, unit: &Unit, cleaned: &Cleaned) -> Novelty {
        let mut novelty = Novelty::New;
        if cleaned.doubtful {
            let given = self.doubtful.entry(unit.session).or_default();
            novelty = given.note(cleaned.fingerprint);
        }
        for date in cleaned.at.into_iter().flat_map(shared_dates) {
            if let Some(seam) = self.seams.get_mut(&(unit.stretch, date)) {
                novelty = novelty.max(seam.given.note(cleaned.fingerprint));
            }
        }
        novelty
    }

    /// A window was read to its end, or failed (`None`); the ends that can be told now, in order.
    pub(crate) fn ended(&mut self, unit: Unit, end: Option<E>) -> Vec<(Unit, E)> {
        let mut told = Vec::new();
        let mut next = Some((unit, end));
        while let Some((unit, end)) = next.take() {
            let mut end = end;
            if unit.before
                && let Some(seam) = self.seams.get_mut(&(unit.stretch, unit.window.from))
            {
                match (seam.earlier, end.as_mut()) {
                    (None, Some(_)) => {
                        seam.held = end.map(|end| (unit, end));
                        return told;
                    }
                    (Some(false), Some(end)) => {
                        let kept = end.kept();
                        kept.start = kept.start.max(latest_midnight(unit.window.from));
                    }
                    _ => {}
                }
                seam.later_over = true;
                self.release((unit.stretch, unit.window.from));
            }
            let was_read = end.is_some();
            let place = (unit.stretch, unit.window.to);
            let after = unit.after;
            told.extend(end.map(|end| (unit, end)));
            if after && let Some(seam) = self.seams.get_mut(&place) {
                seam.earlier = Some(was_read);
                next = seam.held.take().map(|(unit, end)| (unit, Some(end)));
                self.release(place);
            }
        }
        told
    }

    /// Forgets a seam that no window needs any more.
    fn release(&mut self, place: Place) {
        let is_over = |seam: &Seam<E>| seam.later_over && seam.earlier.is_some();
        if self.seams.get(&place).is_some_and(is_over) {
            self.seams.remove(&place);
        }
    }
}

/// The dates whose midnight, of any zone, may separate an instant from the one before it.
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
