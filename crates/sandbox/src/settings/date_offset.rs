//! The setting `date_offset`: a `Date` header that is wrong in every answer.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::value::{SettingValue, shift};

/// By how much the `Date` of every answer differs from the sandbox's clock.
///
/// As text: `none`, a shift such as `-80d` or `+36h`, or an RFC 3339 instant
/// that is shown when the offset is set and runs on from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOffset {
    /// Not at all.
    #[default]
    None,
    /// By this much.
    By(TimeDelta),
    /// Such that it shows this instant when the offset is set.
    To(DateTime<Utc>),
}

impl DateOffset {
    /// The shift that this is when the clock shows `now`.
    pub(crate) fn at(self, now: DateTime<Utc>) -> TimeDelta {
        match self {
            Self::None => TimeDelta::zero(),
            Self::By(shift) => shift,
            Self::To(instant) => instant - now,
        }
    }
}

impl FromStr for DateOffset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        if let Some(shift) = shift::read(text) {
            return Ok(Self::By(shift));
        }
        DateTime::parse_from_rfc3339(text)
            .map(|instant| Self::To(instant.to_utc()))
            .map_err(|_| format!("none, {}, an RFC 3339 instant", shift::VALID))
    }
}

impl SettingValue for DateOffset {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn write(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::By(shift) => shift::write(*shift),
            Self::To(instant) => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }
}
