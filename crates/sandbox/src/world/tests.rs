//! The promises of the timeline.

use super::{CHUNK, World};
use crate::settings::Settings;

fn settings(text: &str) -> Settings {
    text.parse().expect("valid settings")
}

fn times(world: &World, now: i64) -> Vec<Vec<i64>> {
    (0..world.sessions.len())
        .map(|session| world.until(session, now).iter().map(|m| m.ts).collect())
        .collect()
}

#[test]
fn the_counted_days_hold_exactly_the_messages_asked_for() {
    for count in [0, 1, 200, 20_000] {
        let settings = settings(&format!("messages={count}"));
        let world = World::new(&settings);
        let anchor = settings.anchor.timestamp_millis();
        let found: usize = times(&world, anchor - 1)
            .iter()
            .flatten()
            .filter(|&&ts| ts >= anchor - 19 * CHUNK)
            .count();
        assert_eq!(found, count);
    }
}

#[test]
fn a_later_clock_only_adds() {
    let early = settings("messages=2000");
    let late = settings("messages=2000,now=2027-02-01T00:00:00Z");
    let mut grown = World::new(&early);
    grown.grow(late.now.timestamp_millis());
    let straight = World::new(&late);
    assert_eq!(
        times(&grown, late.now.timestamp_millis()),
        times(&straight, late.now.timestamp_millis())
    );
    let before = times(&World::new(&early), early.now.timestamp_millis());
    let after = times(&straight, late.now.timestamp_millis());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before[..], after[..before.len()]);
    }
    assert!(after.iter().flatten().count() > before.iter().flatten().count());
}

#[test]
fn another_seed_gives_other_data() {
    let one = World::new(&settings("messages=100,seed=1"));
    let two = World::new(&settings("messages=100,seed=2"));
    assert_ne!(one.sessions[0].id, two.sessions[0].id);
    assert_ne!(times(&one, i64::MAX), times(&two, i64::MAX));
}

#[test]
fn the_first_sessions_have_messages_beside_the_midnights_of_utc_and_of_the_zone() {
    let settings = settings("zone=+05:30");
    let zone = i64::from(settings.range.zone.minutes()) * 60_000;
    let world = World::new(&settings);
    let all: Vec<i64> = times(&world, i64::MAX)[..4].concat();
    for month_end in [
        "2026-09-30T00:00:00Z",
        "2026-10-01T00:00:00Z",
        "2026-11-01T00:00:00Z",
    ] {
        let utc: chrono::DateTime<chrono::Utc> = month_end.parse().expect("a constant");
        let utc = utc.timestamp_millis();
        let local = utc - zone;
        let near = |midnight: i64| {
            all.iter()
                .filter(|&&ts| (ts - midnight).abs() <= 1000)
                .count()
        };
        assert!(near(utc) + near(local) >= 3, "{month_end}");
    }
    for offset in [-1, 0, 1, -500] {
        let at = |shift: i64| all.iter().any(|ts| (ts + shift - offset) % 86_400_000 == 0);
        assert!(at(0) && at(zone), "{offset}");
    }
}

#[test]
fn sizes_differ_from_many_to_none() {
    let settings = settings("sessions=50");
    let world = World::new(&settings);
    let floor = settings.now.timestamp_millis() - 190 * 86_400_000;
    let sizes: Vec<usize> = times(&world, settings.now.timestamp_millis())
        .iter()
        .map(|times| times.iter().filter(|&&ts| ts >= floor).count())
        .collect();
    assert!(sizes[0] > 2000, "{sizes:?}");
    assert!(
        sizes.iter().any(|&size| (1..=12).contains(&size)),
        "{sizes:?}"
    );
    assert!(
        sizes.iter().filter(|&&size| size == 0).count() >= 2,
        "{sizes:?}"
    );
}

#[test]
fn changes_follow_their_message_within_seven_days_and_in_order() {
    let settings = settings("zone=-03:00");
    let world = World::new(&settings);
    let (mut several, mut deleted, mut at_midnight) = (0, 0, 0);
    for message in world.until(0, i64::MAX) {
        let made = world.modifications(*message);
        let all: Vec<i64> = made.edits().iter().copied().chain(made.deleted).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            all.iter()
                .all(|&at| at > message.ts && at <= message.ts + 7 * 86_400_000)
        );
        several += usize::from(made.edits().len() > 1);
        deleted += usize::from(made.deleted.is_some());
        at_midnight += all.iter().filter(|&&at| at % 86_400_000 == 0).count();
    }
    assert!(
        several > 10 && deleted > 10 && at_midnight > 3,
        "{several} {deleted} {at_midnight}"
    );
}

#[test]
fn a_reply_answers_an_earlier_message_that_is_no_reply() {
    let world = World::new(&settings("messages=2000"));
    let messages = world.until(0, i64::MAX);
    let mut replies = 0;
    for (index, message) in messages.iter().enumerate() {
        if let Some(root) = world.thread_of(0, index) {
            replies += 1;
            assert!(root.ts <= message.ts);
            let place = messages
                .iter()
                .position(|m| *m == root)
                .expect("in the session");
            assert_eq!(world.thread_of(0, place), None);
        }
    }
    assert!(replies > 20);
}

#[test]
fn there_are_messages_beside_the_midnights_of_a_later_zone_and_of_summer_time() {
    let settings = settings("zone=+01:00,daylight=europe,zone_later=2026-11-22T00:00:00Z/-09:30");
    let world = World::new(&settings);
    let all: Vec<i64> = times(&world, i64::MAX)[..4].concat();
    for minutes in [60, 120, -570, -510] {
        let at = |ts: &&i64| (**ts + minutes * 60_000) % 86_400_000 == 0;
        assert!(all.iter().filter(at).count() > 3, "{minutes}");
    }
}
