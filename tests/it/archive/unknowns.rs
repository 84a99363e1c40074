//! Edits and deletions under every value that U12 to U16 may have.

use chrono::TimeDelta;

use super::{Place, assert_holds, assert_whole, create, keys, sync, whole_truth};
use crate::support::{Keys, sandbox};

const UNKNOWNS: [(&str, &[&str]); 9] = [
    ("edited_in_messages", &["after", "before"]),
    ("action_in_messages", &["served", "absent"]),
    ("action_in_edited", &["served", "absent"]),
    ("action_in_deleted", &["served", "absent"]),
    ("deleted_in_messages", &["stays", "vanishes"]),
    ("edited_text", &["after", "before"]),
    ("edited_items", &["each", "last"]),
    ("query_all_modifications", &["leaves", "empties"]),
    ("visible_after", &["0", "3600"]),
];

/// Three syncs over a week: all that was ever there is there, and it verifies.
async fn lives_a_week(settings: &str) {
    let sandbox = sandbox(&format!("sessions=4,messages=1200,{settings}")).await;
    let place = Place::new();
    let mut archive = create(&place, &sandbox);
    let mut ever = Keys::new();
    for days in [0, 0, 3, 4] {
        sandbox.advance(TimeDelta::days(days));
        // A change within the hour before may be visible only later.
        let (all, due) = whole_truth(&sandbox);
        ever.extend(all);
        sync(&mut archive, &sandbox).await;
        assert_holds(settings, &archive, &due);
    }
    let keys = keys(&archive);
    if !settings.contains("edited_items=last") {
        let strange = keys.iter().find(|key| !ever.contains_key(*key));
        assert!(strange.is_none(), "{settings}: {strange:?} never existed");
    }
    assert_whole(&archive);
}

#[tokio::test]
async fn each_value_alone() {
    for (key, values) in UNKNOWNS {
        for value in &values[1..] {
            lives_a_week(&format!("{key}={value}")).await;
        }
    }
}

#[tokio::test]
async fn values_together() {
    // Every pair of values in at least one row, by rows of a Hadamard matrix and their opposites.
    for row in 0..16_u32 {
        let bits = |column: u32| ((row & (column + 1)).count_ones() + row / 8) % 2;
        let settings: Vec<String> = (0_u32..)
            .zip(UNKNOWNS)
            .map(|(column, (key, values))| format!("{key}={}", values[bits(column) as usize]))
            .collect();
        lives_a_week(&settings.join(",")).await;
    }
}
