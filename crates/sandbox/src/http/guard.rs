//! The checks before a request is answered: access token, rate limit, scopes.

use axum::http::HeaderMap;

use super::call::Call;
use super::reply::Reply;
use crate::state::limit::{Label, Limit, Verdict};
use crate::state::lock;

/// The access token in the `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

impl Call<'_> {
    /// Checks the access token.
    pub(crate) fn check_bearer(&self) -> Result<(), Reply> {
        if self.value("access_token").is_some() {
            return Err(Reply::error(
                401,
                124,
                "Invalid access token: tokens in the query string are not accepted.",
            ));
        }
        let good = bearer(self.headers)
            .is_some_and(|token| lock(&self.shared.tokens).accepts(token, self.now_ms()));
        if good {
            Ok(())
        } else {
            Err(Reply::error(401, 124, "Invalid access token."))
        }
    }

    /// Checks access token, rate limit and scopes. One of `scopes` suffices; the
    /// error names the first. Gives the headers that the answer should carry.
    pub(crate) fn admit(
        &self,
        label: Label,
        scopes: &[&str],
    ) -> Result<Vec<(&'static str, String)>, Reply> {
        self.check_bearer()?;
        let Verdict { exceeded, headers } =
            lock(&self.shared.limiter).take(&self.shared.settings, label, self.arrived, self.now);
        let refused = match exceeded {
            Some(Limit::PerSecond) => Some(Reply::error(
                429,
                429,
                "Too many requests in one second. Slow down and try again.",
            )),
            Some(Limit::Daily) => Some(Reply::error(
                429,
                4001,
                "The daily limit of requests is used up. Try again tomorrow.",
            )),
            None => self.missing_scope(scopes),
        };
        match refused {
            Some(reply) => Err(with_headers(reply, headers)),
            None => Ok(headers),
        }
    }

    fn missing_scope(&self, scopes: &[&str]) -> Option<Reply> {
        let granted = &self.shared.settings.scopes;
        if granted.iter().any(|scope| scopes.contains(&scope.as_str())) {
            return None;
        }
        let message = format!(
            "Invalid access token, does not contain scopes:[{}].",
            scopes[0]
        );
        Some(Reply::error(400, 4711, &message))
    }
}

/// Adds rate-limit headers to an answer.
pub(crate) fn with_headers(reply: Reply, headers: Vec<(&'static str, String)>) -> Reply {
    headers
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.with(name, value))
}
