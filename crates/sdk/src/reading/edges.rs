//! The edges of an account, as several sources show them.
//!
//! One session may be refused for its own reason, and one refusal may be temporary. So an edge counts
//! for a source once that source was answered within it, and for all others once a second source was.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;

use crate::dates::{horizon::Horizon, window::Window};

/// The edges that the sources of one kind have found.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    /// The edges that count for all: known from an earlier run, or shown by two sources.
    shared: Horizon,
    floors: Found<NaiveDate>,
    ceilings: Found<i64>,
}

/// By source, the narrowest edge within which it was answered; `None` if it met none.
type Found<T> = HashMap<Arc<str>, Option<T>>;

impl Edges {
    pub(crate) fn new(before: Horizon) -> Self {
        Self {
            shared: before,
            ..Self::default()
        }
    }

    /// The edges that count for all sources.
    pub(crate) fn shared(&self) -> Horizon {
        self.shared
    }

    /// The edges that count for a source: the shared ones, and those that it found itself.
    pub(crate) fn of(&self, source: &str) -> Horizon {
        let floor = self.floors.get(source).copied().flatten();
        let ceiling = self.ceilings.get(source).copied().flatten();
        self.shared().narrowed_by(Horizon::new(floor, ceiling))
    }

    /// The edges that the run relies on: the shared ones, or those of the only source.
    pub(crate) fn of_run(&self) -> Horizon {
        let floor = only(&self.floors);
        let ceiling = only(&self.ceilings);
        self.shared().narrowed_by(Horizon::new(floor, ceiling))
    }

    /// Notes that a source was answered for a window, within edges that it found.
    pub(crate) fn answered(
        &mut self,
        source: &Arc<str>,
        found: Horizon,
        window: Window,
        is_edge: impl Fn(Window) -> [bool; 2],
    ) {
        let [at_floor, at_ceiling] = is_edge(window);
        if at_floor || found.shows_floor() {
            let floor = self.floors.entry(source.clone()).or_default();
            *floor = (*floor).max(found.learned_floor());
        }
        if at_ceiling || found.ceiling_days().is_some() {
            let ceiling = self.ceilings.entry(source.clone()).or_default();
            *ceiling = Horizon::new(None, *ceiling)
                .narrowed_by(found)
                .ceiling_days();
        }
        // Most sources find nothing, since they ask within the known edges.
        if found != Horizon::default() {
            let floor = second(&self.floors, |one, other| one > other);
            let ceiling = second(&self.ceilings, |one, other| one < other);
            self.shared = self.shared.narrowed_by(Horizon::new(floor, ceiling));
        }
    }
}

/// The edge of the only source.
fn only<T: Copy>(found: &Found<T>) -> Option<T> {
    let mut all = found.values().copied();
    let first = all.next()?;
    if all.next().is_none() { first } else { None }
}

/// The second narrowest edge.
fn second<T: Copy>(found: &Found<T>, narrower: impl Fn(T, T) -> bool) -> Option<T> {
    let (mut first, mut second): (Option<T>, Option<T>) = (None, None);
    for edge in found.values().copied().flatten() {
        if first.is_none_or(|first| narrower(edge, first)) {
            second = first;
            first = Some(edge);
        } else if second.is_none_or(|second| narrower(edge, second)) {
            second = Some(edge);
        }
    }
    second
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        let day = "2026-06-01".parse().expect("a day");
        Window { from: day, to: day }
    }

    fn floor(day: &str) -> Horizon {
        Horizon::new(Some(day.parse().expect("a day")), None)
    }

    fn answered(edges: &mut Edges, source: &str, found: Horizon) {
        edges.answered(&source.into(), found, window(), |_| [true, true]);
    }

    #[test]
    fn the_edge_of_the_only_source_counts() {
        let mut edges = Edges::default();
        answered(&mut edges, "a", floor("2026-05-21"));
        assert_eq!(edges.of_run(), floor("2026-05-21"));
        assert_eq!(edges.shared(), Horizon::default());
        assert_eq!(edges.of("b"), Horizon::default());
    }

    #[test]
    fn an_edge_of_one_source_among_several_is_its_own() {
        let mut edges = Edges::default();
        answered(&mut edges, "a", floor("2026-05-26"));
        answered(&mut edges, "b", Horizon::default());
        assert_eq!(edges.of_run(), Horizon::default());
        assert_eq!(edges.of("a"), floor("2026-05-26"));
        answered(&mut edges, "c", floor("2026-05-21"));
        assert_eq!(edges.of_run(), floor("2026-05-21"), "two are no earlier");
    }

    #[test]
    fn ceilings_are_shared_in_the_same_way() {
        let ceiling = |days| Horizon::new(None, Some(days));
        let mut edges = Edges::new(ceiling(2));
        answered(&mut edges, "a", ceiling(-2));
        answered(&mut edges, "b", ceiling(0));
        answered(&mut edges, "c", Horizon::default());
        assert_eq!(edges.of_run(), ceiling(0));
        assert_eq!(edges.of("a"), ceiling(-2));
    }
}
