//! The values of the date rules (U1 to U5 of the unknowns in the crate documentation).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::value::SettingValue;
use crate::value::choice;

/// The time zone that the dates `from` and `to` are read in (U1): a fixed
/// offset from UTC, in whole minutes, from −12:00 to +14:00.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone(i32);

impl Zone {
    /// UTC itself.
    pub const UTC: Self = Self(0);

    /// The zones worth a separate test run: both extremes, UTC, half and
    /// quarter hours.
    pub const ALL: &'static [Self] = &[
        Self(-720),
        Self(-570),
        Self(-480),
        Self(-300),
        Self(0),
        Self(60),
        Self(330),
        Self(345),
        Self(540),
        Self(765),
        Self(840),
    ];

    /// The zone `minutes` east of UTC; `None` outside −720..=840.
    #[must_use]
    pub const fn from_minutes(minutes: i32) -> Option<Self> {
        if minutes >= -720 && minutes <= 840 {
            Some(Self(minutes))
        } else {
            None
        }
    }

    /// Minutes east of UTC.
    #[must_use]
    pub const fn minutes(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let valid = || "UTC, or an offset from -12:00 to +14:00 such as +05:30".to_owned();
        if matches!(text, "UTC" | "utc" | "Z") {
            return Ok(Self::UTC);
        }
        let (sign, rest) = if let Some(rest) = text.strip_prefix('+') {
            (1, rest)
        } else if let Some(rest) = text.strip_prefix(['-', '−']) {
            (-1, rest)
        } else {
            return Err(valid());
        };
        let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
        let (Ok(hours), Ok(minutes)) = (hours.parse::<u8>(), minutes.parse::<u8>()) else {
            return Err(valid());
        };
        if minutes >= 60 {
            return Err(valid());
        }
        Self::from_minutes(sign * (i32::from(hours) * 60 + i32::from(minutes))).ok_or_else(valid)
    }
}

impl SettingValue for Zone {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// Another zone for requests from an instant on (U1): the account moves.
///
/// As text: the instant and the zone with a slash between them, such as
/// `2026-11-22T00:00:00Z/+09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ZoneLater {
    /// Requests at this instant or later are answered in the new zone.
    pub from: DateTime<Utc>,
    /// The new zone.
    pub zone: Zone,
}

impl SettingValue for Option<ZoneLater> {
    fn read(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(None);
        }
        let valid = || {
            "none, or an RFC 3339 instant and a zone such as 2026-11-22T00:00:00Z/+09:00".to_owned()
        };
        let (from, zone) = text.split_once('/').ok_or_else(valid)?;
        let from = DateTime::parse_from_rfc3339(from).map_err(|_| valid())?;
        Ok(Some(ZoneLater {
            from: from.to_utc(),
            zone: zone.parse().map_err(|_| valid())?,
        }))
    }

    fn write(&self) -> String {
        self.map_or_else(
            || "none".to_owned(),
            |later| format!("{}/{}", later.from.write(), later.zone),
        )
    }
}

choice! {
    /// Whether clocks in the zone are set forward by an hour for the summer (U1).
    /// A zone more than 13 hours ahead of UTC has no summer time.
    pub enum Daylight {
        /// They never are.
        #[default]
        None = "none",
        /// From the last Sunday of March to the last Sunday of October, at
        /// 01:00 UTC.
        Europe = "europe",
        /// From the first Sunday of October to the first Sunday of April, at
        /// 02:00 of the zone's own time.
        Australia = "australia",
    }
}

choice! {
    /// Which offset the midnights of a zone with daylight saving have (U1).
    pub enum ZoneBy {
        /// That of the date itself.
        #[default]
        Date = "date",
        /// That of the day of asking.
        Asking = "asking",
    }
}

choice! {
    /// Up to which instant the date `to` reaches (U2).
    pub enum ToRule {
        /// The whole day `to` belongs to the range.
        #[default]
        Inclusive = "inclusive",
        /// The range ends as the day `to` begins.
        Exclusive = "exclusive",
        /// Of the day `to` only its first millisecond belongs to the range.
        Midnight = "midnight",
        /// The range ends with 23:59:59.000 of `to`: what was sent in the last
        /// 999 milliseconds of that day is left out.
        Seconds = "seconds",
    }
}

choice! {
    /// The meaning of "one month" for the length of a range (U3).
    pub enum SpanRule {
        /// At most 28 dates, both ends counted.
        Dates28 = "dates28",
        /// At most 29 dates, both ends counted.
        Dates29 = "dates29",
        /// At most 30 dates, both ends counted.
        Dates30 = "dates30",
        /// At most 31 dates, both ends counted.
        Dates31 = "dates31",
        /// At most 28 days between the first and the last date.
        Days28 = "days28",
        /// At most 29 days between the first and the last date.
        Days29 = "days29",
        /// At most 30 days between the first and the last date.
        Days30 = "days30",
        /// At most 31 days between the first and the last date.
        Days31 = "days31",
        /// At most up to the same day of the next month, or that month's last.
        #[default]
        Month = "month",
    }
}

choice! {
    /// The answer to a range that is too long (U3).
    pub enum SpanExcess {
        /// The request is refused.
        #[default]
        Refused = "refused",
        /// `to` is moved back.
        ClampEnd = "clamp_end",
        /// `from` is moved on.
        ClampStart = "clamp_start",
    }
}

choice! {
    /// How far back the reports reach, seen from today in the account's zone (U4).
    pub enum FloorRule {
        /// The same day of the month six months ago, or that month's last.
        #[default]
        Months = "months",
        /// The date 180 days ago.
        Days180 = "days180",
    }
}

choice! {
    /// Whether the date of the floor itself may be asked for (U4, U5).
    pub enum FloorEdge {
        /// It may.
        #[default]
        Inclusive = "inclusive",
        /// Only the day after it may.
        Exclusive = "exclusive",
    }
}

choice! {
    /// The answer to a range that reaches past a limit: before the floor, or
    /// with a `to` later than today (U5).
    pub enum Beyond {
        /// It is served as asked, data past the limit included.
        Accepted = "accepted",
        /// The request is refused.
        #[default]
        Refused = "refused",
        /// The end past the limit is moved to the limit.
        Clamped = "clamped",
    }
}

choice! {
    /// The `from` and `to` that a report gives back (U3, U5).
    pub enum Echo {
        /// The range that was served.
        #[default]
        Clamped = "clamped",
        /// The range that was asked for, whatever was served.
        Asked = "asked",
        /// Neither of the two fields.
        Absent = "absent",
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn zones_read_what_they_write() {
        for zone in Zone::ALL {
            assert_eq!(zone.to_string().parse(), Ok(*zone));
        }
        assert_eq!("-03:30".parse(), Ok(Zone(-210)));
        assert_eq!("UTC".parse(), Ok(Zone::UTC));
    }

    #[test]
    fn zones_outside_the_world_are_refused() {
        for text in ["+14:01", "-12:01", "05:30", "+05:60", "", "+x"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }
}
