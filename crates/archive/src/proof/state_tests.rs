use rusqlite::Connection;
use zoom_chat_reports::Options;

use super::{DateTime, Listed, State, Utc};

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T12:00:00Z").parse().expect("an instant")
}

/// A run on this day, asked for all or from `start` on, whose whole list was read between two days.
fn run(state: &mut State, run: i64, date: &str, start: Option<&str>, read: [&str; 2]) {
    let once = start.map(|start| {
        let settings = crate::ArchiveSettings {
            start: Some(start.parse().expect("a day")),
            ..crate::ArchiveSettings::default()
        };
        serde_json::to_value(settings).expect("settings are JSON")
    });
    let [from, through] = read.map(|day| at(day).timestamp_millis());
    let rows = [
        serde_json::json!({"kind": "run", "run": run, "started_at": at(date), "server_date": date,
            "program": "0", "first_unit": 1, "once": once}),
        serde_json::json!({"kind": "listing", "unit": run, "run": run, "server_date": date, "rows": 0,
            "digest": "", "complete_from_ms": from, "complete_through_ms": through}),
    ];
    let db = Connection::open_in_memory().expect("memory");
    for row in rows {
        let row = serde_json::from_value(row).expect("a row");
        let applied = state.apply(&db, &row, &Options::everything());
        applied.expect("these rows need no table");
    }
}

fn due_from(state: &State, since: i64) -> Option<DateTime<Utc>> {
    state.required_from(&Listed {
        id: "one".to_owned(),
        since,
        absent_since: None,
    })
}

#[test]
fn a_floor_that_another_day_shows_makes_nothing_due() {
    let mut state = State::default();
    run(
        &mut state,
        1,
        "2026-09-01",
        None,
        ["2026-03-08", "2026-08-30"],
    );
    run(
        &mut state,
        2,
        "2026-09-02",
        None,
        ["2026-03-02", "2026-08-31"],
    );
    assert_eq!(due_from(&state, 1), Some(at("2026-03-08")));
    assert_eq!(due_from(&state, 2), Some(at("2026-03-08")));
    assert_eq!(state.span().map(|span| span.start), Some(at("2026-03-08")));
}

#[test]
fn what_a_smaller_question_found_is_due_as_what_the_whole_one_finds() {
    let mut state = State::default();
    run(
        &mut state,
        1,
        "2026-09-01",
        None,
        ["2026-03-08", "2026-08-30"],
    );
    let start = Some("2026-08-25");
    run(
        &mut state,
        2,
        "2026-09-02",
        start,
        ["2026-08-25", "2026-08-31"],
    );
    let due = due_from(&state, 2).expect("it is due");
    assert!(due <= at("2026-03-10"), "{due}");
}

#[test]
fn a_list_of_another_year_counts_for_nothing() {
    let mut state = State::default();
    run(
        &mut state,
        1,
        "2026-09-01",
        None,
        ["2026-03-08", "2026-08-30"],
    );
    run(
        &mut state,
        2,
        "2027-03-23",
        None,
        ["2026-09-27", "2026-09-27"],
    );
    run(
        &mut state,
        3,
        "2025-03-23",
        None,
        ["2024-09-27", "2025-03-20"],
    );
    assert_eq!(state.lists.len(), 1);
    assert_eq!(due_from(&state, 1), Some(at("2026-03-08")));
}
