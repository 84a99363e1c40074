//! Plans windows, and the instants that each is read for.

use crate::dates::{
    Interval,
    horizon::{Horizon, Today},
    padding::{earliest_midnight, latest_midnight},
    window::Window,
};

/// A window of a session, and the instants for which its entries are kept.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// The session's place among those of the run.
    pub(crate) session: usize,
    /// The stretch of time that it is a part of.
    pub(crate) stretch: usize,
    pub(crate) window: Window,
    pub(crate) keep: Interval,
    /// Whether another window of the stretch ends on its first date.
    pub(crate) before: bool,
    /// Whether another window of the stretch begins on its last date.
    pub(crate) after: bool,
}

/// Turns stretches of time into units.
#[derive(Debug)]
pub(crate) struct Planner {
    pub(crate) horizon: Horizon,
    pub(crate) today: Today,
    pub(crate) window_days: u32,
    /// Whether each window keeps everything of its stretch that Zoom answers for it.
    pub(crate) whole_windows: bool,
    stretches: usize,
}

impl Planner {
    pub(crate) fn new(
        horizon: Horizon,
        today: Today,
        window_days: u32,
        whole_windows: bool,
    ) -> Self {
        Self {
            horizon,
            today,
            window_days,
            whole_windows,
            stretches: 0,
        }
    }

    /// The units of a session that read a stretch, oldest first; none if all of it is beyond reach.
    ///
    /// A window answers its dates up to the day before its last one, and keeps the entries that may
    /// belong to these dates. So two neighbours share exactly 26 hours of entries.
    pub(crate) fn units(&mut self, session: usize, stretch: Interval) -> Vec<Unit> {
        let Some(reach) = self.horizon.clip(Window::around(stretch), self.today) else {
            return Vec::new();
        };
        let windows = reach.split(self.window_days);
        self.windows(session, stretch, windows)
    }

    /// The units from an already begun window on, whatever is within reach now.
    pub(crate) fn units_from(&mut self, stretch: Interval, first: Window) -> Vec<Unit> {
        let rest = Window::new(first.to, Window::around(stretch).to);
        let mut windows = vec![first];
        if let Some(rest) = self.horizon.clip(rest, self.today)
            && rest.from < rest.to
        {
            windows.extend(rest.split(self.window_days));
        }
        self.windows(0, stretch, windows)
    }

    /// The units of the dates as given, without cutting entries; from an already begun window on, if
    /// there is one.
    pub(crate) fn as_given(&mut self, dates: Window, begun: Option<Window>) -> Vec<Unit> {
        let rest = Window {
            from: begun.map_or(dates.from, |begun| begun.to),
            ..dates
        };
        let mut windows: Vec<Window> = begun.into_iter().collect();
        if begun.is_none() || rest.from < rest.to {
            windows.extend(rest.split(self.window_days));
        }
        self.windows(0, Interval::ALL, windows)
    }

    fn windows(&mut self, session: usize, stretch: Interval, windows: Vec<Window>) -> Vec<Unit> {
        self.stretches += 1;
        let last = windows.len() - 1;
        let unit = |(place, window): (usize, Window)| {
            let (before, after) = (place > 0, place < last);
            let mut keep = stretch;
            if before && !self.whole_windows {
                keep.start = keep.start.max(earliest_midnight(window.from));
            }
            if after && !self.whole_windows {
                keep.end = keep.end.min(latest_midnight(window.to));
            }
            Unit {
                session,
                stretch: self.stretches,
                window,
                keep,
                before,
                after,
            }
        };
        windows.into_iter().enumerate().map(unit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DateRange;

    fn units(whole_windows: bool) -> Vec<Unit> {
        let today = Today::is("2026-11-20".parse().expect("a day"));
        let range = DateRange::parse("2026-08-01..2026-09-30").expect("a range");
        let mut planner = Planner::new(Horizon::default(), today, 27, whole_windows);
        planner.units(0, range.interval())
    }

    #[test]
    fn neighbours_share_26_hours_and_the_ends_are_those_of_the_stretch() {
        let units = units(false);
        for pair in units.windows(2) {
            assert_eq!(pair[0].window.to, pair[1].window.from);
            assert!(pair[0].after && pair[1].before);
            let shared = pair[0].keep.intersection(pair[1].keep);
            assert_eq!((shared.end - shared.start).num_hours(), 26);
        }
        let (first, last) = (&units[0], &units[units.len() - 1]);
        assert_eq!(first.keep.start.to_string(), "2026-08-01 00:00:00 UTC");
        assert_eq!(last.keep.end.to_string(), "2026-10-01 00:00:00 UTC");
        assert!(!first.before && !last.after);
    }

    #[test]
    fn whole_windows_keep_the_whole_stretch() {
        let units = units(true);
        assert!(units.len() > 1);
        assert!(units.iter().all(|unit| unit.keep == units[0].keep));
    }
}
