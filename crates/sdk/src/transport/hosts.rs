//! The hosts that files may come from.

use url::{Host, Url};

use crate::{Error, ErrorKind, Result, transport::http};

/// The hosts that links and their redirects may lead to.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// The allowed names; their subdomains are allowed too.
    domains: Vec<String>,
    /// The base URL, if it is not encrypted: a simulated account, whose own links are allowed.
    own: Option<Url>,
}

impl Hosts {
    /// Allows `domains`, and the origin of a base URL without TLS.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for text that is not a host name.
    pub(crate) fn new(domains: Option<Vec<String>>, base: Option<&Url>) -> Result<Self> {
        let domains = match domains {
            Some(names) => names
                .iter()
                .map(|name| domain(name))
                .collect::<Result<_>>()?,
            None => http::ZOOM_DOMAINS.map(str::to_owned).to_vec(),
        };
        let own = base.filter(|url| url.scheme() == "http").cloned();
        Ok(Self { domains, own })
    }

    /// Reads a link of Zoom's.
    ///
    /// # Errors
    /// [`ErrorKind::UnsafeUrl`] when it must not be followed.
    pub(crate) fn read(&self, link: &str) -> Result<Url> {
        let url = Url::parse(link.trim()).map_err(|_| unsafe_url("a link is not a URL"))?;
        self.check(url)
    }

    /// Reads the location of a redirect, relative to `url`.
    ///
    /// # Errors
    /// [`ErrorKind::UnsafeUrl`] when it must not be followed.
    pub(crate) fn read_redirect(&self, url: &Url, location: &str) -> Result<Url> {
        let url = url
            .join(location.trim())
            .map_err(|_| unsafe_url("a redirect does not lead to a URL"))?;
        self.check(url)
    }

    fn check(&self, mut url: Url) -> Result<Url> {
        url.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unsafe_url("a link holds a user name"));
        }
        if self.is_own(&url) {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(unsafe_url("a link is not encrypted"));
        }
        let Some(Host::Domain(host)) = url.host() else {
            return Err(unsafe_url("a link leads to an IP address"));
        };
        if !self.domains.iter().any(|name| http::is_under(host, name)) {
            let cause = format!("a link leads to {host}, which is not among the allowed hosts");
            return Err(unsafe_url(cause)
                .with_hint("if you trust this host, add it to the allowed download hosts"));
        }
        if let Some(port) = url.port() {
            return Err(unsafe_url(format!("a link leads to port {port}")));
        }
        Ok(url)
    }

    /// Whether the bearer token is sent there: to Zoom's own hosts, and to a simulated account.
    ///
    /// Other hosts are allowed for their bytes, not for the token. Storage behind a signed link even
    /// refuses requests with one.
    pub(crate) fn take_token(&self, url: &Url) -> bool {
        let zooms = matches!(url.host(), Some(Host::Domain(host)) if http::is_zooms(host));
        self.is_own(url) || (zooms && url.scheme() == "https" && url.port().is_none())
    }

    /// Whether a URL leads to the simulated account.
    fn is_own(&self, url: &Url) -> bool {
        self.own.as_ref().is_some_and(|own| {
            let same_host = url.host() == own.host();
            let this_machine = http::is_loopback(url) && http::is_loopback(own);
            url.scheme() == own.scheme()
                && url.port_or_known_default() == own.port_or_known_default()
                && (same_host || this_machine)
        })
    }
}

/// Reads the name of an allowed host.
fn domain(name: &str) -> Result<String> {
    match Host::parse(name.trim()) {
        Ok(Host::Domain(name)) if !name.contains('*') && !name.starts_with('.') => Ok(name),
        _ => Err(Error::invalid(
            "a download host is not a host name",
            "give names such as files.example.com; their subdomains are allowed too",
        )),
    }
}

