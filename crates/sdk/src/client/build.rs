//! Builds a client from the options of its builder.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::builder::{ChatReportsBuilder, Source};
use crate::{
    ChatReports, Error, ErrorKind, Result,
    auth::TokenSource,
    client::account::RateLabel,
    reading::shared::Inner,
    transport::{
        base::Base,
        caller::Caller,
        hosts::Hosts,
        http::{self, HttpSettings},
        limiter::Limiter,
        parts::Parts,
        server_time::ServerTime,
        stats::Counters,
        tls,
        tokens::{TokenEndpoint, Tokens},
    },
};

const AUTH_URL: &str = "https://zoom.us/oauth/token";
const BASE_URL: &str = "https://api.zoom.us/v2";
const GOVERNMENT_BASE_URL: &str = "https://api.zoomgov.com/v2";
/// At most 30 token requests a minute, whatever goes wrong.
const TOKENS_PER_SECOND: f64 = 0.5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const USER_AGENT: &str = concat!("zoom-chat-reports/", env!("CARGO_PKG_VERSION"));

/// The token endpoint, and the address of the API if the builder sets it.
struct Addresses {
    auth: Url,
    base: Option<Url>,
}

impl Addresses {
    /// Whether both are on this machine, without TLS.
    fn are_local(&self) -> bool {
        [self.base.as_ref(), Some(&self.auth)]
            .into_iter()
            .all(|url| url.is_some_and(|url| url.scheme() == "http" && http::is_loopback(url)))
    }

    fn base(&self) -> Base {
        if let Some(url) = &self.base {
            return Base::Fixed(url.as_str().trim_end_matches('/').to_owned());
        }
        let host = self.auth.host_str();
        let is_government = host.is_some_and(|host| http::is_under(host, "zoomgov.com"));
        let default = if is_government {
            GOVERNMENT_BASE_URL
        } else {
            BASE_URL
        };
        Base::FromToken(default.to_owned())
    }
}

/// The HTTP clients of files and of pages, and the idle timeout of pages.
struct HttpClients {
    http: reqwest::Client,
    pages: reqwest::Client,
    idle: Option<Duration>,
}

impl ChatReportsBuilder {
    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] without credentials; [`ErrorKind::InvalidInput`] for an option that
    /// is out of range or has no effect because of another one, or for an address without TLS.
    pub fn build(mut self) -> Result<ChatReports> {
        self.check_ranges()?;
        self.check_void()?;
        let source = self.source.take().ok_or_else(|| {
            Error::new(ErrorKind::Credentials, "no credentials were given").with_hint(
                "give the credentials of a Server-to-Server OAuth app, or a source of tokens",
            )
        })?;
        let addresses = self.addresses()?;
        let HttpClients { http, pages, idle } = self.http_clients(addresses.are_local())?;
        let links = Hosts::new(self.download_hosts.take(), addresses.base.as_ref())?;
        let base = addresses.base();
        let counters = Arc::<Counters>::default();
        let server_time = Arc::new(ServerTime::new(self.clock.clone()));
        let limiter = |rate, share| Limiter::new(rate, share, self.clock.clone(), counters.clone());
        let tokens: Arc<dyn TokenSource> = match source {
            Source::Own(source) => source,
            Source::Credentials(credentials) => {
                let endpoint = TokenEndpoint {
                    http: http.clone(),
                    url: addresses.auth,
                    clock: self.clock.clone(),
                    server_time: server_time.clone(),
                    counters: counters.clone(),
                    policy: self.retry.of_tokens(),
                    limiter: limiter(TOKENS_PER_SECOND, 1.0),
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
            reports: limiter(self.plan.per_second(self.rate_label), self.share),
            files: limiter(self.plan.per_second(RateLabel::Light), self.share),
            clock: self.clock,
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

    fn addresses(&self) -> Result<Addresses> {
        let address = |name, text: &str| http::address(name, text, self.allow_insecure_http);
        let auth = address("token URL", self.auth_url.as_deref().unwrap_or(AUTH_URL))?;
        let base = self.base_url.as_deref();
        let base = base.map(|text| address("base URL", text)).transpose()?;
        let origin = auth.origin().ascii_serialization();
        if base.is_none() && http::zoom_base(&origin).is_none() {
            return Err(Error::invalid(
                "a token URL that is not Zoom's, without a base URL",
                "give both",
            ));
        }
        Ok(Addresses { auth, base })
    }

    fn http_clients(&mut self, local: bool) -> Result<HttpClients> {
        let roots = self.roots.iter().map(|pem| tls::read_pem(pem));
        let roots: Vec<_> = roots.collect::<Result<_>>()?;
        if let Some(client) = self.http.take() {
            return Ok(HttpClients {
                http: client.clone(),
                pages: client,
                idle: None,
            });
        }
        let idle = Some(self.idle_timeout.unwrap_or(IDLE_TIMEOUT));
        let user_agent = self.user_agent.take();
        let settings = HttpSettings {
            connect_timeout: self.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
            idle_timeout: idle,
            user_agent: user_agent.unwrap_or_else(|| USER_AGENT.to_owned()),
            proxy: self.proxy.take(),
            roots: roots.concat(),
            local,
        };
        // The client's idle timer runs even while a page waits for memory, so pages have a client without one.
        let untimed = HttpSettings {
            idle_timeout: None,
            ..settings.clone()
        };
        Ok(HttpClients {
            http: http::client(settings)?,
            pages: http::client(untimed)?,
            idle,
        })
    }

    fn check_ranges(&self) -> Result<()> {
        if !(self.share > 0.0 && self.share <= 1.0) {
            let cause = format!("a share of {}", self.share);
            return Err(Error::invalid(cause, "a share is above 0 and at most 1"));
        }
        if !(1..=31).contains(&self.window_days) {
            let cause = format!("windows of {} days", self.window_days);
            return Err(Error::invalid(cause, "1 to 31 days; 27 is always right"));
        }
        if self.max_body == 0 {
            return Err(Error::invalid(
                "a cap of 0 bytes",
                "at least one page must fit",
            ));
        }
        let total = Some(self.total_timeout);
        let timeouts = [self.connect_timeout, self.idle_timeout, total];
        if timeouts.iter().flatten().any(Duration::is_zero) {
            return Err(Error::invalid("a timeout of 0 s", "a timeout is above 0"));
        }
        Ok(())
    }

    /// Refuses options that have no effect because of another one.
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
            return Err(Error::invalid(
                format!("`{option}` has no effect beside `http_client`"),
                "set it on the HTTP client",
            ));
        }
        let own = matches!(self.source, Some(Source::Own(_)));
        if own && self.auth_url.is_some() {
            return Err(Error::invalid(
                "`auth_url` has no effect beside a source of tokens",
                "the source fetches tokens itself; `base_url` sets the address of the API",
            ));
        }
        Ok(())
    }
}
