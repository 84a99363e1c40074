//! The days that are asked for, before and after the server's date of today is known.

use std::{fmt, str::FromStr, time::Duration};

use chrono::{Days, NaiveDate, TimeDelta};
use zoom_chat_reports::DateRange;

use crate::failure::{BadValue, Failure};

/// Days more than this many days ago are never within Zoom's six months, however they are counted.
const NEVER_REACHED: u64 = 190;

/// A day as the user gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    /// A date.
    On(NaiveDate),
    /// This many days before today.
    Ago(u32),
}

impl Day {
    pub(crate) fn date(self, today: NaiveDate) -> NaiveDate {
        match self {
            Self::On(date) => date,
            Self::Ago(days) => today
                .checked_sub_days(Days::new(days.into()))
                .unwrap_or(NaiveDate::MIN),
        }
    }
}

impl FromStr for Day {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let text = text.trim();
        let days_ago = || {
            let days = text.strip_prefix('-')?.strip_suffix('d')?;
            days.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(days)
        };
        match text {
            "today" => return Ok(Self::Ago(0)),
            "yesterday" => return Ok(Self::Ago(1)),
            _ => {}
        }
        let ago = days_ago().and_then(|days| days.parse().ok());
        if let Some(days) = ago.filter(|days| *days <= 1_000_000) {
            return Ok(Self::Ago(days));
        }
        let date = (!text.contains("..")).then(|| DateRange::parse(text).ok());
        match date.flatten() {
            Some(day) => Ok(Self::On(day.first())),
            None => Err(BadValue::new(
                "not a date",
                "write YYYY-MM-DD, today, yesterday, or -30d for 30 days ago",
            )),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => date.fmt(f),
            Self::Ago(0) => f.write_str("today"),
            Self::Ago(1) => f.write_str("yesterday"),
            Self::Ago(days) => write!(f, "-{days}d"),
        }
    }
}

/// Reads a length of time: `90m`, `36h` or `2d`.
pub(crate) fn age(text: &str) -> Result<TimeDelta, BadValue> {
    Ok(TimeDelta::seconds(seconds(text)?.into()))
}

/// Reads a length of time that is above zero.
pub(crate) fn patience(text: &str) -> Result<Duration, BadValue> {
    match seconds(text)? {
        0 => Err(BadValue::new(
            "not above zero",
            "write it as 90s, 15m or 2h",
        )),
        seconds => Ok(Duration::from_secs(seconds.into())),
    }
}

fn seconds(text: &str) -> Result<u32, BadValue> {
    let text = text.trim();
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];
    let seconds = units.iter().find_map(|(unit, seconds)| {
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds)
    });
    seconds.ok_or_else(|| BadValue::new("not a length of time", "write it as 90s, 15m, 36h or 2d"))
}

/// An estimate of today, before the server's date is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Today {
    pub(crate) date: NaiveDate,
    /// The number of days by which it may be wrong.
    pub(crate) slack: u64,
}

/// The days that were asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) from: Option<Day>,
    pub(crate) to: Option<Day>,
}

impl Asked {
    /// Refuses days that are certainly wrong, by an estimate of today.
    pub(crate) fn check(&self, today: Option<Today>) -> Result<(), Failure> {
        match (self.from, self.to) {
            (Some(Day::On(from)), Some(Day::On(to))) if to < from => {
                return Err(reversed(Day::On(from), Day::On(to)));
            }
            (Some(Day::Ago(from)), Some(Day::Ago(to))) if from < to => {
                return Err(reversed(Day::Ago(from), Day::Ago(to)));
            }
            _ => {}
        }
        let Some(Today { date, slack }) = today else {
            return Ok(());
        };
        let (earliest, latest) = (date - Days::new(slack), date + Days::new(slack));
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from.date(earliest) > to.date(latest)
        {
            return Err(reversed(from, to));
        }
        let floor = earliest - Days::new(NEVER_REACHED);
        if let Some(to) = self.to
            && to.date(latest) < floor
        {
            return Err(out_of_reach("ends before what Zoom still has", &to, date));
        }
        if let Some(from) = self.from
            && from.date(earliest) > latest
        {
            return Err(out_of_reach("begins after today", &from, date));
        }
        Ok(())
    }

    /// The days as dates, however long ago.
    pub(crate) fn days(
        &self,
        today: NaiveDate,
    ) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Failure> {
        let days = [self.from, self.to].map(|day| day.map(|day| day.date(today)));
        if let ([Some(from), Some(to)], Some(first), Some(last)) = (days, self.from, self.to)
            && to < from
        {
            return Err(reversed(first, last));
        }
        Ok((days[0], days[1]))
    }

