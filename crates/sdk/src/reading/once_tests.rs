//! Windows read at once, in any order, some failing, over several runs: nothing twice, nothing
//! falsely claimed, nothing missed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    Entry, EntryKind,
    dates::{
        Interval, Window,
        horizon::{Horizon, Today},
        proof::{AnsweredWindow, proven},
    },
    reading::{fingerprint::Hasher, plan::Planner},
};

fn hour(number: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-06-01T00:00:00Z".parse().expect("an instant");
    start + TimeDelta::hours(number)
}

/// An account in some zone, whose `to` is inclusive or not, and the hours in which its messages were sent.
#[derive(Clone, Debug)]
struct World {
    offset: i64,
    inclusive: bool,
    sent: BTreeSet<i64>,
}

impl World {
    fn served(&self, window: Window) -> Vec<i64> {
        let midnight = |date: NaiveDate| {
            date.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::hours(self.offset)
        };
        let to = if self.inclusive {
            window.to.succ_opt().expect("a day")
        } else {
            window.to
        };
        let served = Interval::new(midnight(window.from), midnight(to));
        let sent = self.sent.iter().copied();
        sent.filter(|number| served.contains(hour(*number)))
            .collect()
    }
}

/// The script of one run: whether each window fails, and the order of events.
type Script = (u32, Vec<bool>, Vec<usize>);

struct Ledger {
    stored: BTreeSet<i64>,
    claimed: Vec<Interval>,
}

fn entry(number: i64) -> Entry {
    let millis = hour(number).timestamp_millis();
    let raw = format!(r#"{{"id":"{number}","timestamp":{millis}}}"#);
    Entry::new(
        EntryKind::Sent,
        "s".into(),
        serde_json::from_str(&raw).expect("JSON"),
    )
}

fn cleaned(hasher: &Hasher, number: i64) -> Cleaned {
    let entry = entry(number);
    Cleaned {
        fingerprint: hasher.fingerprint(&entry),
        at: entry.sent_at(),
        entry,
        doubtful: false,
        changed: false,
    }
}

/// The entries that Zoom serves of each window, by its place; half of them if the window fails.
fn pages(world: &World, units: &[Unit], fails: &[bool]) -> Vec<(usize, Vec<i64>)> {
    let served = |(place, unit): (usize, &Unit)| {
        let mut served = world.served(unit.window);
        served.retain(|number| unit.keep.contains(hour(*number)));
        if *fails.get(place).unwrap_or(&false) {
            served.truncate(served.len() / 2);
        }
        (place, served)
    };
    units.iter().enumerate().map(served).collect()
}

/// Runs the windows of `range` that are not claimed yet; returns how often each entry was given.
fn run(world: &World, range: Interval, script: &Script, ledger: &mut Ledger) -> BTreeMap<i64, u32> {
    let (days, fails, order) = script;
    let today = Today::is("2026-11-20".parse().expect("a day"));
    let mut planner = Planner::new(Horizon::default(), today, *days, false);
    let stretches = range.without(&ledger.claimed);
    let units: Vec<Unit> = stretches
        .into_iter()
        .flat_map(|stretch| planner.units(0, stretch))
        .collect();
    let mut once = Once::default();
    once.expect(&units);
    let hasher = Hasher::default();
    let mut given: BTreeMap<i64, u32> = BTreeMap::new();
    let mut pages = pages(world, &units, fails);
    let mut brought: Vec<Vec<i64>> = vec![Vec::new(); units.len()];
    let mut answered: Vec<AnsweredWindow> = Vec::new();
    let mut step = 0;
    while !pages.is_empty() {
        let at = order.get(step % order.len().max(1)).copied().unwrap_or(0) % pages.len();
        step += 1;
        let (place, rest) = &mut pages[at];
        let (place, unit) = (*place, &units[*place]);
        if let Some(number) = rest.pop() {
            if once.note(unit, &cleaned(&hasher, number)) == Novelty::New {
                *given.entry(number).or_default() += 1;
                brought[place].push(number);
            }
            continue;
        }
        pages.swap_remove(at);
        once.ended(unit);
        if *fails.get(place).unwrap_or(&false) {
            continue;
        }
        // A consumer stores the entries of a window that is done, and drops those of one that failed.
        ledger.stored.extend(brought[place].iter());
        answered.push(AnsweredWindow {
            from: unit.window.from,
            to: unit.window.to,
            as_of: hour(5000),
            floor_shown: true,
            kept: unit.keep,
        });
    }
    assert!(once.seams.is_empty(), "every seam is let go of");
    ledger.claimed = Interval::union(ledger.claimed.iter().copied().chain(proven(&answered)));
    given
}

fn world() -> impl Strategy<Value = World> {
    let sent = prop::collection::btree_set(-60_i64..24 * 24, 0..60);
    (-12_i64..=14, any::<bool>(), sent).prop_map(|(offset, inclusive, sent)| World {
        offset,
        inclusive,
        sent,
    })
}

fn script(may_fail: bool) -> impl Strategy<Value = Script> {
    let fails = prop::collection::vec(
        any::<bool>().prop_map(move |fails| fails && may_fail),
        0..12,
    );
    let days = prop_oneof![Just(1), Just(2), Just(5), Just(27)];
    (days, fails, prop::collection::vec(0_usize..8, 1..40))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_entry_comes_once_and_only_what_came_is_claimed(
        world in world(),
        runs in prop::collection::vec(script(true), 1..4),
        last in script(false),
    ) {
        let range = Interval::new(hour(0), hour(24 * 20));
        let mut ledger = Ledger { stored: BTreeSet::new(), claimed: Vec::new() };
        for script in runs.iter().chain([&last]) {
            let given = run(&world, range, script, &mut ledger);
            prop_assert!(given.values().all(|times| *times == 1), "{:?}", given);
            let lost = world.sent.iter().find(|number| {
                let is_claimed = ledger.claimed.iter().any(|one| one.contains(hour(**number)));
                is_claimed && !ledger.stored.contains(number)
            });
            prop_assert_eq!(lost, None, "claimed and not stored");
        }
        prop_assert_eq!(range.without(&ledger.claimed), vec![], "a run without failures closes all");
    }
}
