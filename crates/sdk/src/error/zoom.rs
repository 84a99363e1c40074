//! Reading what an error body says, whatever its form; reading it never fails.

use serde_json::Value;
use zoom_chat_reports_api::without_mark;

use super::ErrorKind;
use crate::operation::Operation;

/// Scopes and field names that are kept of one body, at most.
const MOST_NAMES: usize = 20;

/// What an error body says, as far as it may be repeated: never its words.
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
    /// Fields that `errors` complains of.
    pub(crate) fields: Vec<String>,
    /// The message speaks of a token.
    pub(crate) says_token: bool,
    /// The message speaks of a limit of the day.
    pub(crate) says_daily: bool,
    /// The message speaks of a role or a permission.
    pub(crate) says_role: bool,
}

/// What a token endpoint complains of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    InvalidClient,
    InvalidRequest,
    UnsupportedGrantType,
    Other,
}

/// What has to be done about a response that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Trying again does not help.
    Final(ErrorKind),
    /// The token was not taken.
    TokenRejected,
    /// Too fast, or too many.
    RateLimited,
    /// Trying again may help.
    Transient,
    /// A success without an answer in it.
    NoAnswer,
}

/// The request that was answered, as far as the meaning of an error depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) carried_page_token: bool,
    pub(crate) operation: Operation,
}

impl Asked {
    fn for_a_file(self) -> bool {
        matches!(self.operation, Operation::FileInfo | Operation::Download)
    }
}

