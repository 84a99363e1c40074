//! Numbers for people: counts with their noun, durations, sizes, percentages.

use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A number with separators between thousands.
pub(crate) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// A number and the noun that it counts, in the singular or plural: `1 request`, `2,000 entries`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {}", count(number), noun_for(number, noun))
}

/// The form of a regular noun that fits a number.
pub(crate) fn noun_for(number: u64, noun: &str) -> String {
    if number == 1 {
        return noun.to_owned();
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        None if noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// A number of bytes in a unit that keeps it short.
pub(crate) fn size(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// A duration in its two largest units, rounded up to whole seconds.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    let two = |first: String, rest: u64, unit: &str| match rest {
        0 => first,
        rest => format!("{first} {rest} {unit}"),
    };
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => two(format!("{} min", seconds / MINUTE), seconds % MINUTE, "s"),
        HOUR..DAY => two(
            format!("{} h", seconds / HOUR),
            seconds % HOUR / MINUTE,
            "min",
        ),
        _ => two(counted(seconds / DAY, "day"), seconds % DAY / HOUR, "h"),
    }
}

/// A duration given in seconds; a negative one counts as zero.
pub(crate) fn seconds(seconds: f64) -> String {
    duration(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

/// A part of a whole.
pub(crate) fn percent(part: f64) -> String {
    let rounded = (part * 1000.0).round() / 10.0;
    // Less than everything is never shown as 100%, nor more than nothing as 0%.
    match part {
        _ if part >= 1.0 => "100%".to_owned(),
        _ if part > 0.0 && rounded == 0.0 => format!("{}%", part * 100.0),
        _ => format!("{}%", rounded.min(99.9)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{counted, duration, percent, seconds};

    #[test]
    fn one_of_a_thing_has_no_plural() {
        assert_eq!(counted(1, "request"), "1 request");
        assert_eq!(counted(0, "request"), "0 requests");
        assert_eq!(counted(2000, "entry"), "2,000 entries");
        assert_eq!(counted(2, "day"), "2 days");
        assert_eq!(counted(3, "stretch"), "3 stretches");
    }

    #[test]
    fn times_are_told_in_units_that_people_count_in() {
        let told = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(told(0), "0 s");
        assert_eq!(told(59), "59 s");
        assert_eq!(told(60), "1 min");
        assert_eq!(told(3725), "1 h 2 min");
        assert_eq!(told(10_080 * 60), "7 days");
        assert_eq!(told(450_386), "5 days 5 h");
        assert_eq!(duration(Duration::from_nanos(1)), "1 s");
        assert_eq!(seconds(-12.0), "0 s");
        assert_eq!(seconds(16.2), "17 s");
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(percent(0.9999), "99.9%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.05), "5%");
    }
}
