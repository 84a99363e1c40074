use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn june() -> Interval {
    Interval::new(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z"))
}

fn dates() -> Window {
    Window {
        from: "2026-05-31".parse().expect("a day"),
        to: "2026-07-01".parse().expect("a day"),
    }
}

fn messages(confirm: bool) -> Messages {
    let question = MessagesOf {
        session_id: "s".into(),
        options: Arc::default(),
    };
    let today = Today::is("2026-11-20".parse().expect("a day"));
    Messages::new(
        question,
        dates(),
        Some(june()),
        today,
        Hasher::default(),
        confirm,
    )
}

/// A page of messages sent at noon of a day in June, and of deletions.
fn page(sent: &[(&str, u32)], deleted: &[&str]) -> ChatMessagesPage {
    let message = |id: &str, day: u32| {
        let sent = at(&format!("2026-06-{day:02}T12:00:00Z")).timestamp_millis();
        format!(r#"{{"id":"{id}","timestamp":{sent},"action_timestamp":{sent}}}"#)
    };
    let sent: Vec<String> = sent.iter().map(|(id, day)| message(id, *day)).collect();
    let deleted: Vec<String> = deleted.iter().map(|id| message(id, 1)).collect();
    let text = format!(
        r#"{{"messages":[{}],"deleted_messages":[{}]}}"#,
        sent.join(","),
        deleted.join(",")
    );
    serde_json::from_str(&text).expect("a page")
}

fn read(messages: &mut Messages, manner: Manner, sent: &[(&str, u32)], deleted: &[&str]) -> usize {
    messages.begin(manner);
    let given = messages.take(page(sent, deleted)).items.len();
    messages.is_whole();
    given
}

#[test]
fn two_readings_agree_if_nothing_vanished_and_nothing_old_is_new() {
    let settled = at("2026-06-20T00:00:00Z");
    let first = [("a", 2), ("b", 3)];
    type Row<'a> = (&'a str, &'a [(&'a str, u32)], &'a [&'a str], bool);
    let rows: [Row<'_>; 5] = [
        ("the same", &[("b", 3), ("a", 2)], &[], true),
        ("one vanished", &[("a", 2)], &[], false),
        ("one was deleted", &[("a", 2)], &["b"], true),
        (
            "an old one is new",
            &[("a", 2), ("b", 3), ("c", 4)],
            &[],
            false,
        ),
        (
            "a young one is new",
            &[("a", 2), ("b", 3), ("c", 21)],
            &[],
            true,
        ),
    ];
    for (name, second, deleted, agree) in rows {
        let mut messages = messages(true);
        read(&mut messages, Manner::First, &first, &[]);
        assert!(!messages.agrees(settled), "one reading agrees with nothing");
        read(&mut messages, Manner::Again, second, deleted);
        assert_eq!(messages.agrees(settled), agree, "{name}");
    }
}

#[test]
fn a_reading_from_the_middle_agrees_with_nothing() {
    let mut messages = messages(true);
    read(&mut messages, Manner::Resumed, &[("b", 3)], &[]);
    read(&mut messages, Manner::Again, &[("a", 2), ("b", 3)], &[]);
    assert!(!messages.agrees(at("2026-06-20T00:00:00Z")));
}

#[test]
fn a_reading_that_broke_off_is_compared_with_none() {
    let mut messages = messages(true);
    messages.begin(Manner::First);
    messages.take(page(&[("a", 2)], &[]));
    // Its page token expired.
    read(&mut messages, Manner::Again, &[("a", 2)], &[]);
    assert!(!messages.agrees(at("2026-06-20T00:00:00Z")));
    read(&mut messages, Manner::Again, &[("a", 2)], &[]);
    assert!(messages.agrees(at("2026-06-20T00:00:00Z")));
}

#[test]
fn a_first_page_that_lacks_what_it_held_is_noticed_unless_new_ones_pushed_it_off() {
    let lacking = |second: &[(&str, u32)]| {
        let mut messages = messages(false);
        read(&mut messages, Manner::First, &[("a", 2), ("b", 3)], &[]);
        messages.take(page(&[("c", 4)], &[]));
        messages.begin(Manner::Check);
        messages.take(page(second, &[])).lacking
    };
    assert_eq!(lacking(&[("a", 2), ("b", 3)]), 0);
    assert_eq!(
        lacking(&[("b", 3), ("c", 4)]),
        1,
        "one vanished, a known one moved up"
    );
    assert_eq!(
        lacking(&[("new", 9), ("a", 2)]),
        0,
        "a new one pushed one off"
    );
}

#[test]
fn what_was_seen_is_given_once_and_what_changed_again() {
    let mut messages = messages(false);
    assert_eq!(read(&mut messages, Manner::First, &[("a", 2)], &[]), 1);
    assert_eq!(read(&mut messages, Manner::First, &[("a", 2)], &[]), 0);
    assert_eq!(messages.dropped.duplicates, 1);
    // The same key on another day: the key holds the time.
    assert_eq!(read(&mut messages, Manner::Again, &[("a", 3)], &[]), 1);
}

#[test]
fn deletions_are_looked_for_and_not_given_unless_asked_for() {
    let mut messages = messages(false);
    assert!(messages.asked.wants(EntryKind::Deleted));
    messages.begin(Manner::First);
    let taken = messages.take(page(&[], &["x"]));
    assert_eq!((taken.items.len(), taken.deletions.len()), (0, 1));
    let again = messages.take(page(&[], &["x"]));
    assert!(again.deletions.is_empty() && !again.gained);
}

#[test]
fn other_content_under_a_known_key_is_a_change_once() {
    let fingerprint = |content| Fingerprint {
        key: 1,
        content,
        message: 1,
    };
    let mut seen = Seen::default();
    let noted = [1, 2, 2, 1, 3].map(|content| seen.note(fingerprint(content)));
    use Novelty::{Changed, Duplicate, New};
    assert_eq!(noted, [New, Changed, Duplicate, Duplicate, Changed]);
}