impl ZoomError {
    /// Reads the error object of a success; text that is not one whole object says nothing.
    ///
    /// The text of a success may be chat: it is never searched for words.
    pub(crate) fn of_object(text: &str) -> Self {
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => Self::from_json(&value),
            _ => Self::default(),
        }
    }

    /// Reads the body of a failure; HTML, broken JSON and emptiness give what little they hold.
    pub(crate) fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(without_mark(body)) {
            Ok(value) => Self::from_json(&value),
            Err(_) => Self::from_text(&String::from_utf8_lossy(body)),
        }
    }

    fn from_json(value: &Value) -> Self {
        let mut this = Self {
            code: number(&value["code"]),
            ..Self::default()
        };
        if this.code.is_none() {
            this.code = number(&value["errorCode"]);
            this.from_gateway = this.code.is_some();
        }
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

    /// Not valid JSON: bodies with unescaped quotes were seen.
    fn from_text(text: &str) -> Self {
        let mut this = Self {
            code: number_after(text, "\"code\""),
            ..Self::default()
        };
        if this.code.is_none() {
            this.code = number_after(text, "\"errorCode\"");
            this.from_gateway = this.code.is_some();
        }
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

    /// What a response of this status and body asks for.
    pub(crate) fn verdict(&self, status: u16, asked: Asked) -> Verdict {
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

/// The number after a key in text that is no JSON.
fn number_after(text: &str, key: &str) -> Option<i64> {
    let (_, rest) = text.split_once(key)?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix('"').unwrap_or(rest);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

/// The names in `scopes:[a, b]`, as far as they look like scopes.
fn scopes(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("scopes") else {
        return Vec::new();
    };
    let rest = rest.trim_start_matches([' ', ':', '=', '"', '\\']);
    let Some(list) = rest.strip_prefix('[') else {
        return Vec::new();
    };
    let end = list.find(']').unwrap_or(list.len());
    list[..end]
        .split(',')
        .map(|scope| scope.trim_matches([' ', '"', '\\', '\'']))
        .filter(|scope| {
            scope.split(':').count() > 1 && scope.split(':').all(|part| !part.is_empty())
        })
        .filter_map(|scope| {
            name(scope, |c| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':'
            })
        })
        .take(MOST_NAMES)
        .collect()
}

fn name(text: &str, allowed: impl Fn(char) -> bool) -> Option<String> {
    ((1..=64).contains(&text.len()) && text.chars().all(allowed)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(status: u16, body: &str, carried_page_token: bool) -> Verdict {
        let asked = Asked {
            carried_page_token,
            operation: Operation::Messages,
        };
        read(status, body).verdict(status, asked)
    }

    fn read(status: u16, body: &str) -> ZoomError {
        if (200..300).contains(&status) {
            ZoomError::of_object(body)
        } else {
            ZoomError::parse(body.as_bytes())
        }
    }

    #[test]
    fn every_row_of_the_table_has_its_verdict() {
        use ErrorKind::*;
        let rows = [
            (401, "", Verdict::TokenRejected),
            (401, "<html>", Verdict::TokenRejected),
            (
                400,
                r#"{"code":124,"message":"Invalid access token."}"#,
                Verdict::TokenRejected,
            ),
            (200, r#"{"code":124}"#, Verdict::TokenRejected),
            (
                200,
                r#"{"status":false,"errorCode":401,"errorMessage":"x"}"#,
                Verdict::TokenRejected,
            ),
            (
                400,
                r#"{"code":4711,"message":"scopes:[a]"}"#,
                Verdict::Final(Scopes),
            ),
            (401, r#"{"code":4700}"#, Verdict::Final(Scopes)),
            (400, r#"{"code":"104"}"#, Verdict::Final(Scopes)),
            (400, r#"{"code":200}"#, Verdict::Final(PaidPlan)),
            (
                400,
                r#"{"code":300,"message":"exceeds 6 month limit"}"#,
                Verdict::Final(OutOfReach),
            ),
            (400, r#"{"code":1010}"#, Verdict::Final(NotFound)),
            (404, r#"{"code":1010}"#, Verdict::Final(NotFound)),
            (404, "", Verdict::Final(NotFound)),
            (429, "<html>", Verdict::RateLimited),
            (400, r#"{"code":4001}"#, Verdict::RateLimited),
            (200, r#"{"code":429}"#, Verdict::RateLimited),
            (403, "", Verdict::Final(Refused)),
            (302, "", Verdict::Final(Refused)),
            (408, "", Verdict::Transient),
            (500, r#"{"code":124}"#, Verdict::Transient),
            (504, "<html>", Verdict::Transient),
            (501, "", Verdict::Final(Server)),
            (200, "<html>", Verdict::NoAnswer),
            (200, "", Verdict::NoAnswer),
            (204, "", Verdict::NoAnswer),
        ];
        for (status, body, expected) in rows {
            assert_eq!(verdict(status, body, false), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_page_token_expires_only_where_one_was_carried() {
        let rows = [
            (
                400,
                r#"{"code":300}"#,
                Verdict::Final(ErrorKind::OutOfReach),
            ),
            (
                200,
                r#"{"code":300}"#,
                Verdict::Final(ErrorKind::OutOfReach),
            ),
            (300, "", Verdict::Final(ErrorKind::Refused)),
            (
                410,
                r#"{"message":"next page Token expired"}"#,
                Verdict::Final(ErrorKind::Refused),
            ),
            (
                404,
                r#"{"message":"the token is gone"}"#,
                Verdict::Final(ErrorKind::NotFound),
            ),
        ];
        for (status, body, without) in rows {
            assert_eq!(verdict(status, body, false), without, "{status} {body}");
            let expired = Verdict::Final(ErrorKind::PageTokenExpired);
            assert_eq!(verdict(status, body, true), expired, "{status} {body}");
        }
        for status in [401, 403, 429] {
            let body = r#"{"message":"token"}"#;
            let expired = Verdict::Final(ErrorKind::PageTokenExpired);
            assert_ne!(verdict(status, body, true), expired, "{status}");
        }
    }

    #[test]
    fn file_errors_with_status_401_do_not_blame_the_token() {
        let asked = Asked {
            carried_page_token: false,
            operation: Operation::FileInfo,
        };
        let verdict = |body: &str| ZoomError::parse(body.as_bytes()).verdict(401, asked);
        assert_eq!(
            verdict(r#"{"code":106}"#),
            Verdict::Final(ErrorKind::NotFound)
        );
        assert_eq!(
            verdict(r#"{"code":100}"#),
            Verdict::Final(ErrorKind::Refused)
        );
        assert_eq!(verdict(r#"{"code":124}"#), Verdict::TokenRejected);
        assert_eq!(verdict(r#"{"errorCode":401}"#), Verdict::TokenRejected);
    }

    #[test]
    fn reads_a_code_from_broken_json() {
        let body = r#"{"code" : 104, "message":"Invalid access token, does not contain scopes:["report_chat:read:admin", "imchat:read:admin"]"}"#;
        let error = ZoomError::parse(body.as_bytes());
        assert_eq!(error.code, Some(104));
        assert_eq!(
            error.scopes,
            ["report_chat:read:admin", "imchat:read:admin"]
        );
    }

    #[test]
    fn keeps_of_names_only_what_looks_like_one() {
        let body = r#"{"message":"scopes:[report:read:admin, Bob said hi, budget, :, a:]","errors":[
            {"field":"from","message":"secret"},{"field":"Dear Bob","message":"secret"}]}"#;
        let error = ZoomError::parse(body.as_bytes());
        assert_eq!(error.scopes, ["report:read:admin"]);
        assert_eq!(error.fields_text(), " (from)");
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[test]
    fn the_text_of_a_success_says_nothing_unless_it_is_one_whole_object() {
        for text in [
            "",
            "null",
            "124",
            r#"[{"code":124}]"#,
            r#"{"code":124"#,
            r#"{"code":124}}"#,
            r#"{"code":124,"message":"token scopes:[report:read:admin]}"#,
            r#"x {"code":124}"#,
        ] {
            assert_eq!(ZoomError::of_object(text), ZoomError::default(), "{text}");
            assert_eq!(verdict(200, text, true), Verdict::NoAnswer, "{text}");
        }
        assert_eq!(ZoomError::of_object(r#"{"code":"124"}"#).code, Some(124));
    }

    proptest! {
        #[test]
        fn reading_never_fails(body: Vec<u8>, status in 100u16..600, carried: bool) {
            let operation = if carried { Operation::Messages } else { Operation::FileInfo };
            let asked = Asked { carried_page_token: carried, operation };
            ZoomError::parse(&body).verdict(status, asked);
            ZoomError::of_object(&String::from_utf8_lossy(&body)).verdict(status, asked);
        }

        #[test]
        fn reading_what_looks_like_an_error_never_fails(
            body in r#"[{]"(code|errorCode)" ?: ?"?[0-9]{0,30}[^a-z]{0,9}"message":"scopes:?\[.{0,9}"#
        ) {
            ZoomError::parse(body.as_bytes());
        }
    }
}
