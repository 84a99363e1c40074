//! Settings as text: reading and writing `key=value,key=value`.

use std::fmt;
use std::str::FromStr;

use super::{Settings, timeline};
use crate::value::SettingValue;

/// Why a text is not a set of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

macro_rules! keys {
    ($( $key:literal => $($field:ident).+ ),+ $(,)?) => {
        impl Settings {
            /// The key of every setting that is one value. `fault` comes beside
            /// them and may be given several times.
            pub const KEYS: &'static [&'static str] = &[$( $key ),+];

            fn set_value(&mut self, key: &str, value: &str) -> Result<bool, String> {
                match key {
                    $( $key => self.$($field).+ = SettingValue::read(value)?, )+
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn values(&self) -> Vec<(&'static str, String)> {
                vec![$( ($key, self.$($field).+.write()) ),+]
            }
        }
    };
}

keys! {
    "seed" => seed,
    "sessions" => sessions,
    "messages" => messages,
    "now" => now,
    "anchor" => anchor,
    "clock" => clock,
    "date_offset" => date_offset,
    "plan" => plan,
    "rate_headers" => rate_headers,
    "daily_limit" => daily_limit,
    "latency_ms" => latency_ms,
    "jitter_ms" => jitter_ms,
    "token_ttl" => token_ttl,
    "token_params" => token_params,
    "scopes" => scopes,
    "quirks" => quirks,
    "text_bytes" => text_bytes,
    "odd_times" => odd_times,
    "odd_ids" => odd_ids,
    "empty_message_ids" => empty_message_ids,
    "zone" => range.zone,
    "zone_later" => range.zone_later,
    "daylight" => range.daylight,
    "zone_by" => range.zone_by,
    "to" => range.to,
    "span" => range.span,
    "span_excess" => range.span_excess,
    "floor" => range.floor,
    "floor_edge" => range.floor_edge,
    "beyond_floor" => range.beyond_floor,
    "future_to" => range.future_to,
    "echo" => range.echo,
    "modifications_on" => modifications_on,
    "order" => order,
    "listing_order" => listing_order,
    "duplicates" => duplicates,
    "page_tokens" => page_tokens,
    "page_fill" => page_fill,
    "page_token_life" => page_token_life,
    "page_token_ttl" => page_token_ttl,
    "expired_answer" => expired_answer,
    "listed_when" => listed_when,
    "last_sent" => last_sent,
    "after_delete" => after_delete,
    "replies_count" => replies_count,
    "bots_count" => bots_count,
    "edits_count" => edits_count,
    "session_id_field" => session_id_field,
    "edited_in_messages" => edited_in_messages,
    "action_in_messages" => action_in_messages,
    "action_in_edited" => action_in_edited,
    "action_in_deleted" => action_in_deleted,
    "deleted_in_messages" => deleted_in_messages,
    "edited_text" => edited_text,
    "edited_items" => edited_items,
    "query_all_modifications" => query_all_modifications,
    "visible_after" => visible_after,
    "download_needs_bearer" => download_needs_bearer,
    "new_token_ends_former" => new_token_ends_former,
}

/// The settings that are always written, whatever their value.
const MAIN: [&str; 4] = ["seed", "sessions", "messages", "now"];

impl Settings {
    /// Changes one setting, named as in the text form.
    ///
    /// # Errors
    /// When the key is unknown (the error lists all keys) or the value is not
    /// one of those it may have (the error lists these).
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingsError> {
        if key == "fault" {
            let fault = value
                .parse()
                .map_err(|why| SettingsError(format!("setting `fault`: {why}")))?;
            self.faults.push(fault);
            return Ok(());
        }
        match self.set_value(key, value) {
            Ok(true) => self.check_one(key),
            Ok(false) => Err(SettingsError(format!(
                "unknown setting `{key}`; the settings are: {}, fault",
                Self::KEYS.join(", ")
            ))),
            Err(valid) => Err(SettingsError(format!(
                "setting `{key}` cannot be `{value}`; valid: {valid}"
            ))),
        }
    }

    /// Checks all settings, and that memory holds the timeline up to the clock's start.
    ///
    /// # Errors
    /// When a setting has a value that [`Settings::set`] would refuse, or the
    /// timeline would hold too many messages.
    pub fn check(&self) -> Result<(), SettingsError> {
        for key in Self::KEYS {
            self.check_one(key)?;
        }
        self.check_timeline(self.now).map_err(SettingsError)
    }

    fn check_one(&self, key: &str) -> Result<(), SettingsError> {
        let limits: [(&str, u64, u64, u64); 4] = [
            ("sessions", self.sessions, 1, 100_000),
            ("messages", self.messages, 0, 10_000_000),
            ("text_bytes", self.text_bytes, 0, 1_000_000),
            ("visible_after", u64::from(self.visible_after), 0, 604_800),
        ];
        for (name, value, least, most) in limits {
            if name == key && !(least..=most).contains(&value) {
                return Err(SettingsError(format!(
                    "setting `{key}` cannot be `{value}`; valid: a whole number from {least} to {most}"
                )));
            }
        }
        for (name, instant) in [("now", self.now), ("anchor", self.anchor)] {
            if name == key && !timeline::is_within_bounds(instant) {
                return Err(SettingsError(format!(
                    "setting `{key}` cannot be `{}`; valid: {}",
                    instant.write(),
                    timeline::VALID
                )));
            }
        }
        Ok(())
    }
}

impl FromStr for Settings {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| SettingsError(format!("`{part}` is not of the form key=value")))?;
            settings.set(key.trim(), value.trim())?;
        }
        settings.check()?;
        Ok(settings)
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for ((key, value), (_, usual)) in self.values().iter().zip(Self::default().values()) {
            if *value != usual || MAIN.contains(key) {
                write!(f, "{separator}{key}={value}")?;
                separator = ",";
            }
        }
        for fault in &self.faults {
            write!(f, ",fault={fault}")?;
        }
        Ok(())
    }
}
