//! What has been answered, and what that proves.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    harvest::WindowFacts,
    include::Options,
    range::midnight,
    reach::sure_day,
    run::WindowRun,
    window::{EARLIEST_MIDNIGHT, Interval, LATEST_MIDNIGHT},
};

/// How late a message may become visible, with a margin: what was sent less
/// than 48 hours before an answer may be missing from it.
pub const SETTLED_AFTER: TimeDelta = TimeDelta::hours(48);

/// One answered window of a session: dates as Zoom accepted them, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AnsweredWindow {
    /// The first date.
    pub from: NaiveDate,
    /// The last date, of which nothing is taken for granted.
    pub to: NaiveDate,
    /// The server's time at the window's first request.
    pub as_of: DateTime<Utc>,
    /// Whether the account shows its floor, so that an accepted `from` was answered.
    pub floor_shown: bool,
    /// The instants that entries were kept for; what lies outside was cut, and proves nothing.
    pub kept: Interval,
}

impl AnsweredWindow {
    /// What a window's run was answered, once it was.
    pub(crate) fn of(run: &WindowRun) -> Option<Self> {
        let accepted = run.chain.accepted()?;
        Some(Self {
            from: accepted.from,
            to: accepted.to,
            as_of: run.chain.first_answer()?.as_of,
            floor_shown: run.floor_shown(),
            kept: run.kept()?,
        })
    }

    /// The first instant that it proves.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        let from = if self.floor_shown {
            self.from
        } else {
            self.from.max(sure_day(self.as_of.date_naive()))
        };
        (midnight(from) + LATEST_MIDNIGHT).max(self.kept.start)
    }

    /// The first instant that it no longer proves.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        (midnight(self.to) - EARLIEST_MIDNIGHT)
            .min(self.kept.end)
            .min(self.settled())
    }

    fn settled(&self) -> DateTime<Utc> {
        self.as_of - SETTLED_AFTER
    }

    /// Whether `next`, which begins on or before this window's last date, joins without a gap.
    ///
    /// Between the two lies the local midnight of the shared date: before it
    /// this window answers, behind it the next. So all that this one answers
    /// for must have been visible in time.
    fn joins(&self, next: &Self) -> bool {
        let seam_start = midnight(next.from) - EARLIEST_MIDNIGHT;
        let seam_end = midnight(next.from) + LATEST_MIDNIGHT;
        self.to >= next.from
            && next.kept.start <= self.kept.start.max(seam_start)
            && self.kept.end >= seam_end.min(next.end())
            && self.start() <= seam_end
            && self.settled() >= seam_end.min(next.end())
    }
}

/// The instants of a session that its answered windows prove, in order and apart.
///
/// A window proves from 12:00Z of its first date (the latest that local
/// midnight can be) until 14 hours before 00:00Z of its last (the earliest),
/// and nothing that was sent less than 48 hours before it was asked for.
#[must_use]
pub fn proven(windows: &[AnsweredWindow]) -> Vec<Interval> {
    let mut windows: Vec<&AnsweredWindow> = windows.iter().collect();
    windows.sort_by_key(|window| (window.from, window.to, window.as_of));
    let mut chains: Vec<(Interval, Vec<&AnsweredWindow>)> = Vec::new();
    for window in windows {
        let joined = chains.last_mut().filter(|(chain, members)| {
            let overlaps = !chain.is_empty() && window.start() <= chain.end;
            overlaps || members.iter().any(|member| member.joins(window))
        });
        match joined {
            Some((chain, members)) => {
                chain.end = chain.end.max(window.end());
                members.push(window);
            }
            None => chains.push((Interval::new(window.start(), window.end()), vec![window])),
        }
    }
    chains
        .into_iter()
        .map(|(chain, _)| chain)
        .filter(|chain| !chain.is_empty())
        .collect()
}

/// What has been answered, by session: the ledger that a harvest leaves out.
///
/// Feed it with [`record`](Self::record) for every
/// [`HarvestEvent::WindowDone`](crate::HarvestEvent::WindowDone) that was
/// committed, keep it (it is serde), and hand it to the next harvest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    sessions: BTreeMap<String, Vec<Row>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    window: AnsweredWindow,
    options: Options,
}

impl Coverage {
    /// Adds an answered window. One that kept changing while it was read proves nothing and is left out.
    pub fn record(&mut self, facts: &WindowFacts) {
        if !facts.settled {
            return;
        }
        let rows = self
            .sessions
            .entry(facts.session_id.to_string())
            .or_default();
        rows.push(Row {
            window: facts.answered.clone(),
            options: facts.options.clone(),
        });
    }

    /// Adds an answered window from a ledger of one's own.
    pub fn insert(&mut self, session_id: &str, window: AnsweredWindow, options: &Options) {
        let rows = self.sessions.entry(session_id.to_owned()).or_default();
        rows.push(Row {
            window,
            options: options.clone(),
        });
    }

