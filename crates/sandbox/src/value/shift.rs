//! Lengths of time with a sign, as settings and faults write them: `-80d`, `+12h`.

use chrono::TimeDelta;

/// The units, longest first, in seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];
/// The longest shift, in days: any date of a calendar with four-digit years can
/// be reached from any other.
const LONGEST: i64 = 3_652_060;

/// The form of a shift, for error messages.
pub(crate) const VALID: &str = "a shift such as -80d, +36h, +5m or -30s";

/// Reads a shift. The sign is required, so that no other value looks like a shift.
pub(crate) fn read(text: &str) -> Option<TimeDelta> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let rest = text.trim_start_matches(['+', '-', '−']);
    let (unit, seconds) = UNITS.iter().find(|(unit, _)| rest.ends_with(*unit))?;
    let number = rest.strip_suffix(*unit)?;
    if text.chars().count() != number.len() + 2 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<i64>().ok()?.checked_mul(*seconds)?;
    (seconds <= LONGEST * 86_400).then(|| TimeDelta::seconds(sign * seconds))
}

/// Writes a shift in the longest unit that it is a multiple of.
pub(crate) fn write(shift: TimeDelta) -> String {
    let seconds = shift.num_seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (unit, length) = UNITS
        .into_iter()
        .find(|(_, length)| seconds % length == 0)
        .unwrap_or(('s', 1));
    format!("{sign}{}{unit}", seconds.abs() / length)
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn shifts_read_what_they_write() {
        for text in ["-80d", "+365d", "+36h", "-5m", "+61s", "+3652060d"] {
            assert_eq!(read(text).map(write).as_deref(), Some(text));
        }
        assert_eq!(read("−48h").map(write).as_deref(), Some("-2d"));
    }

    #[test]
    fn what_has_no_sign_no_unit_or_no_end_is_no_shift() {
        for text in [
            "80d",
            "-80",
            "-d",
            "+-5d",
            "++5d",
            "+1e9d",
            "-3652061d",
            "",
            "+5w",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
