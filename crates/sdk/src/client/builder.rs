//! The builder of a client: its options and their defaults.

use std::{fmt, sync::Arc, time::Duration};

use zoom_chat_reports_api::Floor;

use crate::{
    Plan, RetryPolicy, ServerToServer,
    auth::{AccessToken, StaticToken, TokenSource},
    client::account::RateLabel,
    clock::{Clock, SystemClock},
    dates::window::WINDOW_DAYS,
    setters::setters,
};

/// The default limit of a body, in bytes after decompression.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// Builds a [`ChatReports`](crate::ChatReports); only credentials are required.
#[must_use = "a builder does nothing until it is built"]
pub struct ChatReportsBuilder {
    pub(super) source: Option<Source>,
    pub(super) plan: Plan,
    pub(super) share: f64,
    pub(super) rate_label: RateLabel,
    pub(super) base_url: Option<String>,
    pub(super) auth_url: Option<String>,
    pub(super) proxy: Option<String>,
    pub(super) roots: Vec<Vec<u8>>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) total_timeout: Duration,
    pub(super) user_agent: Option<String>,
    pub(super) http: Option<reqwest::Client>,
    pub(super) retry: RetryPolicy,
    pub(super) max_body: u64,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) allow_insecure_http: bool,
    pub(super) window_days: u32,
    pub(super) floor: Floor,
    pub(super) download_hosts: Option<Vec<String>>,
}

/// A century. Longer times could overflow in timers that add them to the current time.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

pub(super) enum Source {
    Credentials(ServerToServer),
    Own(Arc<dyn TokenSource>),
}

impl Default for ChatReportsBuilder {
    fn default() -> Self {
        Self {
            source: None,
            plan: Plan::default(),
            share: 1.0,
            rate_label: RateLabel::default(),
            base_url: None,
            auth_url: None,
            proxy: None,
            roots: Vec::new(),
            connect_timeout: None,
            idle_timeout: None,
            total_timeout: Duration::from_secs(120),
            user_agent: None,
            http: None,
            retry: RetryPolicy::default(),
            max_body: MAX_BODY,
            clock: Arc::new(SystemClock::new()),
            allow_insecure_http: false,
            window_days: WINDOW_DAYS,
            floor: Floor::default(),
            download_hosts: None,
        }
    }
}

impl ChatReportsBuilder {
    /// The credentials of a Server-to-Server OAuth app.
    pub fn credentials(mut self, credentials: ServerToServer) -> Self {
        self.source = Some(Source::Credentials(credentials));
        self
    }

    /// A source of tokens, instead of credentials.
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.source = Some(Source::Own(Arc::new(source)));
        self
    }

    /// One token from elsewhere; when it expires, all reading fails.
    pub fn access_token(self, token: AccessToken) -> Self {
        self.token_source(StaticToken::new(token))
    }

    setters! {
        /// The account's plan, which decides the rate; default [`Plan::Pro`].
        plan: Plan;

        /// The part of the account's rate to use, above 0 and at most 1; default 1. The limit belongs to
        /// the account, and all its apps share it.
        share: f64;

        /// The rate label of the reports, about which Zoom's pages disagree; default [`RateLabel::Medium`].
        rate_label: RateLabel;
    }

    /// The address of the API, version included. Default: the one that the token names, otherwise
    /// `https://api.zoom.us/v2`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The address of the token endpoint; default `https://zoom.us/oauth/token`.
    pub fn auth_url(mut self, url: impl Into<String>) -> Self {
        self.auth_url = Some(url.into());
        self
    }

    /// A proxy for all requests; default that of the environment (`HTTPS_PROXY` and so on).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts the certificates of a PEM text, in addition to those of the platform.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The time limit for making a connection; default 5 s.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = Some(time.min(LONGEST));
        self
    }

    /// The longest time without any byte received; default 30 s.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = Some(time.min(LONGEST));
        self
    }

    /// The time limit for one request, from its slot to the end of its body; default 120 s.
    pub fn total_timeout(mut self, time: Duration) -> Self {
        self.total_timeout = time.min(LONGEST);
        self
    }

    /// The lowest mean speed of a body over some time; default 100 bytes a second over 30 s. A slower body is
    /// given up and requested again. 0 bytes allow any speed.
    ///
    /// A body that trickles in never hits the idle timeout.
    pub fn throughput_floor(mut self, bytes_per_second: u64, over: Duration) -> Self {
        self.floor = Floor {
            bytes_per_second,
            over: over.min(LONGEST),
        };
        self
    }

    /// The hosts that files may be downloaded from, with their subdomains; default `zoom.us` and
    /// `zoomgov.com`.
    ///
    /// Links and redirects to other hosts are refused, and so are those without TLS, to IP
    /// addresses, or to ports other than 443. The bearer token goes only to Zoom's own hosts. If the
    /// base URL has no TLS, it is a simulated account, and its own links are allowed too.
    pub fn download_hosts<I>(mut self, hosts: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.download_hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// The `User-Agent`; default the name and version of this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    setters! {
        /// Your own HTTP client. Set proxy, certificates, user agent, connect and idle timeout on it; then
        /// [`build`](Self::build) refuses those of this builder. It must not follow redirects, since it would
        /// send the token with them.
        ///
        /// The `reqwest` of this crate has no TLS provider: give the client's builder a TLS configuration
        /// (`tls_backend_preconfigured`), or install rustls' default provider in the process first.
        http_client: reqwest::Client => http;

        /// How long a failing request is tried again.
        retry: RetryPolicy;

        /// The largest body that is read, in bytes after decompression; default 64 MiB.
        max_body: u64;

        /// The clock; for tests.
        clock: Arc<dyn Clock>;

        /// Allows addresses without TLS that are not on this machine. Tokens and chats are then sent
        /// unencrypted.
        allow_insecure_http: bool;

        /// The most days between the first and the last date of a window, 1 to 31; default 27, which every
        /// interpretation of Zoom's "one month" allows.
        window_days: u32;
    }
}

impl fmt::Debug for ChatReportsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatReportsBuilder")
            .field("plan", &self.plan)
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
