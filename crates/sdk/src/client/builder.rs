//! Options of a client, and what they may be.

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

/// Of a body, after decompression.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// Makes a [`ChatReports`]; credentials are the one thing that has to be given.
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

/// A century; some of those who keep time for us add to it what they are given.
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

    /// Tokens from elsewhere.
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.source = Some(Source::Own(Arc::new(source)));
        self
    }

    /// One token from elsewhere; when it ends, so does all reading.
    pub fn access_token(self, token: AccessToken) -> Self {
        self.token_source(StaticToken::new(token))
    }

    setters! {
        /// The account's plan, which decides the rate; [`Plan::Pro`].
        plan: Plan;

        /// The part of the account's rate to take, above 0 and at most 1; all of it. The limit belongs to
        /// the account, and all its apps share it.
        share: f64;

        /// The rate label of the reports, about which Zoom's pages disagree; [`RateLabel::Medium`].
        rate_label: RateLabel;
    }

    /// Where the API is, version included. Without it the token tells, else `https://api.zoom.us/v2`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Where tokens are fetched; `https://zoom.us/oauth/token`.
    pub fn auth_url(mut self, url: impl Into<String>) -> Self {
        self.auth_url = Some(url.into());
        self
    }

    /// A proxy for all requests. Without it the environment's (`HTTPS_PROXY` and so on) counts.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts the certificates of a PEM text besides those of the platform.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The time for making a connection; 5 s.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = Some(time.min(LONGEST));
        self
    }

    /// The time in which nothing may come; 30 s.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = Some(time.min(LONGEST));
        self
    }

    /// The time for one request, from its slot to the end of its body; 120 s.
    pub fn total_timeout(mut self, time: Duration) -> Self {
        self.total_timeout = time.min(LONGEST);
        self
    }

    /// The speed below which a body is given up and asked for again, as a mean over some time: 100
    /// bytes a second over 30 s. 0 bytes allow any.
    ///
    /// A body that trickles in never hits the idle timeout.
    pub fn throughput_floor(mut self, bytes_per_second: u64, over: Duration) -> Self {
        self.floor = Floor {
            bytes_per_second,
            over: over.min(LONGEST),
        };
        self
    }

    /// The hosts that files may be downloaded from, each with what lies under it, in place of `zoom.us`
    /// and `zoomgov.com`.
    ///
    /// Links and redirects that lead anywhere else are refused, and so are those without TLS, to IP
    /// addresses, or to other ports than 443. The bearer token goes to Zoom's own hosts only. Where the
    /// base URL has no TLS, because it is a simulated account, its own links are allowed too.
    pub fn download_hosts<I>(mut self, hosts: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.download_hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// The `User-Agent`; the name and version of this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    setters! {
        /// An HTTP client of one's own. Proxy, certificates, user agent, connect and idle timeout are then
        /// its matter, and [`build`](Self::build) refuses those of this builder; let it follow no redirects, since it
        /// would carry the token along.
        ///
        /// The `reqwest` of this crate brings no TLS provider: give the client's builder a TLS configuration
        /// (`tls_backend_preconfigured`), or install rustls' default provider in the process first.
        http_client: reqwest::Client => http;

        /// How long a failing request is tried again.
        retry: RetryPolicy;

        /// The largest body that is read, in bytes after decompression; 64 MiB.
        max_body: u64;

        /// The clock; for tests.
        clock: Arc<dyn Clock>;

        /// Allows addresses without TLS that are not on this machine. Tokens and chats go over the wire in
        /// the clear.
        allow_insecure_http: bool;

        /// The most days between the first and the last date of a window, 1 to 31; 27, which every
        /// reading of Zoom's «one month» allows.
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
