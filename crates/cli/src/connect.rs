//! The account that is asked: Zoom's, or a simulated one in this process.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use url::{Host, Url};
use zoom_chat_archive::Account;
use zoom_chat_reports::{
    ChatReports, ChatReportsBuilder, DateRange, Plan, RetryPolicy, ServerToServer,
    clock::SystemClock,
};
use zoom_chat_reports_sandbox::{Plan as SandboxPlan, Sandbox, Settings};

use crate::{
    args::{ConnectionArgs, SandboxSpec},
    dates::{Asked, Today},
    failure::Failure,
};

/// The rate at which a simulated account without a rate limit is asked.
pub(crate) const UNPACED: f64 = 100_000.0;
/// The number of days by which the machine's clock may be wrong.
const CLOCK_SLACK: u64 = 3;

/// An account, and the client that asks it.
pub(crate) struct Connection {
    pub(crate) zoom: ChatReports,
    pub(crate) account_id: String,
    pub(crate) plan: Plan,
    pub(crate) share: f64,
    sandbox: Option<Sandbox>,
    /// Whether the API is served on this machine, so that it is not Zoom's.
    is_local: bool,
}

impl Connection {
    /// Whether the account is a simulated one.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The account, as an archive knows it.
    pub(crate) fn account(&self) -> Account {
        Account {
            id: self.account_id.clone(),
            sandbox: self.sandbox.is_some() || self.is_local,
        }
    }

    /// The range that was asked for, by the server's date of today.
    pub(crate) async fn range(&self, asked: &Asked) -> Result<DateRange, Failure> {
        asked.range(self.zoom.today().await?)
    }
}

/// Limits the time of a single request to that of a whole run.
fn in_time(builder: ChatReportsBuilder, time: Duration) -> ChatReportsBuilder {
    builder
        .connect_timeout(time.min(Duration::from_secs(5)))
        .idle_timeout(time.min(Duration::from_secs(30)))
        .total_timeout(time.min(Duration::from_secs(120)))
}

/// The time for one request and its retries, unless a whole run has less.
const REQUEST: Duration = Duration::from_secs(5 * 60);

/// Makes the client; sends no request.
pub(crate) async fn connect(args: &ConnectionArgs) -> Result<Connection, Failure> {
    connect_with(args, patient(args)).await
}

/// The time for retries: one request has a third of the time of a whole run, so that the run can tell whether
/// only this request fails.
fn patient(args: &ConnectionArgs) -> RetryPolicy {
    let policy = RetryPolicy::default();
    match args.give_up_after {
        Some(time) => policy.max_elapsed(REQUEST.min(time / 3)).outage(time),
        None => policy,
    }
}

/// Makes a client with this retry policy; sends no request.
pub(crate) async fn connect_with(
    args: &ConnectionArgs,
    retry: RetryPolicy,
) -> Result<Connection, Failure> {
    match &args.sandbox {
        Some(spec) => simulated(args, spec, retry).await,
        None => real(args, retry),
    }
}

/// An estimate of today before the first request.
///
/// A server on this machine may be a simulated account with its own clock.
pub(crate) fn guess_today(args: &ConnectionArgs) -> Option<Today> {
    if let Some(spec) = &args.sandbox {
        return Some(Today {
            date: spec.settings.now.date_naive(),
            slack: 0,
        });
    }
    if given(args.api_url.as_ref()).is_some_and(is_loopback) {
        return None;
    }
    Some(Today {
        date: Utc::now().date_naive(),
        slack: CLOCK_SLACK,
    })
}

fn real(args: &ConnectionArgs, retry: RetryPolicy) -> Result<Connection, Failure> {
    let plan = args.plan.unwrap_or_default();
    let share = args.share.unwrap_or(1.0);
    let credentials =
        ServerToServer::from_env_or(args.account_id.as_deref(), args.client_id.as_deref());
    let mut builder = ChatReports::builder().plan(plan).share(share).retry(retry);
    if let Some(time) = args.give_up_after {
        builder = in_time(builder, time);
    }
    if let Some(url) = given(args.api_url.as_ref()) {
        builder = builder.base_url(url);
    }
    if let Some(url) = given(args.auth_url.as_ref()) {
        builder = builder.auth_url(url);
    }
    let credentials = credentials?;
    let account_id = credentials.account_id().to_owned();
    Ok(Connection {
        zoom: builder.credentials(credentials).build()?,
        account_id,
        plan,
        share,
        sandbox: None,
        is_local: given(args.api_url.as_ref()).is_some_and(is_loopback),
    })
}

async fn simulated(
    args: &ConnectionArgs,
    spec: &SandboxSpec,
    retry: RetryPolicy,
) -> Result<Connection, Failure> {
    let mut settings: Settings = (*spec.settings).clone();
    if !spec.names_plan {
        settings.plan = match args.plan {
            Some(Plan::Free) => SandboxPlan::Free,
            Some(Plan::Pro) => SandboxPlan::Pro,
            Some(Plan::Business) => SandboxPlan::Business,
            _ => SandboxPlan::Unlimited,
        };
    }
    let plan = match (args.plan, settings.plan) {
        (Some(plan), _) => plan,
        (None, SandboxPlan::Free) => Plan::Free,
        (None, SandboxPlan::Pro) => Plan::Pro,
        (None, SandboxPlan::Business) => Plan::Business,
        (None, SandboxPlan::Unlimited) => Plan::custom(UNPACED)?,
    };
    let sandbox = Sandbox::start(settings)
        .await
        .map_err(|error| Failure::io("the simulated account cannot be started", &error))?;
    let account_id = sandbox.account_id().to_owned();
    let share = args.share.unwrap_or(1.0);
    let credentials =
        ServerToServer::new(&account_id, sandbox.client_id(), sandbox.client_secret())?;
    let zoom = ChatReports::builder()
        .credentials(credentials)
        .plan(plan)
        .share(share)
        .retry(retry)
        .base_url(sandbox.api_url())
        .auth_url(sandbox.auth_url())
        // The simulated account has its own clock, which differs from this machine's.
        .clock(Arc::new(SystemClock::showing(sandbox.now())))
        .build()?;
    Ok(Connection {
        zoom,
        account_id,
        plan,
        share,
        sandbox: Some(sandbox),
        is_local: true,
    })
}

/// The URL, if it is not empty: an empty variable counts as not set.
fn given(url: Option<&String>) -> Option<&str> {
    url.map(|url| url.trim()).filter(|url| !url.is_empty())
}

fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
