//! How the timeline of the account is laid out, and how much of it can be kept.

use chrono::{DateTime, Utc};

use super::Settings;
use crate::value::SettingValue;

/// Length of one chunk of the timeline, ms. Nineteen make the 190 days that
/// `messages` counts.
pub(crate) const CHUNK: i64 = 10 * 86_400_000;
pub(crate) const COUNTED_CHUNKS: i64 = 19;
/// The first chunk, relative to the anchor: 230 days of history.
pub(crate) const FIRST_CHUNK: i64 = -23;

/// How many messages the timeline may hold: 16 bytes each.
const MOST_MESSAGES: u64 = 20_000_000;

/// The first and the last second that a clock can show, and that `now` and
/// `anchor` can be.
const BOUNDS: [i64; 2] = [0, 4_133_980_799];
/// The same, for error messages.
pub(crate) const VALID: &str =
    "an RFC 3339 instant from 1970-01-01T00:00:00Z to 2100-12-31T23:59:59Z";

/// Whether a clock can show this instant.
pub(super) fn is_within_bounds(instant: DateTime<Utc>) -> bool {
    (BOUNDS[0]..=BOUNDS[1]).contains(&instant.timestamp())
}

impl Settings {
    /// Checks that a clock can show `now`, and that memory holds the timeline up to it.
    pub(crate) fn check_timeline(&self, now: DateTime<Utc>) -> Result<(), String> {
        if !is_within_bounds(now) {
            return Err(format!("the clock can show {VALID}"));
        }
        let most = self.most_messages(now);
        if most > MOST_MESSAGES {
            return Err(format!(
                "from 230 days before `anchor` until {} there would be {most} messages; at most \
                 {MOST_MESSAGES} can be kept",
                now.write()
            ));
        }
        Ok(())
    }

    /// How many messages the timeline holds when it reaches `now`, odd ids aside.
    fn most_messages(&self, now: DateTime<Utc>) -> u64 {
        let chunks = (now - self.anchor).num_milliseconds().div_euclid(CHUNK) + 1 - FIRST_CHUNK;
        let chunks = u64::try_from(chunks).unwrap_or_default();
        self.messages.saturating_mul(chunks) / COUNTED_CHUNKS.unsigned_abs()
    }
}
