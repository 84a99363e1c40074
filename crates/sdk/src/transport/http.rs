//! The HTTP client: its settings, allowed addresses, and the meaning of its errors.

use std::{error::Error as StdError, io, time::Duration};

use reqwest::{Proxy, Response, header::HeaderMap, redirect};
use rustls::pki_types::CertificateDer;
use url::{Host, Url};
use zoom_chat_reports_api::{BodyTooLarge, TooSlow};

use crate::{Error, ErrorKind, Result, transport::tls};

/// Zoom's domains: its API and the hosts that a token may name are under them.
pub(crate) const ZOOM_DOMAINS: [&str; 2] = ["zoom.us", "zoomgov.com"];

/// The settings of the HTTP client.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Duration,
    /// `None` if silence is detected in another way.
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) user_agent: String,
    pub(crate) proxy: Option<String>,
    pub(crate) roots: Vec<CertificateDer<'static>>,
    /// Whether all requests go to this machine, without TLS and without any proxy of the environment.
    pub(crate) local: bool,
}

/// Makes the client: rustls, no redirects, no `Referer`.
///
/// `zoom_chat_reports_api::decoded` decompresses bodies, since it knows more encodings. The client
/// must not decompress them first, even if another crate of the program enables that.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for options that allow no client.
pub(crate) fn client(settings: HttpSettings) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(settings.roots, !settings.local)?)
        .http1_only()
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(settings.connect_timeout)
        .user_agent(settings.user_agent);
    if let Some(time) = settings.idle_timeout {
        builder = builder.read_timeout(time);
    }
    if let Some(proxy) = settings.proxy {
        // The error could quote the proxy's password.
        let proxy = Proxy::all(proxy).map_err(|_| {
            Error::invalid(
                "the proxy's URL cannot be used",
                "give a URL such as http://proxy.example:3128",
            )
        })?;
        builder = builder.proxy(proxy);
    } else if settings.local {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        let cause = "an option of the HTTP client cannot be used";
        Error::new(ErrorKind::InvalidInput, cause).with_source(error.without_url())
    })
}

/// Reads an address that requests may go to: `https`, or `http` to this machine or if allowed.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for anything else.
pub(crate) fn address(name: &str, text: &str, allow_http: bool) -> Result<Url> {
    let refuse = |cause: &str, hint: &str| Error::invalid(format!("the {name} {cause}"), hint);
    let url = Url::parse(text.trim())
        .map_err(|_| refuse("is not a URL", "give one such as https://api.zoom.us/v2"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("holds a user name", "remove it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("holds a query", "remove what follows the path"));
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if allow_http || is_loopback(&url) => Ok(url),
        "http" => Err(refuse(
            "is not encrypted",
            "use https; http is only for this machine, unless it is allowed explicitly",
        )),
        _ => Err(refuse("has an unknown scheme", "use https")),
    }
}

/// Whether a URL names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The base URL of a token's `api_url`, if it is Zoom's.
pub(crate) fn zoom_base(api_url: &str) -> Option<String> {
    let url = Url::parse(api_url.trim()).ok()?;
    let Some(Host::Domain(host)) = url.host() else {
        return None;
    };
    let plain = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && is_zooms(host) && plain).then(|| format!("https://{host}/v2"))
}

/// Whether a host is Zoom's.
pub(crate) fn is_zooms(host: &str) -> bool {
    ZOOM_DOMAINS.iter().any(|domain| is_under(host, domain))
}

/// Whether `host` is `domain` or lies under it, on label edges.
pub(crate) fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The beginning of a body, as far as it can be read, and the error that ended it.
pub(crate) async fn read_start(
    mut response: Response,
    limit: usize,
) -> (Vec<u8>, Option<reqwest::Error>) {
    let mut body = Vec::new();
    while body.len() < limit {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = limit - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(None) => break,
            Err(error) => return (body, Some(error)),
        }
    }
    (body, None)
}

/// The tracking id that Zoom's support asks for, if it looks like one.
pub(crate) fn tracking_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-zm-trackingid")?.to_str().ok()?.trim();
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '=');
    ((1..=128).contains(&id.len()) && id.chars().all(safe)).then(|| id.to_owned())
}

