//! What a program keeps in a file comes back, or is refused.

use serde_json::{Value, json};
use zoom_chat_reports::{Coverage, Cursor, DateRange};

#[test]
fn what_is_kept_has_a_version_and_only_this_one_is_read() {
    let range = DateRange::last_six_months("2026-11-20".parse().unwrap());
    let cursor = json!({"version": 1, "question": 1, "from": "2026-06-01", "to": "2026-06-28"});
    let cursor: Cursor = serde_json::from_value(cursor).unwrap();
    let kept = [
        serde_json::to_value(range).unwrap(),
        serde_json::to_value(cursor).unwrap(),
        serde_json::to_value(Coverage::default()).unwrap(),
    ];
    let reads = |kept: &[Value; 3]| {
        [
            serde_json::from_value::<DateRange>(kept[0].clone()).is_ok(),
            serde_json::from_value::<Cursor>(kept[1].clone()).is_ok(),
            serde_json::from_value::<Coverage>(kept[2].clone()).is_ok(),
        ]
    };
    assert_eq!(reads(&kept), [true; 3]);
    let later = kept.map(|mut kept| {
        assert_eq!(kept["version"], 1);
        kept["version"] = 2.into();
        kept
    });
    assert_eq!(reads(&later), [false; 3]);
    let error = serde_json::from_value::<Cursor>(later[1].clone()).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn dates_that_no_range_can_have_are_refused() {
    for (from, to) in [
        ("+262142-01-01", "+262142-01-02"),
        ("-262143-01-01", "2026-01-01"),
        ("1969-12-31", "1970-01-01"),
        ("2026-06-02", "2026-06-01"),
    ] {
        let cursor = json!({"version": 1, "question": 1, "from": from, "to": to});
        assert!(serde_json::from_value::<Cursor>(cursor).is_err(), "{from}");
        let range = json!({"version": 1, "first": from, "last": to, "whole_reach": true});
        assert!(
            serde_json::from_value::<DateRange>(range).is_err(),
            "{from}"
        );
    }
    for (began, is_read) in [
        ("2026-06-01T00:00:00Z", true),
        ("+262142-12-31T23:59:59Z", false),
    ] {
        let cursor = json!({
            "version": 1, "question": 1, "from": "2026-06-01", "to": "2026-06-28",
            "page_token": "t", "first": {"began": began, "held": 1},
        });
        let read = serde_json::from_value::<Cursor>(cursor);
        assert_eq!(read.is_ok(), is_read, "{began}");
    }
}
