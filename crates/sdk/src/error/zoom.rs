//! Zoom's error bodies: reads any form of them, and never fails.

use serde_json::Value;
use zoom_chat_reports_api::without_mark;

use super::ErrorKind;
use crate::operation::Operation;

/// The most scopes, and the most field names, that are kept of one body.
const MOST_NAMES: usize = 20;

/// The parts of an error body that may be repeated; never its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ZoomError {
    /// Zoom's code, from `code` or `errorCode`.
    pub(crate) code: Option<i64>,
    /// The code came as `errorCode`, the envelope of Zoom's gateway.
    pub(crate) from_gateway: bool,
    /// The `error` word of a token endpoint.
    pub(crate) oauth: Option<OAuthError>,
    /// Scopes that the message names as missing.
    pub(crate) scopes: Vec<String>,
    /// Fields that `errors` names.
    pub(crate) fields: Vec<String>,
    /// The message mentions a token.
    pub(crate) says_token: bool,
    /// The message mentions a daily limit.
    pub(crate) says_daily: bool,
    /// The message mentions a role or a permission.
    pub(crate) says_role: bool,
}

/// The error that a token endpoint names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    InvalidClient,
    InvalidRequest,
    UnsupportedGrantType,
    Other,
}

/// What to do about a response that is not an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Trying again does not help.
    Final(ErrorKind),
    /// The token was not accepted.
    TokenRejected,
    /// Requests come too fast, or there were too many.
    RateLimited,
    /// Trying again may help.
    Transient,
    /// A success without an answer in it.
    NoAnswer,
}

/// The properties of a request that decide the meaning of its error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestKind {
    pub(crate) carried_page_token: bool,
    pub(crate) operation: Operation,
}

impl RequestKind {
    fn for_a_file(self) -> bool {
        matches!(self.operation, Operation::FileInfo | Operation::Download)
    }
}

