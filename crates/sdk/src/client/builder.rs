//! Options of a client, and what they may be.

use std::{fmt, sync::Arc, time::Duration};

use url::Url;
use zoom_chat_reports_api::Floor;

use crate::{
    ChatReports, Error, ErrorKind, Plan, Result, RetryPolicy, ServerToServer,
    auth::{AccessToken, StaticToken, TokenSource},
    client::account::RateLabel,
    clock::{Clock, SystemClock},
    dates::window::WINDOW_DAYS,
    reading::shared::Inner,
    transport::{
        caller::{Caller, Parts},
        hosts::Hosts,
        http::{self, HttpSettings},
        limiter::Limiter,
        send::Base,
        server_time::ServerTime,
        stats::Counters,
        tls,
        tokens::{TokenEndpoint, Tokens},
    },
};

const AUTH_URL: &str = "https://zoom.us/oauth/token";
const BASE_URL: &str = "https://api.zoom.us/v2";
const GOVERNMENT_BASE_URL: &str = "https://api.zoomgov.com/v2";
/// At most 30 a minute, whatever goes wrong.
const TOKENS_PER_SECOND: f64 = 0.5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const USER_AGENT: &str = concat!("zoom-chat-reports/", env!("CARGO_PKG_VERSION"));
/// Of a body, after decompression.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// Makes a [`ChatReports`]; credentials are the one thing that has to be given.
#[must_use = "a builder does nothing until it is built"]
pub struct ChatReportsBuilder {
    source: Option<Source>,
    plan: Plan,
    share: f64,
    rate_label: RateLabel,
    base_url: Option<String>,
    auth_url: Option<String>,
    proxy: Option<String>,
    roots: Vec<Vec<u8>>,
    connect_timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    total_timeout: Duration,
    user_agent: Option<String>,
    http: Option<reqwest::Client>,
    retry: RetryPolicy,
    max_body: u64,
    clock: Arc<dyn Clock>,
    allow_insecure_http: bool,
    window_days: u32,
    floor: Floor,
    download_hosts: Option<Vec<String>>,
}

/// A century; some of those who keep time for us add to it what they are given.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

enum Source {
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

