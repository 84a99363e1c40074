//! How far Zoom answers: the account's floor and ceiling, learned once a run.
//!
//! The floor lies about six months back and moves at midnight, of some zone;
//! the ceiling lies near today. Both only ever narrow, and only by refusals
//! and echoes that nothing else explains.

use chrono::{Days, NaiveDate};

use crate::{range::six_months_back, window::Window};

/// From this many days back on, a `from` is accepted under every reading of "six months":
/// the shortest is 180 days without the first, counted in a zone a day ahead, one midnight later.
pub(crate) const SURE_DAYS: u64 = 177;
/// A `to` so many days before today is never in the future, whatever the zone.
const NEVER_FUTURE_DAYS: u64 = 2;

/// What is known of the account's floor and ceiling.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    floor: Option<NaiveDate>,
    ceiling: Option<NaiveDate>,
    floor_seen: bool,
}

/// What a difference between question and echo means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// Zoom answered this window.
    Accepted(Window),
    /// Zoom answered another question.
    Mismatch,
}

impl Reach {
    /// The earliest date worth asking for.
    pub(crate) fn floor(&self, today: NaiveDate) -> NaiveDate {
        let widest = six_months_back(today) - Days::new(1);
        self.floor.map_or(widest, |floor| floor.max(widest))
    }

    /// The latest date worth asking for.
    pub(crate) fn ceiling(&self, today: NaiveDate) -> NaiveDate {
        let widest = today + Days::new(NEVER_FUTURE_DAYS);
        self.ceiling.map_or(widest, |ceiling| ceiling.min(widest))
    }

    /// The ceiling, if a refusal or an echo showed it.
    pub(crate) fn learned_ceiling(&self) -> Option<NaiveDate> {
        self.ceiling
    }

    /// Whether the account shows its floor, by refusing or by an echo.
    ///
    /// Where it does not, a server that cuts the range in silence looks the
    /// same as one that answers it, and nothing before the sure days is proven.
    pub(crate) fn shows_floor(&self) -> bool {
        self.floor_seen
    }

    /// What of a window is worth asking for.
    pub(crate) fn clip(&self, window: Window, today: NaiveDate) -> Option<Window> {
        let clipped = Window {
            from: window.from.max(self.floor(today)),
            to: window.to.min(self.ceiling(today)),
        };
        (clipped.from <= clipped.to).then_some(clipped)
    }

    /// Takes over the edges that a chain has found; they only ever narrow.
    pub(crate) fn learn(&mut self, found: &Self) {
        if let Some(floor) = found.floor {
            self.raise_floor(floor);
        }
        if let Some(ceiling) = found.ceiling {
            self.lower_ceiling(ceiling);
        }
    }

    /// Learns from the refusal of a window; `false` when neither edge explains it.
    pub(crate) fn refused(&mut self, asked: Window, today: NaiveDate) -> bool {
        if is_future(asked.to, today) {
            self.lower_ceiling(asked.to - Days::new(1));
            true
        } else if is_floor(asked.from, today) {
            self.raise_floor(asked.from + Days::new(1));
            true
        } else {
            false
        }
    }

    /// Compares the echoed dates with the question; an absent one says nothing.
    pub(crate) fn echoed(
        &mut self,
        asked: Window,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Echo {
        let mut accepted = asked;
        if let Some(from) = from.filter(|from| *from != asked.from) {
            // One day more: midnight may pass between question and answer.
            let explained = is_floor(asked.from, today)
                && from > asked.from
                && from <= sure_day(today) + Days::new(1);
            if !explained {
                return Echo::Mismatch;
            }
            self.raise_floor(from);
            accepted.from = from;
        }
        if let Some(to) = to.filter(|to| *to != asked.to) {
            let explained =
                is_future(asked.to, today) && to < asked.to && to >= never_future(today);
            if !explained {
                return Echo::Mismatch;
            }
            self.lower_ceiling(to);
            accepted.to = to;
        }
        Echo::Accepted(accepted)
    }

    fn raise_floor(&mut self, to: NaiveDate) {
        self.floor_seen = true;
        self.floor = Some(self.floor.map_or(to, |floor| floor.max(to)));
    }

    fn lower_ceiling(&mut self, to: NaiveDate) {
        self.ceiling = Some(self.ceiling.map_or(to, |ceiling| ceiling.min(to)));
    }
}

/// The first date whose acceptance needs no proof.
pub(crate) fn sure_day(today: NaiveDate) -> NaiveDate {
    today - Days::new(SURE_DAYS)
}

fn never_future(today: NaiveDate) -> NaiveDate {
    today - Days::new(NEVER_FUTURE_DAYS)
}

fn is_future(to: NaiveDate, today: NaiveDate) -> bool {
    to > never_future(today)
}

fn is_floor(from: NaiveDate, today: NaiveDate) -> bool {
    from < sure_day(today)
}

#[cfg(test)]
mod tests {
    use super::{Echo, Reach};
    use crate::window::Window;
    use chrono::{Days, NaiveDate};

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day")
    }

