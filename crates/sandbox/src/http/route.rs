//! Finds the operation of a path.

use percent_encoding::percent_decode_str;

use super::reply::Reply;
use crate::fault::Operation;

/// An operation with the ids in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Token,
    Sessions,
    Messages(String),
    File(String),
    Download(String),
    AccountSettings(String),
    /// `/_sandbox/…`: the rest of the path.
    Control(String),
    Unknown,
}

impl Route {
    /// Reads a raw path. Each segment is decoded once.
    pub(crate) fn of(path: &str) -> Self {
        if let Some(rest) = path.strip_prefix("/_sandbox/") {
            return Self::Control(rest.to_owned());
        }
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let decoded = |raw: &str| {
            percent_decode_str(raw)
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .ok()
                // Proxies resolve dot segments, so no URL can name these.
                .filter(|text| !matches!(text.as_str(), "" | "." | ".."))
        };
        let route = match segments.as_slice() {
            ["oauth", "token"] => Some(Self::Token),
            ["v2", "report", "chat", "sessions"] => Some(Self::Sessions),
            ["v2", "report", "chat", "sessions", id] => decoded(id).map(Self::Messages),
            ["v2", "chat", "files", id] => decoded(id).map(Self::File),
            ["v2", "accounts", id, "settings"] => decoded(id).map(Self::AccountSettings),
            ["download", id] => decoded(id).map(Self::Download),
            _ => None,
        };
        route.unwrap_or(Self::Unknown)
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        match self {
            Self::Token => Some(Operation::Token),
            Self::Sessions => Some(Operation::Sessions),
            Self::Messages(_) => Some(Operation::Messages),
            Self::File(_) => Some(Operation::File),
            Self::Download(_) => Some(Operation::Download),
            Self::AccountSettings(_) => Some(Operation::Settings),
            Self::Control(_) | Self::Unknown => None,
        }
    }

    /// The session asked for.
    pub(crate) fn session(&self) -> Option<&str> {
        match self {
            Self::Messages(id) => Some(id),
            _ => None,
        }
    }

    /// The methods of the operation; `None` if there is no such operation.
    pub(crate) fn methods(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::Token => Some(&["POST"]),
            Self::Download(_) => Some(&["GET", "HEAD"]),
            Self::Control(what) => match what.as_str() {
                "truth" | "stats" | "settings" => Some(&["GET"]),
                "clock" => Some(&["GET", "POST"]),
                "stats/reset" => Some(&["POST"]),
                "faults" => Some(&["GET", "POST", "DELETE"]),
                _ => None,
            },
            Self::Unknown => None,
            _ => Some(&["GET"]),
        }
    }

    /// The refusal of a method that the operation does not have.
    pub(crate) fn refuses(&self, method: &str) -> Option<Reply> {
        let methods = self.methods()?;
        (!methods.contains(&method)).then(|| {
            Reply::error(405, 405, "The method is not allowed here.")
                .with("allow", methods.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn a_session_id_is_one_segment_decoded_once() {
        for (path, id) in [
            ("/v2/report/chat/sessions/a%2Fb%2B%3D%3D", "a/b+=="),
            ("/v2/report/chat/sessions/a:b", "a:b"),
            ("/v2/report/chat/sessions/a%252Fb", "a%2Fb"),
            ("/v2/report/chat/sessions/a+b", "a+b"),
        ] {
            assert_eq!(Route::of(path), Route::Messages(id.to_owned()));
        }
        assert_eq!(Route::of("/v2/report/chat/sessions/a/b"), Route::Unknown);
        for unusable in ["", ".", "..", "%2E", "%2e%2E"] {
            let path = format!("/v2/report/chat/sessions/{unusable}");
            assert_eq!(Route::of(&path), Route::Unknown, "{path}");
        }
        assert_eq!(Route::of("/v2/report/chat/sessions"), Route::Sessions);
    }
}
