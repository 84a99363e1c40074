//! The token endpoint of Server-to-Server OAuth.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::call::{self, Call};
use super::reply::Reply;
use crate::settings::TokenParams;
use crate::state::lock;

impl Call<'_> {
    /// Issues an access token.
    pub(crate) fn token(&self, body: &[u8]) -> Reply {
        let account = &self.shared.account;
        let known = self
            .basic()
            .is_some_and(|(id, secret)| id == account.client_id && secret == account.client_secret);
        if !known {
            return refused("Invalid client_id or client_secret", "invalid_client");
        }
        let form = self.form(body);
        let places: &[&[(String, String)]] = match self.shared.settings.token_params {
            TokenParams::Both => &[&form, &self.query],
            TokenParams::Form => &[&form],
            TokenParams::Query => &[&self.query],
        };
        let value = |name| places.iter().find_map(|place| call::value(place, name));
        let Some(grant) = value("grant_type") else {
            return refused("The request names no grant_type", "invalid_request");
        };
        if grant != "account_credentials" {
            return refused("Unsupported grant type", "unsupported_grant_type");
        }
        if value("account_id") != Some(&account.id) {
            return refused("Bad Request", "invalid_request");
        }
        let settings = &self.shared.settings;
        let lifetime = i64::try_from(settings.token_ttl).unwrap_or(i64::MAX / 2000);
        let expires = self.now_ms().saturating_add(lifetime.saturating_mul(1000));
        let token = lock(&self.shared.tokens).issue(expires, settings.new_token_ends_former);
        let body = json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": settings.token_ttl,
            "scope": settings.scopes.join(" "),
            "api_url": self.shared.origin,
        });
        Reply::json(200, body.to_string())
    }

    /// The pairs of the body, if it says that it is a form.
    fn form(&self, body: &[u8]) -> Vec<(String, String)> {
        let kind = self
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .unwrap_or_default();
        if kind
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            serde_urlencoded::from_bytes(body).unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    fn basic(&self) -> Option<(String, String)> {
        let value = self.headers.get("authorization")?.to_str().ok()?;
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let raw = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = raw.split_once(':')?;
        Some((id.to_owned(), secret.to_owned()))
    }
}

fn refused(reason: &str, error: &str) -> Reply {
    Reply::json(400, json!({"reason": reason, "error": error}).to_string())
}
