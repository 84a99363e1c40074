//! Settings as text.

use super::Settings;

#[test]
fn settings_read_what_they_write() {
    let text = "seed=9,sessions=3,messages=5,now=2026-11-21T00:00:00.500Z,daily_limit=5,\
                scopes=a+b,quirks=yes,zone=-09:30,to=seconds,span=days31,echo=absent,\
                expired_answer=422,visible_after=3600,fault=messages:nth=3:status=503";
    let settings: Settings = text.parse().expect("valid settings");
    assert_eq!(settings.to_string(), text);
    assert_eq!(settings.to_string().parse::<Settings>(), Ok(settings));
    for part in [
        "date_offset=-80d",
        "date_offset=1970-01-01T00:00:00Z",
        "token_params=query",
        "latency_ms=150,jitter_ms=30,text_bytes=80000",
        "odd_times=contradict,odd_ids=some,empty_message_ids=yes",
        "zone=+01:00,zone_later=2026-11-22T00:00:00Z/-09:30,daylight=europe,zone_by=asking",
    ] {
        let settings: Settings = part.parse().expect("valid settings");
        assert!(settings.to_string().ends_with(part), "{settings}");
        assert_eq!(settings.to_string().parse::<Settings>(), Ok(settings));
    }
}

#[test]
fn the_default_is_written_with_the_main_settings() {
    let text = Settings::default().to_string();
    assert_eq!(
        text,
        "seed=7,sessions=50,messages=20000,now=2026-11-20T12:00:00Z"
    );
    assert_eq!("".parse::<Settings>(), Ok(Settings::default()));
}

#[test]
fn an_unknown_key_is_named_with_the_known_ones() {
    let error = "tu=exclusive".parse::<Settings>().expect_err("no such key");
    assert!(error.to_string().contains("`tu`"));
    assert!(error.to_string().contains("deleted_in_messages"));
}

#[test]
fn a_bad_value_is_named_with_the_valid_ones() {
    for (text, expected) in [
        ("to=noon", "inclusive, exclusive, midnight, seconds"),
        ("sessions=0", "from 1 to"),
        ("visible_after=604801", "from 0 to 604800"),
        ("text_bytes=1000001", "from 0 to 1000000"),
        ("now=yesterday", "RFC 3339"),
        ("quirks=maybe", "yes, no"),
        ("seed", "key=value"),
        ("date_offset=tomorrow", "none, a shift such as -80d"),
        ("zone_later=+09:00", "2026-11-22T00:00:00Z/+09:00"),
        ("now=2101-01-01T00:00:00Z", "to 2100-12-31T23:59:59Z"),
        ("anchor=1969-12-31T23:59:59Z", "from 1970-01-01T00:00:00Z"),
        ("now=9999-01-01T00:00:00Z", "from 1970-01-01T00:00:00Z"),
        ("sessions=100001", "to 100000"),
        ("messages=10000001", "to 10000000"),
        (
            "messages=10000000,now=2100-01-01T00:00:00Z",
            "at most 20000000 can be kept",
        ),
    ] {
        let error = text.parse::<Settings>().expect_err("not valid").to_string();
        assert!(error.contains(expected), "{error}");
    }
}
