//! The server's idea of the time, learned from its responses.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap};

use crate::clock::{self, Clock};

/// The server's time: its last `Date` header, moved on by the monotonic clock.
///
/// The machine's clock may be off by a day; it counts only until the first response.
#[derive(Debug)]
pub(crate) struct ServerTime {
    clock: Arc<dyn Clock>,
    seen: Mutex<Option<Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    date: DateTime<Utc>,
    at: Duration,
}

impl ServerTime {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            seen: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.seen() {
            Some(seen) => clock::add(seen.date, self.clock.now().saturating_sub(seen.at)),
            None => self.clock.utc(),
        }
    }

    /// Whether any response has told its date.
    pub(crate) fn known(&self) -> bool {
        self.seen().is_some()
    }

    /// Takes the date of a response, and gives it back.
    pub(crate) fn learn(&self, headers: &HeaderMap) -> Option<DateTime<Utc>> {
        let date = date(headers)?;
        let at = self.clock.now();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { date, at });
        Some(date)
    }

    fn seen(&self) -> Option<Seen> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let text = headers.get(DATE)?.to_str().ok()?;
    http_date(text.trim())
}

/// Reads an HTTP-date.
pub(crate) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(clock::add(DateTime::UNIX_EPOCH, since))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;
    use crate::clock::SkippingClock;

    fn headers(date: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, HeaderValue::from_static(date))])
    }

    #[test]
    fn the_server_wins_over_the_machine_and_moves_on() {
        let clock = Arc::new(SkippingClock::new(DateTime::UNIX_EPOCH));
        let time = ServerTime::new(clock.clone());
        assert!(!time.known());
        assert_eq!(time.now(), DateTime::UNIX_EPOCH);

        let date = time
            .learn(&headers("Fri, 20 Nov 2026 12:00:00 GMT"))
            .expect("ok");
        assert!(time.known());
        clock.advance(Duration::from_secs(90));
        assert_eq!((time.now() - date).num_seconds(), 90);
    }

    #[test]
    fn an_unreadable_date_changes_nothing() {
        let time = ServerTime::new(Arc::new(SkippingClock::new(DateTime::UNIX_EPOCH)));
        assert_eq!(time.learn(&headers("yesterday")), None);
        assert_eq!(time.learn(&HeaderMap::new()), None);
        assert!(!time.known());
    }
}
