//! The running sandbox.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::fault::Fault;
use crate::http::{control, server};
use crate::rules;
use crate::settings::{DateOffset, Settings};
use crate::state::stats::Stats;
use crate::state::{Shared, lock};
use crate::truth::TruthEntry;

/// A simulated Zoom account, served over HTTP for as long as this value lives.
///
/// # Examples
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use zoom_chat_reports_sandbox::{Sandbox, Settings};
///
/// let settings: Settings = "seed=7,sessions=3,messages=100".parse()?;
/// let sandbox = Sandbox::start(settings).await?;
/// assert!(sandbox.api_url().ends_with("/v2"));
/// assert_eq!(sandbox.today().to_string(), "2026-11-20");
/// assert!(sandbox.truth().len() > 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Dropped with the sandbox, which ends the server.
    _stop: watch::Sender<()>,
}

impl Sandbox {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be listened on, or the settings do not pass
    /// [`Settings::check`].
    pub async fn start(settings: Settings) -> io::Result<Self> {
        Self::bind(settings, (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Starts on this address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the settings do not pass
    /// [`Settings::check`].
    pub async fn bind(settings: Settings, address: SocketAddr) -> io::Result<Self> {
        settings
            .check()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(settings, format!("http://{address}")));
        let (stop, stopped) = watch::channel(());
        tokio::spawn(server::run(listener, Arc::clone(&shared), stopped));
        Ok(Self {
            shared,
            address,
            _stop: stop,
        })
    }

    /// Scheme, host and port: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// The base URL of the API: `http://127.0.0.1:PORT/v2`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/v2", self.origin())
    }

    /// The token endpoint: `http://127.0.0.1:PORT/oauth/token`.
    #[must_use]
    pub fn auth_url(&self) -> String {
        format!("{}/oauth/token", self.origin())
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account's id; the seed decides it.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.shared.account.id
    }

    /// The app's client id; the seed decides it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.shared.account.client_id
    }

    /// The app's secret; the seed decides it.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.shared.account.client_secret
    }

    /// The settings it was started with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The time on its clock, UTC, in whole milliseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// The date its clock shows in UTC. `Date` headers show it too, unless
    /// `date_offset` or a fault makes them wrong.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.shared.today()
    }

    /// The date its clock shows in the account's own zone, by which floor and
    /// future are judged.
    #[must_use]
    pub fn account_today(&self) -> NaiveDate {
        rules::today(&self.shared.settings.range, self.now())
    }

    /// Sets its clock. All messages and changes until then exist from now on.
    ///
    /// # Panics
    /// When the instant is before 1970 or after 2100, or so far on that the
    /// timeline would hold too many messages.
    pub fn set_now(&self, now: DateTime<Utc>) {
        if let Err(why) = self.shared.set_clock(now) {
            panic!("{why}");
        }
    }

    /// Moves its clock on.
    ///
    /// # Panics
    /// As [`Sandbox::set_now`].
    pub fn advance(&self, by: TimeDelta) {
        self.set_now(
            self.now()
                .checked_add_signed(by)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        );
    }

    /// Makes the `Date` of every answer wrong from now on; the account's own
    /// rules keep the clock's time.
    pub fn set_date_offset(&self, offset: DateOffset) {
        self.shared.clock.set_date_offset(offset);
    }

    /// All entries that a perfect reader would find now, session by session, by
    /// the time messages were sent. See [`TruthEntry`].
    #[must_use]
    pub fn truth(&self) -> Vec<TruthEntry> {
        control::whole_truth(&self.shared)
    }

    /// The statistics so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Starts counting anew.
    pub fn reset_stats(&self) {
        lock(&self.shared.stats).reset();
    }

    /// Adds a fault.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Revokes every access token that was issued so far.
    pub fn revoke_tokens(&self) {
        lock(&self.shared.tokens).revoke_all();
    }

    /// The ids of all sessions, also of those that have no messages yet; those
    /// with odd ids come last.
    #[must_use]
    pub fn session_ids(&self) -> Vec<String> {
        let world = self.shared.world(self.now().timestamp_millis());
        world
            .sessions
            .iter()
            .map(|session| session.id.clone())
            .collect()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("origin", &self.origin())
            .field("settings", &self.shared.settings.to_string())
            .finish_non_exhaustive()
    }
}
