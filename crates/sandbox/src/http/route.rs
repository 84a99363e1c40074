//! Which operation a path means.

use percent_encoding::percent_decode_str;

use crate::fault::Operation;

/// One thing that can be asked for.
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
                .filter(|text| !text.is_empty())
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

    /// Whether the method is the one of the operation.
    pub(crate) fn allows(&self, method: &str) -> bool {
        match self {
            Self::Token => method == "POST",
            Self::Download(_) => matches!(method, "GET" | "HEAD"),
            Self::Control(_) | Self::Unknown => true,
            _ => method == "GET",
        }
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
        assert_eq!(Route::of("/v2/report/chat/sessions/"), Route::Unknown);
        assert_eq!(Route::of("/v2/report/chat/sessions"), Route::Sessions);
    }
}