impl ZoomError {
    /// Reads the error object of a success; text that is not one whole object gives nothing.
    ///
    /// The text of a success may be chat, so it is never searched for words.
    pub(crate) fn of_object(text: &str) -> Self {
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => Self::from_json(&value),
            _ => Self::default(),
        }
    }

    /// Reads the body of a failure, even if it is HTML, broken JSON or empty.
    pub(crate) fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(without_mark(body)) {
            Ok(value) => Self::from_json(&value),
            Err(_) => Self::from_text(&String::from_utf8_lossy(body)),
        }
    }

    /// An error of which only the code is known yet; `find` reads the number of a key.
    fn of_code(find: impl Fn(&str) -> Option<i64>) -> Self {
        let code = find("code");
        let of_gateway = find("errorCode").filter(|_| code.is_none());
        Self {
            code: code.or(of_gateway),
            from_gateway: of_gateway.is_some(),
            ..Self::default()
        }
    }

    fn from_json(value: &Value) -> Self {
        let mut this = Self::of_code(|key| number(&value[key]));
        this.oauth = value["error"].as_str().map(OAuthError::read);
        for key in ["message", "error_message", "errorMessage", "reason"] {
            if let Some(text) = value[key].as_str() {
                this.read_words(text);
            }
        }
        for error in value["errors"].as_array().into_iter().flatten() {
            if let Some(field) = error["field"].as_str()
                && this.fields.len() < MOST_NAMES
                && let Some(field) = name(field, |c| c.is_ascii_lowercase() || c == '_')
            {
                this.fields.push(field);
            }
            if let Some(text) = error["message"].as_str() {
                this.read_words(text);
            }
        }
        this
    }

    /// Reads text that is not valid JSON: bodies with unescaped quotes were seen.
    fn from_text(text: &str) -> Self {
        let mut this = Self::of_code(|key| number_after(text, &format!("\"{key}\"")));
        if text.trim_start().starts_with('{') {
            this.read_words(text);
            this.oauth = text
                .contains("invalid_client")
                .then_some(OAuthError::InvalidClient);
        }
        this
    }

    fn read_words(&mut self, text: &str) {
        let words = text.to_ascii_lowercase();
        self.says_token |= words.contains("token");
        self.says_daily |= words.contains("daily") || words.contains("per day");
        self.says_role |= words.contains("role") || words.contains("permission");
        if self.scopes.is_empty() {
            self.scopes = scopes(&words);
        }
    }

    /// What to do about a response with this status and body.
    pub(crate) fn verdict(&self, status: u16, asked: RequestKind) -> Verdict {
        use ErrorKind::{
            NotFound, OutOfReach, PageTokenExpired, PaidPlan, Refused, Scopes, Server,
        };
        if status == 429 || matches!(self.code, Some(429 | 4001)) {
            return Verdict::RateLimited;
        }
        if (200..500).contains(&status) && matches!(self.code, Some(4711 | 4700 | 104)) {
            return Verdict::Final(Scopes);
        }
        if asked.for_a_file() && status == 401 && !self.from_gateway {
            match self.code {
                Some(100 | 401) => return Verdict::Final(Refused),
                Some(106 | 300) => return Verdict::Final(NotFound),
                _ => {}
            }
        }
        let rejected = match self.code {
            Some(124) => matches!(status, 200 | 400),
            Some(401) => self.from_gateway && status < 500,
            _ => false,
        };
        if rejected || status == 401 {
            return Verdict::TokenRejected;
        }
        match (status, self.code) {
            (200 | 400, Some(200)) => Verdict::Final(PaidPlan),
            (200 | 300 | 400, Some(300)) | (300, _) if asked.carried_page_token => {
                Verdict::Final(PageTokenExpired)
            }
            (400..=499, _)
                if asked.carried_page_token && self.says_token && !matches!(status, 403 | 408) =>
            {
                Verdict::Final(PageTokenExpired)
            }
            (200 | 400, Some(300)) if asked.for_a_file() => Verdict::Final(NotFound),
            (200 | 400, Some(300)) => Verdict::Final(OutOfReach),
            (200 | 400 | 404, Some(1010)) | (404, _) => Verdict::Final(NotFound),
            (408 | 500 | 502..=504 | 520..=530, _) => Verdict::Transient,
            (500.., _) => Verdict::Final(Server),
            (200..=299, _) => Verdict::NoAnswer,
            _ => Verdict::Final(Refused),
        }
    }

    /// The fields at fault, in a form that can follow an error's cause.
    pub(crate) fn fields_text(&self) -> String {
        if self.fields.is_empty() {
            return String::new();
        }
        format!(" ({})", self.fields.join(", "))
    }
}

impl OAuthError {
    fn read(text: &str) -> Self {
        match text {
            "invalid_client" => Self::InvalidClient,
            "invalid_request" => Self::InvalidRequest,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            _ => Self::Other,
        }
    }
}

fn number(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// The number after a key in text that is not JSON.
fn number_after(text: &str, key: &str) -> Option<i64> {
    let (_, rest) = text.split_once(key)?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix('"').unwrap_or(rest);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

/// The names in `scopes:[a, b]` that look like scopes.
fn scopes(text: &str) -> Vec<String> {
    let (_, rest) = text.split_once("scopes").unwrap_or_default();
    let rest = rest.trim_start_matches([' ', ':', '=', '"', '\\']);
    let Some(list) = rest.strip_prefix('[') else {
        return Vec::new();
    };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | ':');
    let end = list.find(']').unwrap_or(list.len());
    list[..end]
        .split(',')
        .map(|scope| scope.trim_matches([' ', '"', '\\', '\'']))
        .filter(|scope| scope.contains(':') && scope.split(':').all(|part| !part.is_empty()))
        .filter_map(|scope| name(scope, allowed))
        .take(MOST_NAMES)
        .collect()
}

fn name(text: &str, allowed: impl Fn(char) -> bool) -> Option<String> {
    ((1..=64).contains(&text.len()) && text.chars().all(allowed)).then(|| text.to_owned())
}

#[cfg(test)]
#[path = "zoom_tests.rs"]
mod tests;
