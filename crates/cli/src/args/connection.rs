//! Arguments that name the account, and how fast to ask it.

use std::{str::FromStr, time::Duration};

use zoom_chat_reports::Plan;
use zoom_chat_reports_sandbox::Settings;

use crate::{dates::patience, failure::BadValue};

/// The account to ask, and how fast.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct ConnectionArgs {
    /// Ask at the rate of the account's plan: free, pro, business, or a number of requests a second
    /// [default: pro]
    #[arg(long, value_name = "PLAN", value_parser = plan)]
    pub(crate) plan: Option<Plan>,
    /// Use this part of the account's rate limit, which all its apps share [default: 1]
    #[arg(long, value_name = "0..1", value_parser = share)]
    pub(crate) share: Option<f64>,
    /// End the run if Zoom answers no request of a kind for this long, such as `90s`, `15m` or `2h`
    /// [default: 15m]
    #[arg(long, value_name = "TIME", value_parser = patience)]
    pub(crate) give_up_after: Option<Duration>,
    /// Ask the API at this base URL, version included [default: the one that the token names]
    #[arg(long, value_name = "URL", env = "ZOOM_API_URL", hide_env_values = true)]
    pub(crate) api_url: Option<String>,
    /// Fetch tokens from this URL [default: https://zoom.us/oauth/token]
    #[arg(
        long,
        value_name = "URL",
        env = "ZOOM_AUTH_URL",
        hide_env_values = true
    )]
    pub(crate) auth_url: Option<String>,
    /// Use the account with this id [env: ZOOM_ACCOUNT_ID, or a file that ZOOM_ACCOUNT_ID_FILE names]
    #[arg(long, value_name = "ID")]
    pub(crate) account_id: Option<String>,
    /// Use the app with this client id [env: ZOOM_CLIENT_ID, or a file that ZOOM_CLIENT_ID_FILE names].
    /// The secret comes only from ZOOM_CLIENT_SECRET or a file that ZOOM_CLIENT_SECRET_FILE names
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Ask a simulated account in this process instead of Zoom, such as
    /// `--sandbox=seed=7,sessions=50,messages=20000`; credentials and ZOOM_* variables are ignored.
    /// Without a plan, the rate is not limited
    #[arg(
        long,
        value_name = "SETTINGS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub(crate) sandbox: Option<SandboxSpec>,
}

/// The settings of a simulated account, as given.
#[derive(Clone, Debug)]
pub(crate) struct SandboxSpec {
    pub(crate) settings: Box<Settings>,
    /// Whether they name the account's plan.
    pub(crate) names_plan: bool,
}

impl FromStr for SandboxSpec {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let settings: Settings = text.parse().map_err(|error| bad_setting(&error))?;
        let names_plan = text.split(',').any(|part| {
            part.split('=')
                .next()
                .is_some_and(|key| key.trim() == "plan")
        });
        Ok(Self {
            settings: Box::new(settings),
            names_plan,
        })
    }
}

pub(crate) fn bad_setting(error: &zoom_chat_reports_sandbox::SettingsError) -> BadValue {
    BadValue::new(
        error.to_string(),
        "write settings as key=value, such as seed=7 or messages=2000",
    )
}

pub(super) fn plan(text: &str) -> Result<Plan, BadValue> {
    Ok(text.parse::<Plan>()?)
}

pub(super) fn share(text: &str) -> Result<f64, BadValue> {
    let share = text.trim().parse().ok();
    share
        .filter(|share| (0.001..=1.0).contains(share))
        .ok_or_else(|| BadValue::new("not a share", "give a number from 0.001 to 1, such as 0.5"))
}

/// Reads `name=value`.
pub(crate) fn parameter(text: &str) -> Result<(String, String), BadValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.into())),
        _ => Err(BadValue::new(
            "not a query parameter",
            "write it as name=value",
        )),
    }
}
