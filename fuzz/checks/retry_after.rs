//! The checks for any value of `Retry-After`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use zoom_chat_reports::fuzzing;

/// Reads a value at several times; nothing may overflow, and no wait may be longer than a rate limit lasts.
pub fn check(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else {
        return;
    };
    let noon = DateTime::from_timestamp(1_795_176_000, 0).expect("an instant");
    for now in [
        noon,
        DateTime::UNIX_EPOCH,
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MAX_UTC,
    ] {
        let wait = fuzzing::retry_after(text, now);
        assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(2 * 24 * 3600)));
        if now == noon
            && let Ok(seconds) = text.trim().parse::<u32>()
            && seconds <= 3600
            && !text.contains('+')
        {
            assert_eq!(wait, Some(Duration::from_secs(seconds.into())));
        }
    }
}
