//! The text form of values: how settings, rules and faults read and write them.

mod choice;
pub(crate) mod shift;

use chrono::{DateTime, SecondsFormat, Utc};

pub(crate) use choice::choice;

/// A type that a setting can have.
pub(crate) trait SettingValue: Sized {
    /// Reads the value; the error lists the valid values.
    fn read(text: &str) -> Result<Self, String>;
    /// Writes the value so that [`SettingValue::read`] gives it back.
    fn write(&self) -> String;
}

impl SettingValue for bool {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "yes" | "true" | "on" => Ok(true),
            "no" | "false" | "off" => Ok(false),
            _ => Err("yes, no".to_owned()),
        }
    }

    fn write(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => { $(
        impl SettingValue for $type {
            fn read(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| "a whole number".to_owned())
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )+ };
}

whole_numbers!(u32, u64);

impl SettingValue for Option<u64> {
    fn read(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| "none, or a whole number".to_owned())
    }

    fn write(&self) -> String {
        self.map_or_else(|| "none".to_owned(), |number| number.to_string())
    }
}

impl SettingValue for DateTime<Utc> {
    fn read(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text)
            .map(|instant| instant.with_timezone(&Utc))
            .map_err(|_| "an RFC 3339 instant such as 2026-11-20T12:00:00Z".to_owned())
    }

    fn write(&self) -> String {
        self.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

/// Scopes: `+` between them, `none` for no scope at all.
impl SettingValue for Vec<String> {
    fn read(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::new());
        }
        let scopes: Self = text.split('+').map(str::to_owned).collect();
        if scopes.iter().any(|scope| scope.trim().is_empty()) {
            return Err("none, or scopes with + between them".to_owned());
        }
        Ok(scopes)
    }

    fn write(&self) -> String {
        if self.is_empty() {
            "none".to_owned()
        } else {
            self.join("+")
        }
    }
}
