//! The base URL of requests.

use crate::{auth::AccessToken, transport::http};

/// The base URL of requests.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    Fixed(String),
    /// The address that the token names, if that is a host of Zoom's; otherwise this one.
    FromToken(String),
}

impl Base {
    pub(crate) fn url(&self, token: &AccessToken) -> String {
        match self {
            Self::Fixed(url) => url.clone(),
            Self::FromToken(default) => token
                .api_url()
                .and_then(http::zoom_base)
                .unwrap_or_else(|| default.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_comes_from_the_token_only_when_it_is_zooms() {
        let base = Base::FromToken("https://api.zoom.us/v2".to_owned());
        let token = AccessToken::new("t").with_api_url("https://api-eu.zoom.us");
        assert_eq!(base.url(&token), "https://api-eu.zoom.us/v2");
        let token = AccessToken::new("t").with_api_url("https://zoom.us.attacker.example");
        assert_eq!(base.url(&token), "https://api.zoom.us/v2");
        let fixed = Base::Fixed("http://127.0.0.1/v2".to_owned());
        let token = AccessToken::new("t").with_api_url("https://api-eu.zoom.us");
        assert_eq!(fixed.url(&token), "http://127.0.0.1/v2");
    }
}
