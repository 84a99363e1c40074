//! The scrub: which windows are read a second time, and how many in a run.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rusqlite::{Connection, params};
use zoom_chat_reports::dates::Interval;

use crate::{
    error::Result,
    proof::{SURELY_VISIBLE, SessionProof, State, instants, midnight, surely_there},
    sql::Sql,
};

/// Messages sent this many days ago are read again. Seven would do; waiting longer lets one window confirm more days.
const DUE_DAYS: i64 = 21;

/// They are read again at most this many days after the first reading.
const ROUND_DAYS: u64 = 30;

/// The days of a window: together with the padding, it stays one window.
const DAYS: u64 = 22;

/// After a reading in vain, a window waits this many days, and is read within as many more. Most readings agree the
/// next time; a window that never does must not displace the others.
const PAUSE_DAYS: u64 = 5;

/// A window to be read again.
#[derive(Debug)]
pub(super) struct Reread {
    session_id: String,
    first: NaiveDate,
    last: NaiveDate,
    /// The requests that it takes, estimated from the messages that the archive holds.
    requests: u64,
    /// The day by which it must be read.
    by: NaiveDate,
}

/// The windows that a run may read again.
#[derive(Debug, Default)]
pub(super) struct Scrub {
    /// The windows, in the order in which they are read.
    windows: Vec<Reread>,
    /// The requests that they may take.
    budget: u64,
}

impl Scrub {
    /// Finds the windows of these sessions that are due. They may take `share` of the run's requests, or more if
    /// that is needed to read all in time.
    pub(super) fn choose(
        db: &Connection,
        state: &State,
        sessions: &[String],
        share: f64,
        today: NaiveDate,
    ) -> Result<Self> {
        if share <= 0.0 {
            return Ok(Self::default());
        }
        let mut windows = Vec::new();
        for id in sessions {
            for mut reread in due(state, id, today) {
                reread.requests =
                    state
                        .pages
                        .requests(messages(db, id, reread.first, reread.last)?);
                windows.push(reread);
            }
        }
        let since = state.date.map_or(0, |date| (today - date).num_days());
        let costs = windows.iter().map(|reread| (reread.by, reread.requests));
        let mut costs: Vec<_> = costs.collect();
        costs.sort_unstable();
        let needed = needed_today(&costs, today, since);
        // A session is asked once by the time sent, and once for changes.
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "far below 2^52 requests"
        )]
        let allowed = (share * 2.0 * sessions.len() as f64).ceil() as u64;
        // Zoom drops the oldest first. Sessions that waited equally long keep their order: sessions that are asked alike
        // are together in the ledger.
        windows.sort_by_key(|reread| reread.first);
        Ok(Self {
            windows,
            budget: needed.max(allowed),
        })
    }

    /// The requests that a run takes for it, estimated from the messages that the archive holds.
    pub(super) fn requests(&self) -> u64 {
        self.fitting(&HashSet::new())
            .map(|reread| reread.requests)
            .sum()
    }

    /// The days to be read, and their sessions, without sessions that have just failed.
    pub(super) fn by_days(
        &self,
        failed: &HashSet<&str>,
    ) -> BTreeMap<(NaiveDate, NaiveDate), Vec<String>> {
        let mut days: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for reread in self.fitting(failed) {
            let sessions = days.entry((reread.first, reread.last)).or_default();
            sessions.push(reread.session_id.clone());
        }
        days
    }

    /// The windows that fit the budget; at least one, because otherwise the largest would never be read.
    fn fitting(&self, failed: &HashSet<&str>) -> impl Iterator<Item = &Reread> {
        let mut left = self.budget;
        let asked = self.windows.iter();
        let asked = asked.filter(|reread| !failed.contains(&*reread.session_id));
        asked.enumerate().filter_map(move |(place, reread)| {
            let fits = reread.requests <= left || place == 0;
            if fits {
                left = left.saturating_sub(reread.requests);
            }
            fits.then_some(reread)
        })
    }
}

/// The windows of a session that are due, oldest first.
fn due(state: &State, id: &str, today: NaiveDate) -> Vec<Reread> {
    let mut windows = Vec::new();
    let Some(session) = state.sessions.get(id) else {
        return windows;
    };
    let within = Interval::new(surely_there(today), midnight(today) - SURELY_VISIBLE);
    let unconfirmed = session.unconfirmed(within);
    let due = midnight(today) - TimeDelta::days(DUE_DAYS);
    let mut begun: Option<(NaiveDate, DateTime<Utc>)> = None;
    for stretch in unconfirmed {
        let mut start = stretch.start;
        while start < stretch.end {
            let (first, end) = match begun {
                // Separate instants within the days of one window are read together.
                Some((first, end)) if start < end => (first, end),
                _ if start > due => return windows,
                _ => {
                    let first = start.date_naive();
                    windows.push(Reread {
                        session_id: id.to_owned(),
                        first,
                        last: first,
                        requests: 0,
                        by: state.read_on(start).unwrap_or(today) + Days::new(ROUND_DAYS),
                    });
                    (first, midnight(first + Days::new(DAYS)))
                }
            };
            begun = Some((first, end));
            start = stretch.end.min(end);
            if let Some(window) = windows.last_mut() {
                // The day of the last instant.
                window.last = (start - TimeDelta::nanoseconds(1)).date_naive();
            }
        }
    }
    windows.retain_mut(|window| pause(window, session, today));
    windows
}