pub(crate) fn unsafe_url(cause: impl Into<String>) -> Error {
    Error::new(ErrorKind::UnsafeUrl, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(base: &str) -> Hosts {
        let base = Url::parse(base).expect("ok");
        Hosts::new(None, Some(&base)).expect("ok")
    }

    #[test]
    fn zooms_hosts_are_allowed_and_take_the_token() {
        let hosts = hosts("https://api.zoom.us/v2");
        for link in [
            "https://zoom.us/a?jwt=x",
            "https://file.zoom.us:443/a",
            "https://FILE.us02.zoomgov.com/a#part",
        ] {
            let url = hosts.read(link).expect(link);
            assert!(hosts.take_token(&url), "{link}");
        }
    }

    #[test]
    fn refuses_whatever_is_not_surely_zooms() {
        let hosts = hosts("https://api.zoom.us/v2");
        for link in [
            "http://zoom.us/a",
            "ftp://zoom.us/a",
            "file:///etc/passwd",
            "data:text/plain,x",
            "https://zoom.us.attacker.example/a",
            "https://evilzoom.us/a",
            "https://zoom.us./a",
            "https://zoom.us@attacker.example/a",
            "https://user@zoom.us/a",
            "https://:secret@zoom.us/a",
            "https://attacker.example\\@zoom.us/a",
            "https://zoom.us:8443/a",
            "https://zoom.us:22/a",
            "https://zoom.us:80/a",
            "https://localhost/a",
            "https://127.0.0.1/a",
            "https://127.1/a",
            "https://2130706433/a",
            "https://0x7f.0.0.1/a",
            "https://10.0.0.1/a",
            "https://192.168.0.1/a",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/a",
            "https://[fe80::1]/a",
            "https://[::ffff:127.0.0.1]/a",
            "https://metadata.google.internal/a",
            "http://127.0.0.1:9/a",
            "//zoom.us/a",
            "zoom.us/a",
            "",
        ] {
            let error = hosts.read(link).expect_err(link);
            assert_eq!(error.kind(), ErrorKind::UnsafeUrl, "{link}");
            assert!(!error.is_transient());
        }
    }

    #[test]
    fn a_simulated_account_gives_files_from_its_own_port_only() {
        let hosts = hosts("http://127.0.0.1:8080/v2");
        for link in [
            "http://127.0.0.1:8080/a",
            "http://localhost:8080/a",
            "http://[::1]:8080/a",
        ] {
            let url = hosts.read(link).expect(link);
            assert!(hosts.take_token(&url), "{link}");
        }
        for link in [
            "http://127.0.0.1:8081/a",
            "http://127.0.0.1/a",
            "http://10.0.0.1:8080/a",
            "http://localhost.example:8080/a",
            "http://user@localhost:8080/a",
        ] {
            hosts.read(link).expect_err(link);
        }
    }

    #[test]
    fn a_host_of_ones_own_choice_is_allowed_but_gets_no_token() {
        let names = Some(vec!["Files.Example.com".to_owned()]);
        let hosts = Hosts::new(names, None).expect("ok");
        let url = hosts.read("https://eu.files.example.com/a").expect("ok");
        assert!(!hosts.take_token(&url));
        hosts.read("https://example.com/a").expect_err("not listed");
        hosts.read("https://zoom.us/a").expect_err("not listed");
        hosts
            .read("http://files.example.com/a")
            .expect_err("not encrypted");
    }

    #[test]
    fn only_names_can_be_allowed() {
        for name in [
            "",
            "*",
            "*.zoom.us",
            ".zoom.us",
            "10.0.0.1",
            "[::1]",
            "a/b",
            "a:443",
        ] {
            let error = Hosts::new(Some(vec![name.to_owned()]), None).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn a_redirect_is_judged_like_a_link() {
        let hosts = hosts("https://api.zoom.us/v2");
        let url = hosts.read("https://zoom.us/a/b").expect("ok");
        let led = |location| hosts.read_redirect(&url, location).map(String::from);
        assert_eq!(led("../c?d").expect("ok"), "https://zoom.us/c?d");
        assert_eq!(
            led("//file.zoom.us/c").expect("ok"),
            "https://file.zoom.us/c"
        );
        for location in [
            "http://zoom.us/c",
            "//attacker.example/c",
            "https://10.0.0.1/",
        ] {
            led(location).expect_err(location);
        }
    }
}
