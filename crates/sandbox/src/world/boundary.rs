//! The instants at which date rules are most easily wrong: the edges of days,
//! in UTC and in the account's zone.

use chrono::{DateTime, Datelike};

use crate::hash;

pub(super) const DAY: i64 = 86_400_000;

/// How many sessions, from the first, hold messages at such instants.
pub(super) const SESSIONS: usize = 4;

/// Milliseconds relative to a midnight: just before, at and after it, the whole
/// second before it, and within that second.
const AROUND: [i64; 6] = [-1, 0, 1, -1000, -999, -500];

/// The instants around the midnights in `start..end` (epoch ms), as `session`
/// should use them up: those at the ends of months first, the rest shuffled.
pub(super) fn instants(
    seed: u64,
    session: usize,
    start: i64,
    end: i64,
    shifts: &[i64],
) -> Vec<i64> {
    let mut found = Vec::new();
    let mut midnight = start.div_euclid(DAY) * DAY;
    while midnight <= end + DAY {
        for local in [0].iter().chain(shifts) {
            let base = midnight - local;
            for offset in AROUND {
                let instant = base + offset;
                if (start..end).contains(&instant) {
                    let rank = u64::from(!opens_a_month(base + local));
                    let shuffle = hash::join(seed, &[session as u64, instant as u64]);
                    found.push((rank, shuffle, instant));
                }
            }
        }
        midnight += DAY;
    }
    found.sort_unstable();
    found.dedup_by_key(|entry| entry.2);
    found.into_iter().map(|(_, _, instant)| instant).collect()
}

/// Whether a local midnight is the first of a month or the start of a leap day.
fn opens_a_month(local: i64) -> bool {
    DateTime::from_timestamp_millis(local)
        .is_some_and(|date| date.day() == 1 || (date.month() == 2 && date.day() == 29))
}

/// Whether a message sent at `ts` is one of those beside a midnight.
pub(super) fn is_beside_midnight(ts: i64, shifts: &[i64]) -> bool {
    [0].iter()
        .chain(shifts)
        .map(|shift| ts + shift)
        .any(|local| {
            let of_day = local.rem_euclid(DAY);
            of_day <= 1 || of_day >= DAY - 1000
        })
}
