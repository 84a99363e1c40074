//! Zoom's plans and rate labels: how many requests a second an account may send.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The account's plan, which decides how many requests a second Zoom accepts.
///
/// No API returns it, so it must be configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Plan {
    /// Free accounts: 2 report requests a second, and 2,000 a day.
    Free,
    /// Pro accounts: 20 report requests a second.
    #[default]
    Pro,
    /// Business accounts and above: 60 report requests a second.
    Business,
    /// The same rate for every label, for special contracts and tests.
    #[non_exhaustive]
    Custom {
        /// Requests a second, above 0 and at most 1,000,000.
        per_second: f64,
    },
}

impl Plan {
    /// A plan with the given rate, in requests a second.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a rate that is not above 0 and at most 1,000,000.
    pub fn custom(per_second: f64) -> Result<Self, Error> {
        if per_second > 0.0 && per_second <= 1e6 {
            return Ok(Self::Custom { per_second });
        }
        Err(Error::invalid(
            format!("a rate of {per_second} requests a second"),
            "a rate is above 0 and at most 1000000",
        ))
    }

    /// Requests a second that Zoom accepts for a label.
    #[must_use]
    pub fn per_second(self, label: RateLabel) -> f64 {
        use RateLabel::{Heavy, Light, Medium};
        match (self, label) {
            (Self::Free, Light) => 4.0,
            (Self::Free, Medium) => 2.0,
            (Self::Free, Heavy) => 1.0,
            (Self::Pro, Light) => 30.0,
            (Self::Pro, Medium) => 20.0,
            (Self::Pro, Heavy) => 10.0,
            (Self::Business, Light) => 80.0,
            (Self::Business, Medium) => 60.0,
            (Self::Business, Heavy) => 40.0,
            (Self::Custom { per_second }, _) => per_second,
        }
    }
}

/// Zoom's label for how much an operation costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RateLabel {
    /// Cheap operations, such as file info.
    Light,
    /// The label of reports according to Zoom's page of the report.
    #[default]
    Medium,
    /// The label of reports according to another of Zoom's pages.
    Heavy,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("free"),
            Self::Pro => f.write_str("pro"),
            Self::Business => f.write_str("business"),
            Self::Custom { per_second } => per_second.fmt(f),
        }
    }
}

impl FromStr for Plan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "free" => Ok(Self::Free),
            "pro" => Ok(Self::Pro),
            "business" => Ok(Self::Business),
            number => match number.parse() {
                Ok(per_second) => Self::custom(per_second),
                Err(_) => Err(Error::invalid(
                    "an unknown plan",
                    "free, pro, business, or a number of requests a second",
                )),
            },
        }
    }
}

impl TryFrom<String> for Plan {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Plan> for String {
    fn from(plan: Plan) -> Self {
        plan.to_string()
    }
}

impl fmt::Display for RateLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Light => "light",
            Self::Medium => "medium",
            Self::Heavy => "heavy",
        })
    }
}

impl FromStr for RateLabel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "light" => Ok(Self::Light),
            "medium" => Ok(Self::Medium),
            "heavy" => Ok(Self::Heavy),
            _ => Err(Error::invalid(
                "an unknown rate label",
                "light, medium or heavy",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn reads_back_what_it_writes() {
        for plan in ["free", "pro", "business", "2.5", "500"] {
            assert_eq!(plan.parse::<Plan>().expect("ok").to_string(), plan);
        }
        assert_eq!(serde_json::to_string(&Plan::Pro).expect("ok"), r#""pro""#);
        assert_eq!(
            serde_json::from_str::<Plan>(r#""7""#).expect("ok"),
            Plan::custom(7.0).expect("ok")
        );
    }

    #[test]
    fn refuses_rates_that_are_none() {
        for text in ["0", "-1", "NaN", "inf", "1e9", "", "gold"] {
            let error = text.parse::<Plan>().expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        }
    }
}
