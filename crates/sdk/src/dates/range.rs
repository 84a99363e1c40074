//! Ranges of whole UTC days.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::interval::Interval;
use crate::{Error, Result, version::Version};

/// A range of whole UTC days, both ends included.
///
/// It holds the messages sent in [first day 00:00Z, day after the last 00:00Z),
/// by the message's own UTC time, whatever the time zone of the server's days.
///
/// Its text is `2026-06-01..2026-11-20`. serde writes an object with a version, since a range also keeps whether it
/// [begins wherever Zoom's reach begins](Self::is_whole_reach), which its text does not say.
///
/// ```
/// use zoom_chat_reports::DateRange;
///
/// let range = DateRange::parse("2026-06-01..2026-11-20")?;
/// assert_eq!(range.to_string(), "2026-06-01..2026-11-20");
/// assert_eq!(DateRange::month(2026, 2)?, DateRange::parse("2026-02-01..2026-02-28")?);
/// # Ok::<(), zoom_chat_reports::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct DateRange {
    version: Version<1>,
    first: NaiveDate,
    last: NaiveDate,
    whole_reach: bool,
}

/// A range as it is stored.
#[derive(Deserialize)]
struct Stored {
    version: Version<1>,
    first: NaiveDate,
    last: NaiveDate,
    whole_reach: bool,
}

impl TryFrom<Stored> for DateRange {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        Ok(Self {
            version: stored.version,
            whole_reach: stored.whole_reach,
            ..Self::new(stored.first, stored.last)?
        })
    }
}

impl DateRange {
    /// The days from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when `last` lies before `first`, or a day
    /// lies before 1970-01-01 or after 9999-12-30.
    pub fn new(first: NaiveDate, last: NaiveDate) -> Result<Self> {
        if last < first {
            return Err(Error::invalid(
                format!("the range {first}..{last} ends before it begins"),
                format!("swap the two dates: {last}..{first}"),
            ));
        }
        if first < EARLIEST || last > LATEST {
            return Err(Error::invalid(
                format!("the range {first}..{last} lies outside 1970-01-01..9999-12-30"),
                "Zoom keeps about six months of chat reports",
            ));
        }
        Ok(Self {
            version: Version,
            first,
            last,
            whole_reach: false,
        })
    }

    /// Reads `2026-06-01..2026-11-20`, or one day such as `2026-06-01`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when a date cannot be read, or the range is reversed.
    pub fn parse(text: &str) -> Result<Self> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        Self::new(parse_date(first)?, parse_date(last)?)
    }

    /// All days of a month, 1 to 12.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when there is no such month.
    pub fn month(year: i32, month: u32) -> Result<Self> {
        let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or_else(|| {
            Error::invalid(
                format!("there is no month {year}-{month:02}"),
                "months go from 1 to 12",
            )
        })?;
        let last = first
            .checked_add_months(Months::new(1))
            .and_then(|next| next.pred_opt())
            .unwrap_or(NaiveDate::MAX);
        Self::new(first, last)
    }

    /// The last `days` days up to and including `today`; see [`ChatReports::today`](crate::ChatReports::today).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when `days` is 0 or reaches back before 1970.
    pub fn last_days(days: u32, today: NaiveDate) -> Result<Self> {
        let first = days
            .checked_sub(1)
            .and_then(|back| today.checked_sub_days(Days::new(back.into())))
            .ok_or_else(|| {
                Error::invalid(
                    format!("the last {days} days are not a range"),
                    "ask for at least one day",
                )
            })?;
        Self::new(first, today)
    }

    /// Everything that Zoom still has on the day `today`: from its floor, about six months back.
    ///
    /// Zoom does not document the floor to the day. This range starts at the earliest
    /// possible day, gives all that comes, and is complete from the first day that can
    /// be proven. The days before are no gap, as they would be for a range that
    /// names its first day. A `today` that no range may have is replaced by the nearest day.
    #[must_use]
    pub fn last_six_months(today: NaiveDate) -> Self {
        let last = today.clamp(EARLIEST, LATEST);
        Self {
            version: Version,
            first: six_months_back(last).max(EARLIEST),
            last,
            whole_reach: true,
        }
    }

    /// The same range with another last day. It still begins where Zoom's reach begins, if it did before.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when `last` lies before the first day.
    pub fn until(self, last: NaiveDate) -> Result<Self> {
        Ok(Self {
            whole_reach: self.whole_reach,
            ..Self::new(self.first, last)?
        })
    }

    /// The first day.
    #[must_use]
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// The last day, which is part of the range.
    #[must_use]
    pub fn last(&self) -> NaiveDate {
        self.last
    }

    /// Whether the range begins wherever Zoom's reach begins.
    #[must_use]
    pub fn is_whole_reach(&self) -> bool {
        self.whole_reach
    }

    /// The first instant, which is part of the range.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        midnight(self.first)
    }

    /// The first instant after the range.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        midnight(self.last) + TimeDelta::days(1)
    }

    /// All its instants.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval::new(self.start(), self.end())
    }

    /// Whether an instant lies in the range.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start() <= instant && instant < self.end()
    }
}

impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

impl FromStr for DateRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");
/// The last day of the year 9999, the last that RFC 3339 can write.
const LATEST: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 30).expect("a day");

pub(crate) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The same day six calendar months earlier, or the last day of that month.
pub(crate) fn six_months_back(today: NaiveDate) -> NaiveDate {
    today
        .checked_sub_months(Months::new(6))
        .unwrap_or(NaiveDate::MIN)
}

fn parse_date(text: &str) -> Result<NaiveDate> {
    let text = text.trim();
    // Chrono itself also accepts signs and short months.
    let strict = text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    strict
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
        .ok_or_else(|| {
            Error::invalid(
                format!("`{}` is not a date", text.escape_debug()),
                "write dates as YYYY-MM-DD and ranges as YYYY-MM-DD..YYYY-MM-DD",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::DateRange;

    #[test]
    fn a_reversed_range_is_refused_with_a_hint() {
        let error = DateRange::parse("2026-06-02..2026-06-01").expect_err("reversed");
        assert!(
            error.to_string().contains("ends before it begins"),
            "{error}"
        );
        assert!(error.hint().is_some());
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for odd in [
            "2026-02-29",
            "2026-6-1",
            "yesterday",
            "",
            "2026-06-01..",
            "+2026-06-1",
        ] {
            assert!(DateRange::parse(odd).is_err(), "{odd}");
        }
        assert!(DateRange::month(2026, 13).is_err());
    }

    #[test]
    fn a_range_holds_its_last_millisecond_and_not_the_next() {
        let range = DateRange::parse("2026-02-28").expect("a day");
        let end = range.end();
        assert!(range.contains(range.start()));
        assert!(range.contains(end - chrono::TimeDelta::milliseconds(1)));
        assert!(!range.contains(end));
    }

    #[test]
    fn six_months_back_stays_within_the_month() {
        let today = chrono::NaiveDate::from_ymd_opt(2026, 8, 31).expect("a day");
        assert_eq!(
            DateRange::last_six_months(today).first().to_string(),
            "2026-02-28"
        );
    }
}