    /// The account's plan, which decides the rate; [`Plan::Pro`].
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// The part of the account's rate to take, above 0 and at most 1; all of it. The limit belongs to
    /// the account, and all its apps share it.
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// The rate label of the reports, about which Zoom's pages disagree; [`RateLabel::Medium`].
    pub fn rate_label(mut self, label: RateLabel) -> Self {
        self.rate_label = label;
        self
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

    /// An HTTP client of one's own. Proxy, certificates, user agent, connect and idle timeout are then
    /// its matter, and [`build`](Self::build) refuses those of this builder; let it follow no redirects, since it
    /// would carry the token along.
    ///
    /// The `reqwest` of this crate brings no TLS provider: give the client's builder a TLS configuration
    /// (`tls_backend_preconfigured`), or install rustls' default provider in the process first.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// How long a failing request is tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The largest body that is read, in bytes after decompression; 64 MiB.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// The clock; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Allows addresses without TLS that are not on this machine. Tokens and chats go over the wire in
    /// the clear.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// The most days between the first and the last date of a window, 1 to 31; 27, which every
    /// reading of Zoom's «one month» allows.
    pub fn window_days(mut self, days: u32) -> Self {
        self.window_days = days;
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] without credentials; [`ErrorKind::InvalidInput`] for an option that
    /// is out of range or that another one would make void, or an address without TLS.
    pub fn build(self) -> Result<ChatReports> {
        self.check_ranges()?;
        self.check_void()?;
        let source = self.source.ok_or_else(|| {
            Error::new(ErrorKind::Credentials, "no credentials were given").with_hint(
                "give the credentials of a Server-to-Server OAuth app, or a source of tokens",
            )
        })?;
        let address = |name, text: &str| http::address(name, text, self.allow_insecure_http);
        let auth = address("token URL", self.auth_url.as_deref().unwrap_or(AUTH_URL))?;
        let base = self.base_url.as_deref();
        let base = base.map(|text| address("base URL", text)).transpose()?;
        if base.is_none() && http::zoom_base(auth_origin(&auth).as_str()).is_none() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a token URL that is not Zoom's, without a base URL",
            )
            .with_hint("give both"));
        }

        let local = [base.as_ref(), Some(&auth)]
            .into_iter()
            .all(|url| url.is_some_and(|url| url.scheme() == "http" && http::is_loopback(url)));
        let roots = self.roots.iter().map(|pem| tls::read_pem(pem));
        let roots: Vec<_> = roots.collect::<Result<_>>()?;
        let (http, pages, idle) = match self.http {
            Some(client) => (client.clone(), client, None),
            None => {
                let idle = self.idle_timeout.unwrap_or(IDLE_TIMEOUT);
                let settings = HttpSettings {
                    connect_timeout: self.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
                    idle_timeout: Some(idle),
                    user_agent: self.user_agent.unwrap_or_else(|| USER_AGENT.to_owned()),
                    proxy: self.proxy,
                    roots: roots.concat(),
                    local,
                };
                // Its timer would go on while a page waits for memory, so pages have one of their own.
                let untimed = HttpSettings {
                    idle_timeout: None,
                    ..settings.clone()
                };
                (http::client(settings)?, http::client(untimed)?, Some(idle))
            }
        };

        let clock = self.clock;
        let counters = Arc::<Counters>::default();
        let server_time = Arc::new(ServerTime::new(clock.clone()));
        let limiter = |label| {
            let rate = self.plan.per_second(label);
            Limiter::new(rate, self.share, clock.clone(), counters.clone())
        };
        let links = Hosts::new(self.download_hosts, base.as_ref())?;
        let base = base_of(base.as_ref(), &auth);
        let tokens: Arc<dyn TokenSource> = match source {
            Source::Own(source) => source,
            Source::Credentials(credentials) => {
                let limiter = Limiter::new(TOKENS_PER_SECOND, 1.0, clock.clone(), counters.clone());
                let endpoint = TokenEndpoint {
                    http: http.clone(),
                    url: auth,
                    clock: clock.clone(),
                    server_time: server_time.clone(),
                    counters: counters.clone(),
                    policy: self.retry.of_tokens(),
                    limiter,
                    deadline: self.total_timeout,
                };
                Arc::new(Tokens::new(endpoint, credentials))
            }
        };
        let caller = Caller::new(Parts {
            http,
            pages,
            idle,
            base,
            tokens,
            server_time,
            reports: limiter(self.rate_label),
            files: limiter(RateLabel::Light),
            clock,
            counters,
            policy: self.retry,
            max_body: self.max_body,
            floor: self.floor,
            links,
            deadline: self.total_timeout,
        });
        Ok(ChatReports {
            inner: Arc::new(Inner::new(caller, self.window_days)),
        })
    }

    fn check_ranges(&self) -> Result<()> {
        let refuse = |cause: String, hint: &str| {
            Err(Error::new(ErrorKind::InvalidInput, cause).with_hint(hint))
        };
        if !(self.share > 0.0 && self.share <= 1.0) {
            let cause = format!("a share of {}", self.share);
            return refuse(cause, "a share is above 0 and at most 1");
        }
        if !(1..=31).contains(&self.window_days) {
            let cause = format!("windows of {} days", self.window_days);
            return refuse(cause, "1 to 31 days; 27 is always right");
        }
        if self.max_body == 0 {
            return refuse("a cap of 0 bytes".to_owned(), "at least one page must fit");
        }
        let total = Some(self.total_timeout);
        let timeouts = [self.connect_timeout, self.idle_timeout, total];
        if timeouts.iter().flatten().any(Duration::is_zero) {
            return refuse("a timeout of 0 s".to_owned(), "a timeout is above 0");
        }
        Ok(())
    }

    /// Refuses options that another one makes void.
    fn check_void(&self) -> Result<()> {
        let with_client = [
            ("proxy", self.proxy.is_some()),
            ("add_root_certificate", !self.roots.is_empty()),
            ("connect_timeout", self.connect_timeout.is_some()),
            ("idle_timeout", self.idle_timeout.is_some()),
            ("user_agent", self.user_agent.is_some()),
        ];
        let set = with_client.iter().find(|(_, is_set)| *is_set);
        if let (Some(_), Some((option, _))) = (&self.http, set) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("`{option}` has no effect beside `http_client`"),
            )
            .with_hint("set it on the HTTP client"));
        }
        let own = matches!(self.source, Some(Source::Own(_)));
        if own && self.auth_url.is_some() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "`auth_url` has no effect beside a source of tokens",
            )
            .with_hint("the source fetches tokens by itself; where the API is, `base_url` says"));
        }
        Ok(())
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

fn base_of(base: Option<&Url>, auth: &Url) -> Base {
    if let Some(url) = base {
        return Base::Fixed(url.as_str().trim_end_matches('/').to_owned());
    }
    let government = auth
        .host_str()
        .is_some_and(|host| http::is_under(host, "zoomgov.com"));
    let default = if government {
        GOVERNMENT_BASE_URL
    } else {
        BASE_URL
    };
    Base::FromToken(default.to_owned())
}

fn auth_origin(auth: &Url) -> String {
    auth.origin().ascii_serialization()
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
