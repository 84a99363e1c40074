use super::*;

fn entry(kind: EntryKind, raw: &str) -> Entry {
    Entry::new(kind, "s".into(), serde_json::from_str(raw).expect("JSON"))
}

#[test]
fn what_makes_two_bodies_equal() {
    let rows = [
        (
            true,
            r#"{"id":"a","message":"x"}"#,
            r#"{ "message" : "x", "id":"a" }"#,
        ),
        (true, r#"{"message":"a<b"}"#, r#"{"message":"a\u003cb"}"#),
        (true, r#"{"mess\u0061ge":"é"}"#, r#"{"message":"\u00e9"}"#),
        (true, r#"{"a":[1,2]}"#, r#"{"a":[1, 2]}"#),
        (
            true,
            r#"{"message":"\ud83d","id":"a"}"#,
            r#"{"id":"a","message":"\uD83D"}"#,
        ),
        (
            true,
            r#"{"files":[{"download_url":"one","file_id":"f"}]}"#,
            r#"{"files":[{"file_id":"f","download_url":"two"}]}"#,
        ),
        (
            true,
            r#"{"files":[{"download_url":"one","file_id":"f"}]}"#,
            r#"{"files":[{"file_id":"f"}]}"#,
        ),
        (
            false,
            r#"{"files":[{"file_id":"f"}]}"#,
            r#"{"files":[{"file_id":"g"}]}"#,
        ),
        (
            false,
            r#"{"download_url":"one"}"#,
            r#"{"download_url":"two"}"#,
        ),
        (
            false,
            r#"{"bot_message":{"files":[{"download_url":"one"}]}}"#,
            r#"{"bot_message":{"files":[{"download_url":"two"}]}}"#,
        ),
        (false, r#"{"message":"x"}"#, r#"{"message":"y"}"#),
        (false, r#"{"message":"1"}"#, r#"{"message":1}"#),
        (false, r#"{"a":null}"#, "{}"),
        (false, r#"{"a":"null"}"#, r#"{"a":null}"#),
        (false, r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#),
        (false, r#"{"a":[]}"#, r#"{"a":{}}"#),
        (false, r#"{"a":"x","b":"y"}"#, r#"{"a":"y","b":"x"}"#),
        (false, r#"{"a":{"b":1},"c":1}"#, r#"{"a":{"c":1},"b":1}"#),
        (
            false,
            r#"{"a":12345678901234567890123}"#,
            r#"{"a":12345678901234567890124}"#,
        ),
        (false, r#"{"message":"\ud83d"}"#, r#"{"message":"\ud83e"}"#),
    ];
    for (equal, one, other) in rows {
        assert_eq!(same_content(one, other), equal, "{one} and {other}");
        assert_eq!(same_content(other, one), equal, "{other} and {one}");
    }
}

#[test]
fn edits_without_an_action_timestamp_stay_apart_by_content() {
    let hasher = Hasher::default();
    let key = |text: &str| {
        let raw = format!(r#"{{"id":"a","timestamp":1,"message":"{text}"}}"#);
        hasher.fingerprint(&entry(EntryKind::Edited, &raw)).key
    };
    assert_ne!(key("x"), key("y"));
    assert_eq!(key("<"), key("\\u003c"));
}

#[test]
fn an_empty_id_is_a_missing_one() {
    let hasher = Hasher::default();
    let key = |text: &str| {
        let raw = format!(r#"{{"id":"","timestamp":1,"message":"{text}"}}"#);
        hasher.fingerprint(&entry(EntryKind::Sent, &raw)).key
    };
    assert_ne!(key("x"), key("y"));
}

#[test]
fn kinds_stay_apart_and_a_sent_key_leaves_out_the_time_of_the_last_edit() {
    let hasher = Hasher::default();
    let key = |kind, action| {
        let raw = format!(r#"{{"id":"a","timestamp":1,"action_timestamp":{action}}}"#);
        hasher.fingerprint(&entry(kind, &raw)).key
    };
    assert_eq!(key(EntryKind::Sent, 2), key(EntryKind::Sent, 3));
    assert_ne!(key(EntryKind::Edited, 2), key(EntryKind::Edited, 3));
    assert_ne!(key(EntryKind::Edited, 2), key(EntryKind::Deleted, 2));
    assert_ne!(key(EntryKind::Sent, 2), key(EntryKind::Edited, 2));
}

#[test]
fn deep_nesting_is_compared_as_text_and_overflows_no_stack() {
    let deep = |end: &str| format!("{}{end}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(same_content(&deep("1"), &deep("1 ").replace("1 ", "1")));
    assert!(!same_content(&deep("1"), &deep("2")));
}

proptest::proptest! {
    #[test]
    fn comparing_never_fails_and_a_text_says_the_same_as_itself(text in ".{0,60}", json in r#"[{\["](["a\\u0,:}\] ]|[0-9]){0,40}"#) {
        for text in [text, json] {
            assert!(same_content(&text, &text.clone()));
            let _ = same_content(&text, "{}");
        }
    }
}
