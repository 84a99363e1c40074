//! The operations of Zoom's API that this crate uses, and the bodies expected from them.

use zoom_chat_reports_api::Expected;

const TOKEN: Expected =
    Expected::object("an access token", "access_token").or_error(&["error", "code", "errorCode"]);

/// An operation of Zoom's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Sessions,
    Messages,
    FileInfo,
    Download,
    AccountSettings,
    Token,
}

impl Operation {
    /// The number of operations.
    pub(crate) const COUNT: usize = Self::Token as usize + 1;

    /// The path for error texts and traces; it holds no ids.
    pub(crate) fn template(self) -> &'static str {
        match self {
            Self::Sessions => "report/chat/sessions",
            Self::Messages => "report/chat/sessions/{sessionId}",
            Self::FileInfo => "chat/files/{fileId}",
            Self::Download => "download",
            Self::AccountSettings => "accounts/{accountId}/settings",
            Self::Token => "oauth/token",
        }
    }

    /// The form of a success's body; `None` for the bytes of a file, which may be anything.
    pub(crate) fn expected(self) -> Option<Expected> {
        match self {
            Self::Sessions => Some(Expected::SESSIONS),
            Self::Messages => Some(Expected::MESSAGES),
            Self::FileInfo => Some(Expected::FILE_INFO),
            Self::AccountSettings => Some(Expected::ACCOUNT_SETTINGS),
            Self::Token => Some(TOKEN),
            Self::Download => None,
        }
    }
}
