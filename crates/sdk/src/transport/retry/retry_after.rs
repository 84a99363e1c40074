//! Headers of rate limits: when a request may be sent again.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::transport::server_time::http_date;

/// A longer wait is not a rate limit but garbage: the longest limit ends with the day.
const PLAUSIBLE: Duration = Duration::from_secs(2 * 24 * 3600);

/// The rate limit, as the headers of a response describe it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RateHeaders {
    /// How long to wait; zero for an instant in the past, `None` without a usable hint.
    pub(crate) wait: Option<Duration>,
    /// Whether a daily limit is at fault.
    pub(crate) daily: bool,
    /// Whether the limit per second is at fault, whatever the body says.
    pub(crate) of_the_second: bool,
    /// The account's requests a second, if the header counts by seconds.
    pub(crate) per_second: Option<f64>,
}

impl RateHeaders {
    /// Reads the headers; instants are judged by `now`, the server's time.
    pub(crate) fn read(headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        let kind = text("x-ratelimit-type").unwrap_or_default();
        let daily = kind.to_ascii_lowercase().contains("daily");
        let of_the_second = kind.eq_ignore_ascii_case("qps");
        let limit: Option<f64> = text("x-ratelimit-limit").and_then(|text| text.parse().ok());
        let per_second = limit.filter(|limit| of_the_second && limit.is_finite() && *limit > 0.0);
        let wait = text(RETRY_AFTER.as_str())
            .and_then(|text| retry_after(text, now))
            .or_else(|| until(epoch_seconds(text("x-ratelimit-reset")?)?, now));
        Self {
            wait,
            daily,
            of_the_second,
            per_second,
        }
    }
}

/// Reads a `Retry-After`: seconds, an HTTP-date or an RFC 3339 instant; `None` for any other text.
pub(crate) fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return plausible(Duration::from_secs(text.parse().ok()?));
    }
    let instant = http_date(text).or_else(|| {
        let instant = DateTime::parse_from_rfc3339(text).ok()?;
        Some(instant.with_timezone(&Utc))
    })?;
    until(instant, now)
}

/// The first instant of the day after `now`, when daily limits are reset.
pub(crate) fn next_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive()
        .checked_add_days(chrono::Days::new(1))
        .map_or(now, |day| day.and_time(NaiveTime::MIN).and_utc())
}

fn epoch_seconds(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(text.parse().ok()?, 0)
}

fn until(instant: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    let wait = instant.signed_duration_since(now).max(TimeDelta::zero());
    plausible(wait.to_std().ok()?)
}

fn plausible(wait: Duration) -> Option<Duration> {
    (wait <= PLAUSIBLE).then_some(wait)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("ok")
    }

    fn seconds(text: &str) -> Option<u64> {
        retry_after(text, now()).map(|wait| wait.as_secs())
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Fri, 20 Nov 2026 12:01:00 GMT"), Some(60));
        assert_eq!(seconds("2026-11-21T00:00:00Z"), Some(12 * 3600));
        assert_eq!(seconds("2026-11-20T13:00:10.5+01:00"), Some(10));
    }

    #[test]
    fn the_past_is_at_once() {
        assert_eq!(seconds("Fri, 20 Nov 2026 11:59:00 GMT"), Some(0));
        assert_eq!(seconds("1999-01-01T00:00:00Z"), Some(0));
    }

    #[test]
    fn garbage_negative_and_huge_values_are_nothing() {
        for text in [
            "",
            "soon",
            "-5",
            "1e9",
            "99999999999",
            "99999999999999999999999999",
            "9999-12-31T23:59:59Z",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "2026-11-20",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> RateHeaders {
        let headers = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        RateHeaders::read(&headers.collect(), now())
    }

    #[test]
    fn a_limit_counts_only_when_it_speaks_of_seconds() {
        let limit = |kind| {
            let pairs = [("x-ratelimit-type", kind), ("x-ratelimit-limit", "10")];
            headers(&pairs).per_second
        };
        assert_eq!(limit("QPS"), Some(10.0));
        assert_eq!(limit("Daily-limit"), None);
        assert_eq!(headers(&[("x-ratelimit-limit", "10")]).per_second, None);
        let zero = [("x-ratelimit-type", "QPS"), ("x-ratelimit-limit", "0")];
        assert_eq!(headers(&zero).per_second, None);
    }

    #[test]
    fn the_reset_counts_where_no_retry_after_does() {
        let reset = ("x-ratelimit-reset", "1795176002"); // two seconds past noon
        assert_eq!(headers(&[reset]).wait, Some(Duration::from_secs(2)));
        let both = [("retry-after", "5"), reset];
        assert_eq!(headers(&both).wait, Some(Duration::from_secs(5)));
        let garbage = [("retry-after", "soon"), reset];
        assert_eq!(headers(&garbage).wait, Some(Duration::from_secs(2)));
    }

    #[test]
    fn the_day_ends_at_midnight_utc() {
        assert_eq!(next_midnight(now()).to_string(), "2026-11-21 00:00:00 UTC");
        assert_eq!(
            next_midnight(DateTime::<Utc>::MAX_UTC),
            DateTime::<Utc>::MAX_UTC
        );
    }

    proptest! {
        #[test]
        fn nothing_overflows(text in "\\PC{0,40}", digits in "-?[0-9]{0,40}") {
            retry_after(&text, now());
            retry_after(&digits, now());
            retry_after(&digits, DateTime::<Utc>::MAX_UTC);
            if let Some(instant) = epoch_seconds(&digits) {
                until(instant, DateTime::<Utc>::MIN_UTC);
            }
        }
    }
}