    fn back(days: u64) -> NaiveDate {
        today() - Days::new(days)
    }

    fn window(from: u64, to: u64) -> Window {
        Window {
            from: back(from),
            to: back(to),
        }
    }

    #[test]
    fn a_refusal_near_the_floor_raises_it_by_one_day() {
        let mut reach = Reach::default();
        assert!(!reach.shows_floor());
        assert!(reach.refused(window(185, 160), today()));
        assert_eq!(reach.floor(today()), back(184));
        assert!(reach.shows_floor());
    }

    #[test]
    fn a_refusal_near_today_lowers_the_ceiling_down_to_two_days_back() {
        let mut reach = Reach::default();
        let mut asked = reach.clip(window(20, 0), today()).expect("a window");
        asked.to = reach.ceiling(today());
        for _ in 0..4 {
            assert!(reach.refused(asked, today()));
            asked.to = reach.ceiling(today());
        }
        assert_eq!(reach.ceiling(today()), back(2));
        assert!(
            !reach.refused(asked, today()),
            "a range in the past is no future"
        );
    }

    #[test]
    fn a_span_that_is_too_long_is_never_taken_for_an_edge() {
        let mut reach = Reach::default();
        assert!(!reach.refused(window(177, 140), today()));
        assert!(!reach.refused(window(40, 2), today()));
        assert!(!reach.shows_floor());
    }

    #[test]
    fn an_echo_is_explained_only_at_the_edges() {
        let mut reach = Reach::default();
        let old = window(183, 160);
        assert_eq!(reach.echoed(old, None, None, today()), Echo::Accepted(old));
        assert_eq!(
            reach.echoed(old, Some(back(180)), Some(back(160)), today()),
            Echo::Accepted(window(180, 160))
        );
        assert_eq!(reach.floor(today()), back(180));
        assert_eq!(
            reach.echoed(old, Some(back(170)), None, today()),
            Echo::Mismatch
        );
        let middle = window(100, 80);
        assert_eq!(
            reach.echoed(middle, Some(back(99)), None, today()),
            Echo::Mismatch
        );
        assert_eq!(
            reach.echoed(middle, None, Some(back(81)), today()),
            Echo::Mismatch
        );
        let late = window(10, 0);
        assert_eq!(
            reach.echoed(late, None, Some(back(1)), today()),
            Echo::Accepted(window(10, 1))
        );
        assert_eq!(reach.ceiling(today()), back(1));
    }

    #[test]
    fn edges_that_one_chain_found_narrow_those_of_all() {
        let (mut all, mut one) = (Reach::default(), Reach::default());
        assert!(one.refused(window(183, 160), today()));
        assert!(one.refused(window(10, 1), today()));
        assert!(!all.shows_floor());
        all.learn(&one);
        assert_eq!(
            (all.floor(today()), all.ceiling(today())),
            (back(182), back(2))
        );
        assert!(all.shows_floor());
        all.learn(&Reach::default());
        assert_eq!(all.floor(today()), back(182));
    }

    #[test]
    fn edges_only_ever_narrow() {
        let mut reach = Reach::default();
        assert!(reach.refused(window(181, 160), today()));
        assert!(reach.refused(window(184, 160), today()));
        assert_eq!(reach.floor(today()), back(180));
    }
}