/// The meaning of an error of the client, without its URL.
pub(crate) fn transport(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let chain = Chain::of(&error);
    if let Some(limit) = chain.too_large {
        let cause = format!("the body is longer than {limit} bytes");
        return Error::new(ErrorKind::BodyTooLarge, cause);
    }
    if let Some(slow) = chain.too_slow {
        return too_slow(slow);
    }
    if chain.refused_tls {
        return Error::new(ErrorKind::Transport, "no trusted connection")
            .with_hint(
                "the server's certificate was refused; if a proxy decrypts TLS, add its root certificate",
            )
            .permanent()
            .with_source(error);
    }
    if error.is_builder() {
        return Error::new(ErrorKind::InvalidInput, "the request cannot be built");
    }
    let (kind, cause) = if error.is_timeout() || chain.timed_out {
        let cause = if error.is_connect() {
            "no connection in time"
        } else {
            "no answer in time"
        };
        (ErrorKind::Timeout, cause)
    } else if error.is_connect() {
        (ErrorKind::Transport, "no connection")
    } else if error.is_body() || error.is_decode() {
        (ErrorKind::Transport, "the body broke off")
    } else {
        (ErrorKind::Transport, "the connection broke")
    };
    Error::new(kind, cause).with_source(error)
}

/// The error if nothing came during the idle timeout.
pub(crate) fn silent() -> Error {
    Error::new(ErrorKind::Timeout, "no answer in time")
}

/// The error of a body that came too slowly.
pub(crate) fn too_slow(error: TooSlow) -> Error {
    let cause = format!("the body came too slowly: {error}");
    Error::new(ErrorKind::Timeout, cause)
}

#[derive(Default)]
struct Chain {
    too_large: Option<u64>,
    too_slow: Option<TooSlow>,
    refused_tls: bool,
    timed_out: bool,
}

impl Chain {
    fn of(error: &reqwest::Error) -> Self {
        let mut this = Self::default();
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = next {
            next = error.source();
            if let Some(error) = error.downcast_ref::<BodyTooLarge>() {
                this.too_large = Some(error.limit);
            } else if let Some(error) = error.downcast_ref::<TooSlow>() {
                this.too_slow = Some(*error);
            } else if let Some(error) = error.downcast_ref::<reqwest::Error>() {
                this.timed_out |= error.is_timeout();
            } else if let Some(error) = error.downcast_ref::<rustls::Error>() {
                this.refused_tls |= is_refusal(error);
            } else if let Some(error) = error.downcast_ref::<io::Error>() {
                this.timed_out |= error.kind() == io::ErrorKind::TimedOut;
                // Its `source` skips the error that it wraps.
                if let Some(inner) = error.get_ref() {
                    next = Some(inner);
                }
            }
        }
        this
    }
}

/// Whether the handshake would fail the next time too.
fn is_refusal(error: &rustls::Error) -> bool {
    use rustls::Error::{
        AlertReceived, InvalidCertificate, InvalidMessage, NoCertificatesPresented,
        PeerIncompatible, UnsupportedNameType,
    };
    matches!(
        error,
        AlertReceived(_)
            | InvalidCertificate(_)
            | InvalidMessage(_)
            | NoCertificatesPresented
            | PeerIncompatible(_)
            | UnsupportedNameType
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_or_by_leave() {
        let ok = |text| address("base URL", text, false).is_ok();
        assert!(ok("https://api.zoom.us/v2"));
        assert!(ok("http://127.0.0.1:8080/v2"));
        assert!(ok("http://[::1]/v2"));
        assert!(ok("http://localhost/v2"));
        assert!(!ok("http://api.zoom.us/v2"));
        assert!(!ok("http://localhost.example/v2"));
        assert!(!ok("http://10.0.0.1/v2"));
        assert!(!ok("ftp://127.0.0.1/"));
        assert!(!ok("api.zoom.us"));
        assert!(!ok("https://user:pass@api.zoom.us/v2"));
        assert!(!ok("https://api.zoom.us/v2?access_token=x"));
        assert!(address("base URL", "http://10.0.0.1/v2", true).is_ok());
    }

    #[test]
    fn a_token_may_name_hosts_of_zoom_only() {
        assert_eq!(
            zoom_base("https://api-eu.zoom.us").expect("ok"),
            "https://api-eu.zoom.us/v2"
        );
        assert_eq!(
            zoom_base("https://api.zoomgov.com/").expect("ok"),
            "https://api.zoomgov.com/v2"
        );
        for url in [
            "http://api.zoom.us",
            "https://zoom.us.attacker.example",
            "https://evilzoom.us",
            "https://zoom.us@attacker.example",
            "https://api.zoom.us:8443",
            "https://127.0.0.1",
            "api.zoom.us",
            "",
        ] {
            assert_eq!(zoom_base(url), None, "{url}");
        }
    }

    #[test]
    fn a_tracking_id_is_shown_only_when_it_looks_like_one() {
        let id = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-zm-trackingid", text.parse().expect("ok"));
            tracking_id(&headers)
        };
        assert_eq!(id("v=2.0;").as_deref(), None);
        assert_eq!(id("WEB_1a2b").as_deref(), Some("WEB_1a2b"));
        assert_eq!(id("Bob says hello"), None);
    }
}