    /// The windows of a session whose answers hold all that `options` ask for.
    #[must_use]
    pub fn windows(&self, session_id: &str, options: &Options) -> Vec<AnsweredWindow> {
        self.sessions
            .get(session_id)
            .into_iter()
            .flatten()
            .filter(|row| row.options.answers(options))
            .map(|row| row.window.clone())
            .collect()
    }

    /// The instants of a session that are proven for `options`, in order and apart.
    #[must_use]
    pub fn proven(&self, session_id: &str, options: &Options) -> Vec<Interval> {
        proven(&self.windows(session_id, options))
    }

    /// The sessions of which anything was answered.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.sessions.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{AnsweredWindow, proven};
    use crate::window::Interval;
    use chrono::{DateTime, NaiveDate, Utc};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn window(from: &str, to: &str, as_of: &str) -> AnsweredWindow {
        AnsweredWindow {
            from: day(from),
            to: day(to),
            as_of: instant(as_of),
            floor_shown: true,
            kept: Interval::new(
                instant("2020-01-01T00:00:00Z"),
                instant("2030-01-01T00:00:00Z"),
            ),
        }
    }

    fn text(windows: &[AnsweredWindow]) -> Vec<String> {
        proven(windows)
            .iter()
            .map(|interval| format!("{:?}..{:?}", interval.start, interval.end))
            .collect()
    }

    #[test]
    fn a_window_proves_less_than_it_asked_for() {
        assert_eq!(
            text(&[window("2026-06-01", "2026-06-28", "2026-08-01T00:00:00Z")]),
            ["2026-06-01T12:00:00Z..2026-06-27T10:00:00Z"]
        );
    }

    #[test]
    fn nothing_sent_less_than_48_hours_before_is_proven() {
        assert_eq!(
            text(&[window("2026-06-01", "2026-06-28", "2026-06-20T06:00:00Z")]),
            ["2026-06-01T12:00:00Z..2026-06-18T06:00:00Z"]
        );
    }

    #[test]
    fn windows_that_share_a_date_join() {
        let later = "2026-09-01T00:00:00Z";
        assert_eq!(
            text(&[
                window("2026-06-28", "2026-07-25", later),
                window("2026-06-01", "2026-06-28", later),
            ]),
            ["2026-06-01T12:00:00Z..2026-07-24T10:00:00Z"]
        );
    }

    #[test]
    fn a_window_read_too_early_leaves_a_gap_at_the_shared_date() {
        assert_eq!(
            text(&[
                window("2026-06-01", "2026-06-28", "2026-06-30T11:59:59Z"),
                window("2026-06-28", "2026-07-25", "2026-09-01T00:00:00Z"),
            ]),
            [
                "2026-06-01T12:00:00Z..2026-06-27T10:00:00Z",
                "2026-06-28T12:00:00Z..2026-07-24T10:00:00Z"
            ]
        );
    }

    #[test]
    fn windows_of_one_day_still_carry_a_chain() {
        let later = "2026-09-01T00:00:00Z";
        assert_eq!(
            text(&[
                window("2026-06-01", "2026-06-02", later),
                window("2026-06-02", "2026-06-03", later),
                window("2026-06-03", "2026-06-05", later),
            ]),
            ["2026-06-01T12:00:00Z..2026-06-04T10:00:00Z"]
        );
    }

    #[test]
    fn what_was_cut_is_not_proven() {
        let later = "2026-09-01T00:00:00Z";
        let mut june = window("2026-05-31", "2026-07-02", later);
        june.kept = Interval::new(
            instant("2026-06-01T00:00:00Z"),
            instant("2026-07-01T00:00:00Z"),
        );
        assert_eq!(
            text(std::slice::from_ref(&june)),
            ["2026-06-01T00:00:00Z..2026-07-01T00:00:00Z"]
        );
        let mut july = window("2026-06-30", "2026-07-20", later);
        july.kept = Interval::new(
            instant("2026-07-01T00:00:00Z"),
            instant("2026-07-18T00:00:00Z"),
        );
        assert_eq!(
            text(&[june, july]),
            ["2026-06-01T00:00:00Z..2026-07-18T00:00:00Z"]
        );
    }

    #[test]
    fn windows_that_only_touch_in_time_do_not_join() {
        let later = "2026-09-01T00:00:00Z";
        assert_eq!(
            text(&[
                window("2026-06-01", "2026-06-10", later),
                window("2026-06-11", "2026-06-20", later),
            ])
            .len(),
            2
        );
    }

    #[test]
    fn an_account_that_hides_its_floor_proves_only_the_sure_days() {
        let mut old = window("2026-05-19", "2026-06-15", "2026-11-20T12:00:00Z");
        old.floor_shown = false;
        assert_eq!(text(&[old]), ["2026-05-27T12:00:00Z..2026-06-14T10:00:00Z"]);
    }
}