/// Whether a window is due, even if it was read again in vain; then also sets the day by which it must be read.
fn pause(window: &mut Reread, session: &SessionProof, today: NaiveDate) -> bool {
    let days = Interval::new(midnight(window.first), midnight(window.last + Days::new(1)));
    let Some(tried) = session.tried_on(days) else {
        return true;
    };
    window.by = tried + Days::new(2 * PAUSE_DAYS);
    tried + Days::new(PAUSE_DAYS) <= today
}

/// The number of messages of these days of a session that the archive holds.
fn messages(db: &Connection, session: &str, first: NaiveDate, last: NaiveDate) -> Result<u64> {
    // The request begins a day earlier and ends two days later; Zoom may answer the last day too.
    let asked = instants(first - Days::new(1), last + Days::new(2));
    let sql = "SELECT count(*) FROM entry_columns
         WHERE session = (SELECT no FROM sessions WHERE id = ?1)
           AND sent_ms >= ?2 AND sent_ms < ?3 AND kind = 0";
    db.one(
        sql,
        params![
            session,
            asked.start.timestamp_millis(),
            asked.end.timestamp_millis()
        ],
        |row| row.get(0),
    )
}

/// The number of requests that are needed now to make all in time, with the same number each day. `since` is
/// the number of days since the last were made. `costs` are in the order of their days.
fn needed_today(costs: &[(NaiveDate, u64)], today: NaiveDate, since: i64) -> u64 {
    let mut sum = 0;
    let rates = costs.iter().map(|(by, requests)| {
        sum += requests;
        let days = u64::try_from((*by - today).num_days()).unwrap_or(0);
        let since = u64::try_from(since).unwrap_or(0);
        (sum * since).div_ceil(days.max(1)).min(sum)
    });
    rates.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn so_much_is_read_a_day_that_all_comes_round_in_time() {
        let today = day("2026-06-01");
        let needed = |costs: &[(&str, u64)], since| {
            let costs: Vec<_> = costs.iter().map(|(by, cost)| (day(by), *cost)).collect();
            needed_today(&costs, today, since)
        };
        assert_eq!(needed(&[], 1), 0);
        assert_eq!(needed(&[("2026-07-01", 300)], 1), 10);
        assert_eq!(
            needed(&[("2026-07-01", 300)], 7),
            70,
            "a week since the last"
        );
        assert_eq!(
            needed(&[("2026-07-01", 300)], 0),
            0,
            "the second run of a day"
        );
        assert_eq!(needed(&[("2026-06-03", 20), ("2026-07-01", 10)], 1), 10);
        assert_eq!(
            needed(&[("2026-05-20", 20), ("2026-07-01", 300)], 1),
            20,
            "late"
        );
        assert_eq!(needed(&[("2026-05-20", 20), ("2026-06-02", 300)], 90), 320);
    }

    fn window(session: &str, requests: u64) -> Reread {
        Reread {
            session_id: session.to_owned(),
            first: day("2026-03-01"),
            last: day("2026-03-20"),
            requests,
            by: day("2026-04-01"),
        }
    }

    #[test]
    fn the_budget_is_kept_but_for_one_and_what_failed_just_now_takes_none_of_it() {
        let scrub = |costs: &[u64], budget| Scrub {
            windows: (0..)
                .zip(costs)
                .map(|(n, cost)| window(&format!("s{n}"), *cost))
                .collect(),
            budget,
        };
        let read = |scrub: &Scrub, failed: &[&str]| -> Vec<String> {
            let days = scrub.by_days(&failed.iter().copied().collect());
            days.into_values().flatten().collect()
        };
        let some = scrub(&[3, 1, 4], 5);
        assert_eq!(read(&some, &[]), ["s0", "s1"]);
        assert_eq!(some.requests(), 4);
        assert_eq!(read(&some, &["s0"]), ["s1", "s2"]);
        let large = scrub(&[900, 1], 5);
        assert_eq!(read(&large, &[]), ["s0"], "it would never come round");
        assert_eq!(large.requests(), 900);
        let between = scrub(&[3, 900, 2], 5);
        assert_eq!(read(&between, &[]), ["s0", "s2"]);
    }

    #[test]
    fn each_day_takes_its_part_until_nothing_is_left() {
        let (mut today, mut left, by) = (day("2026-06-01"), 300, day("2026-07-01"));
        while left > 0 {
            let needed = needed_today(&[(by, left)], today, 1);
            assert_eq!(needed, 10, "{today}");
            left -= needed;
            today = today + Days::new(1);
        }
        assert_eq!(today, by);
    }
}
