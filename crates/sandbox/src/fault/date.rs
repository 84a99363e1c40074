//! The `Date` header that a fault shows.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::value::shift;

/// The `Date` header of an answer, in place of the sandbox's time.
///
/// As text: `none`; a shift of the sandbox's time such as `-80d` or `+36h`; an
/// RFC 3339 instant; any other text is sent as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FaultDate {
    /// The header is left out.
    None,
    /// The sandbox's time, later or earlier by this much.
    Shifted(TimeDelta),
    /// This instant.
    At(DateTime<Utc>),
    /// This text.
    Text(String),
}

impl FaultDate {
    /// The header's value when the clock shows `now`.
    pub(crate) fn header(&self, now: DateTime<Utc>) -> Option<String> {
        match self {
            Self::None => None,
            Self::Shifted(shift) => Some(http_date(now, *shift)),
            Self::At(instant) => Some(http_date(*instant, TimeDelta::zero())),
            Self::Text(text) => Some(text.clone()),
        }
    }
}

/// An instant as a `Date` header writes it, moved by `shift`. Years have four
/// digits there, so it stays within them.
pub(crate) fn http_date(instant: DateTime<Utc>, shift: TimeDelta) -> String {
    let (first, last) = (-62_135_596_800, 253_402_300_799);
    let seconds = instant.timestamp().saturating_add(shift.num_seconds());
    DateTime::from_timestamp(seconds.clamp(first, last), 0)
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

impl TryFrom<String> for FaultDate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        if let Some(shift) = shift::read(&text) {
            return Ok(Self::Shifted(shift));
        }
        if let Ok(instant) = DateTime::parse_from_rfc3339(&text) {
            return Ok(Self::At(instant.to_utc()));
        }
        if text.chars().all(|letter| matches!(letter, ' '..='~')) {
            Ok(Self::Text(text))
        } else {
            Err("a `date` is printable ASCII, as all headers are".to_owned())
        }
    }
}

impl From<FaultDate> for String {
    fn from(date: FaultDate) -> Self {
        match date {
            FaultDate::None => "none".to_owned(),
            FaultDate::Shifted(shift) => shift::write(shift),
            FaultDate::At(instant) => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            FaultDate::Text(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FaultDate;

    fn header(text: &str) -> Option<String> {
        let now = "2026-11-20T12:00:00Z".parse().expect("a constant");
        FaultDate::try_from(text.to_owned())
            .expect("valid")
            .header(now)
    }

    #[test]
    fn each_form_shows_what_it_says() {
        for (text, shown) in [
            ("none", None),
            ("-80d", Some("Tue, 01 Sep 2026 12:00:00 GMT")),
            ("+365d", Some("Sat, 20 Nov 2027 12:00:00 GMT")),
            (
                "1970-01-01T00:00:00Z",
                Some("Thu, 01 Jan 1970 00:00:00 GMT"),
            ),
            ("+3652060d", Some("Fri, 31 Dec 9999 23:59:59 GMT")),
            ("yesterday, about noon", Some("yesterday, about noon")),
            ("", Some("")),
        ] {
            assert_eq!(header(text).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn a_text_that_no_header_can_hold_is_refused() {
        assert!(FaultDate::try_from("a\nb".to_owned()).is_err());
    }
}