    /// The range, by the server's date of today.
    pub(crate) fn range(&self, today: NaiveDate) -> Result<DateRange, Failure> {
        self.check(Some(Today {
            date: today,
            slack: 0,
        }))?;
        let whole = DateRange::last_six_months(today);
        let to = self.to.map(|to| to.date(today));
        let Some(from) = self.from else {
            return match (self.to, to) {
                (Some(day), Some(to)) if to < whole.first() => {
                    Err(out_of_reach("ends before what Zoom still has", &day, today))
                }
                (_, Some(to)) => Ok(whole.until(to)?),
                _ => Ok(whole),
            };
        };
        if let (Some(day), Some(to)) = (self.to, to)
            && to < whole.first()
        {
            return Err(out_of_reach("ends before what Zoom still has", &day, today));
        }
        let from = from.date(today);
        Ok(DateRange::new(from, to.unwrap_or_else(|| today.max(from)))?)
    }
}

fn reversed(from: Day, to: Day) -> Failure {
    Failure::usage(format!("the range {from}..{to} ends before it begins"))
        .hint(format!("swap the two: --from {to} --to {from}"))
}

fn out_of_reach(how: &str, day: &Day, today: NaiveDate) -> Failure {
    let first = DateRange::last_six_months(today).first();
    Failure::usage(format!("the range {how}: {day}")).hint(format!(
        "Zoom keeps chat reports for about six months: ask for {first} to {today}"
    ))
}

/// A number of days, such as `30d`.
pub(crate) fn days(text: &str) -> Result<u32, BadValue> {
    let digits = text.trim().trim_start_matches('-');
    let days = digits.strip_suffix('d').unwrap_or(digits).parse().ok();
    days.filter(|days| (1..=1000).contains(days))
        .ok_or_else(|| BadValue::new("not a number of days", "write it as 30d"))
}

#[cfg(test)]
mod tests {
    use super::{Asked, Day, Today};
    use crate::exit::Exit;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn asked(from: &str, to: &str) -> Asked {
        let day = |text: &str| (!text.is_empty()).then(|| day(text));
        Asked {
            from: day(from),
            to: day(to),
        }
    }

    fn today() -> chrono::NaiveDate {
        "2026-11-20".parse().expect("a date")
    }

    fn range(from: &str, to: &str) -> String {
        match asked(from, to).range(today()) {
            Ok(range) => range.to_string(),
            Err(failure) => {
                assert_eq!(failure.exit(), Exit::Usage);
                assert!(failure.hint_text().is_some());
                failure.text().to_owned()
            }
        }
    }

    #[test]
    fn days_are_dates_or_so_many_days_ago() {
        assert_eq!(day("today"), Day::Ago(0));
        assert_eq!(day("yesterday"), Day::Ago(1));
        assert_eq!(day("-30d"), Day::Ago(30));
        assert_eq!(day("2026-02-28").to_string(), "2026-02-28");
        for odd in [
            "",
            "30d",
            "-d",
            "--1d",
            "-99999999999d",
            "2026-02-29",
            "2026-06-01..2026-06-02",
        ] {
            assert!(odd.parse::<Day>().is_err(), "{odd}");
        }
    }

    #[test]
    fn one_day_alone_reaches_to_today_or_back_to_the_floor() {
        assert_eq!(range("-1d", ""), "2026-11-19..2026-11-20");
        assert_eq!(range("", "yesterday"), "2026-05-20..2026-11-19");
        assert_eq!(range("", ""), "2026-05-20..2026-11-20");
        assert_eq!(range("2026-11-20", ""), "2026-11-20..2026-11-20");
    }

    #[test]
    fn reversed_and_unreachable_ranges_are_refused() {
        assert_eq!(
            range("today", "-2d"),
            "the range today..-2d ends before it begins"
        );
        assert_eq!(
            range("-2d", "2026-11-01"),
            "the range -2d..2026-11-01 ends before it begins"
        );
        assert_eq!(
            range("2025-01-01", "2025-02-01"),
            "the range ends before what Zoom still has: 2025-02-01"
        );
        assert_eq!(
            range("2027-01-01", ""),
            "the range begins after today: 2027-01-01"
        );
        assert_eq!(
            range("2026-11-21", ""),
            "the range begins after today: 2026-11-21"
        );
        assert_eq!(
            range("2026-05-18", "2026-05-19"),
            "the range ends before what Zoom still has: 2026-05-19"
        );
        assert_eq!(
            range("", "2026-05-19"),
            "the range ends before what Zoom still has: 2026-05-19"
        );
    }

    #[test]
    fn a_guess_of_the_day_refuses_only_what_is_sure() {
        let guess = Some(Today {
            date: today(),
            slack: 3,
        });
        assert!(asked("2026-11-23", "2026-11-25").check(guess).is_ok());
        assert!(asked("2026-12-24", "2026-12-25").check(guess).is_err());
        assert!(asked("2026-12-24", "2026-12-25").check(None).is_ok());
        assert!(asked("2026-12-24", "2026-12-23").check(None).is_err());
        assert!(asked("2026-11-22", "today").check(guess).is_ok());
        assert!(asked("2026-12-22", "today").check(guess).is_err());
    }
}
