//! The account's rate limits: a sliding window of one real second for each
//! label, and a number of reports a day by the sandbox's clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};

use crate::settings::{Plan, RateHeaders, Settings};

/// How heavy an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Reports.
    Medium,
    /// All other operations.
    Light,
}

impl Label {
    /// Requests a second; `None` for no limit.
    fn limit(self, plan: Plan) -> Option<usize> {
        match (self, plan) {
            (_, Plan::Unlimited) => None,
            (Self::Medium, Plan::Free) => Some(2),
            (Self::Medium, Plan::Pro) => Some(20),
            (Self::Medium, Plan::Business) => Some(60),
            (Self::Light, Plan::Free) => Some(4),
            (Self::Light, Plan::Pro) => Some(30),
            (Self::Light, Plan::Business) => Some(80),
        }
    }
}

/// The limit that a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    PerSecond,
    Daily,
}

/// The limiter's verdict on one request.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) exceeded: Option<Limit>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// The requests of the last second, and the number of reports of the day.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    medium: VecDeque<Instant>,
    light: VecDeque<Instant>,
    day: Option<(NaiveDate, u64)>,
}

impl Limiter {
    /// Judges one request that arrived at the real instant `arrived`, while the
    /// sandbox's clock shows `now`.
    pub(crate) fn take(
        &mut self,
        settings: &Settings,
        label: Label,
        arrived: Instant,
        now: DateTime<Utc>,
    ) -> Verdict {
        let daily = if label == Label::Medium {
            daily_limit(settings)
        } else {
            None
        };
        let used = self.used_on(now.date_naive());
        let recent = match label {
            Label::Medium => &mut self.medium,
            Label::Light => &mut self.light,
        };
        while recent.front().is_some_and(|&first| {
            arrived.saturating_duration_since(first) >= Duration::from_secs(1)
        }) {
            recent.pop_front();
        }
        let limit = label.limit(settings.plan);
        let exceeded = if daily.is_some_and(|daily| used >= daily) {
            Some(Limit::Daily)
        } else if limit.is_some_and(|limit| recent.len() >= limit) {
            Some(Limit::PerSecond)
        } else {
            None
        };
        if exceeded.is_none() {
            recent.push_back(arrived);
            if label == Label::Medium {
                self.day = Some((now.date_naive(), used + 1));
            }
        }
        let left = limit.map(|limit| (limit, limit.saturating_sub(recent.len())));
        Verdict {
            exceeded,
            headers: match settings.rate_headers {
                RateHeaders::All => headers(label, exceeded, left, daily, now),
                RateHeaders::None => Vec::new(),
            },
        }
    }

    fn used_on(&self, date: NaiveDate) -> u64 {
        match self.day {
            Some((day, used)) if day == date => used,
            _ => 0,
        }
    }
}

fn daily_limit(settings: &Settings) -> Option<u64> {
    settings
        .daily_limit
        .or((settings.plan == Plan::Free).then_some(2000))
}

fn headers(
    label: Label,
    exceeded: Option<Limit>,
    left: Option<(usize, usize)>,
    daily: Option<u64>,
    now: DateTime<Utc>,
) -> Vec<(&'static str, String)> {
    let category = match label {
        Label::Medium => "Medium",
        Label::Light => "Light",
    };
    let mut headers = vec![("X-RateLimit-Category", category.to_owned())];
    if exceeded == Some(Limit::Daily) {
        let midnight = (now.date_naive() + Days::new(1)).and_time(NaiveTime::MIN);
        headers.extend([
            ("X-RateLimit-Type", "Daily-limit".to_owned()),
            ("X-RateLimit-Limit", daily.unwrap_or_default().to_string()),
            ("X-RateLimit-Remaining", "0".to_owned()),
            (
                "Retry-After",
                midnight
                    .and_utc()
                    .to_rfc3339_opts(SecondsFormat::Secs, true),
            ),
        ]);
    } else if let Some((limit, remaining)) = left {
        headers.extend([
            ("X-RateLimit-Type", "QPS".to_owned()),
            ("X-RateLimit-Limit", limit.to_string()),
            ("X-RateLimit-Remaining", remaining.to_string()),
        ]);
        if exceeded.is_some() {
            headers.push(("X-RateLimit-Reset", (now.timestamp() + 1).to_string()));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Label, Limit, Limiter};
    use crate::settings::Settings;

    fn settings(text: &str) -> Settings {
        text.parse().expect("valid settings")
    }

    #[test]
    fn the_window_slides() {
        let settings = settings("plan=pro");
        let mut limiter = Limiter::default();
        let start = Instant::now();
        let mut at = |ms| {
            limiter
                .take(
                    &settings,
                    Label::Medium,
                    start + Duration::from_millis(ms),
                    settings.now,
                )
                .exceeded
        };
        for request in 0..20 {
            assert_eq!(at(900 + request), None);
        }
        assert_eq!(at(1899), Some(Limit::PerSecond));
        assert_eq!(at(1900), None);
        assert_eq!(at(1900), Some(Limit::PerSecond));
    }

    #[test]
    fn each_label_has_its_own_limit() {
        let settings = settings("plan=free");
        let mut limiter = Limiter::default();
        let now = Instant::now();
        let mut count = |label| {
            (0..100)
                .filter(|_| {
                    limiter
                        .take(&settings, label, now, settings.now)
                        .exceeded
                        .is_none()
                })
                .count()
        };
        assert_eq!(count(Label::Medium), 2);
        assert_eq!(count(Label::Light), 4);
    }

    #[test]
    fn the_daily_limit_names_the_next_midnight_and_ends_there() {
        let settings = settings("plan=unlimited,daily_limit=1");
        let mut limiter = Limiter::default();
        let real = Instant::now();
        let day = chrono::TimeDelta::days(1);
        assert_eq!(
            limiter
                .take(&settings, Label::Medium, real, settings.now)
                .exceeded,
            None
        );
        let refused = limiter.take(&settings, Label::Medium, real, settings.now);
        assert_eq!(refused.exceeded, Some(Limit::Daily));
        assert!(
            refused
                .headers
                .contains(&("Retry-After", "2026-11-21T00:00:00Z".to_owned()))
        );
        assert_eq!(
            limiter
                .take(&settings, Label::Medium, real, settings.now + day)
                .exceeded,
            None
        );
    }
}
