use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn june() -> Interval {
    Interval::new(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z"))
}

fn near() -> Interval {
    may_hold(Window {
        from: "2026-05-31".parse().expect("a day"),
        to: "2026-07-01".parse().expect("a day"),
    })
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_belongs_to_a_range() {
    use Placement::{At, Outside, Unplaceable};
    let today = Today::is("2026-11-20".parse().expect("a day"));
    let (inside, outside) = (at("2026-06-15T08:00:00Z"), at("2026-08-15T08:00:00Z"));
    let (zero, seconds) = (at("1970-01-01T00:00:00Z"), at("1970-01-21T18:05:19Z"));
    let future = at("2031-01-01T00:00:00Z");
    let rows = [
        ("both inside", Some(inside), Some(inside), At(inside)),
        ("timestamp alone", Some(inside), None, At(inside)),
        ("date_time alone", None, Some(inside), At(inside)),
        ("timestamp of 0", Some(zero), Some(inside), At(inside)),
        (
            "timestamp in seconds",
            Some(seconds),
            Some(inside),
            At(inside),
        ),
        (
            "timestamp elsewhere",
            Some(outside),
            Some(inside),
            At(inside),
        ),
        (
            "date_time elsewhere",
            Some(inside),
            Some(outside),
            At(inside),
        ),
        ("both elsewhere", Some(outside), Some(outside), Outside),
        ("elsewhere and 0", Some(zero), Some(outside), Outside),
        ("elsewhere, one alone", None, Some(outside), Outside),
        (
            "elsewhere, a zone apart",
            Some(outside),
            Some(outside + TimeDelta::hours(9)),
            Outside,
        ),
        (
            "contradicting, one next to the window",
            Some(outside),
            Some(june().end),
            Outside,
        ),
        (
            "contradicting, neither fits",
            Some(outside),
            Some(at("2026-10-15T08:00:00Z")),
            Unplaceable,
        ),
        (
            "a year ago, alone",
            Some(at("2025-06-15T08:00:00Z")),
            None,
            Unplaceable,
        ),
        ("none", None, None, Unplaceable),
        ("0 alone", Some(zero), None, Unplaceable),
        ("both impossible", Some(zero), Some(future), Unplaceable),
        ("the end of the range", Some(june().end), None, Outside),
        (
            "its first instant",
            Some(june().start),
            None,
            At(june().start),
        ),
    ];
    for (name, timestamp, date_time, expected) in rows {
        let placed = place([timestamp, date_time], june(), near(), possible(today));
        assert_eq!(placed, expected, "{name}");
    }
}
