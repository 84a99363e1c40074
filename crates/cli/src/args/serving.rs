//! Arguments of the command that serves the simulated account.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use zoom_chat_reports_sandbox::{Settings, SettingsError};

use super::connection::bad_setting;
use crate::failure::{BadValue, Failure};

/// Serve a simulated Zoom account on this machine until interrupted
///
/// Prints the addresses and credentials to use, one `NAME=value` a line: ZOOM_API_URL,
/// ZOOM_AUTH_URL, ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET and SANDBOX_TODAY. The data
/// depends only on seed, sizes and clock.
#[derive(Debug, clap::Args)]
#[command(after_help = crate::exit::SEE)]
pub(crate) struct SandboxArgs {
    /// Listen on this loopback address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    /// Derive all data from this number [default: 7]
    #[arg(long)]
    seed: Option<u64>,
    /// Give the account this many sessions [default: 50]
    #[arg(long)]
    sessions: Option<u64>,
    /// Give it this many messages in its last 190 days [default: 20000]
    #[arg(long)]
    messages: Option<u64>,
    /// Start its clock at this time [default: 2026-11-20T12:00:00Z]
    #[arg(long, value_name = "RFC 3339", value_parser = instant)]
    now: Option<DateTime<Utc>>,
    /// Set any other setting, such as `plan=business` or `latency_ms=150`; can be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// Inject a fault into the answers, such as `messages:nth=3:status=503`; can be repeated
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault)]
    faults: Vec<String>,
}

impl SandboxArgs {
    /// The settings that the arguments give. Each was checked alone; together they may still be too
    /// much.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = Settings::default();
        let own = [
            ("seed", self.seed.map(|seed| seed.to_string())),
            ("sessions", self.sessions.map(|count| count.to_string())),
            ("messages", self.messages.map(|count| count.to_string())),
            ("now", self.now.map(|now| now.to_rfc3339())),
        ];
        let own = own
            .iter()
            .filter_map(|(key, value)| Some((*key, value.as_deref()?)));
        let set = self
            .set
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let faults = self.faults.iter().map(|fault| ("fault", fault.as_str()));
        for (key, value) in own.chain(set).chain(faults) {
            settings.set(key, value).map_err(|error| refused(&error))?;
        }
        settings.check().map_err(|error| refused(&error))?;
        Ok(settings)
    }
}

fn refused(error: &SettingsError) -> Failure {
    Failure::usage(error.to_string()).hint("give fewer messages, or an earlier clock")
}

fn loopback(text: &str) -> Result<SocketAddr, BadValue> {
    let hint = "give an address of this machine, such as 127.0.0.1:8080";
    let address: SocketAddr = text
        .parse()
        .map_err(|_| BadValue::new("not an address with a port", hint))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(BadValue::new("not a loopback address", hint))
    }
}

fn instant(text: &str) -> Result<DateTime<Utc>, BadValue> {
    let instant = DateTime::parse_from_rfc3339(text.trim());
    instant
        .map(|instant| instant.to_utc())
        .map_err(|_| BadValue::new("not a time", "write it as 2026-11-20T12:00:00Z"))
}

fn setting(text: &str) -> Result<(String, String), BadValue> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| BadValue::new("not a setting", "write it as key=value"))?;
    let (key, value) = (key.trim(), value.trim());
    let set = Settings::default().set(key, value);
    set.map_err(|error| bad_setting(&error))?;
    Ok((key.to_owned(), value.to_owned()))
}

fn fault(text: &str) -> Result<String, BadValue> {
    let set = Settings::default().set("fault", text);
    set.map_err(|error| bad_setting(&error))?;
    Ok(text.to_owned())
}
