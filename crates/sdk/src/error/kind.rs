//! What went wrong, in classes that a caller can act on.

use std::fmt;

use serde::Serialize;

/// What went wrong: one kind for each thing that a caller can do about it.
///
/// In serde it is its name in snake case, which stays: `rate_limited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument, an option or an id is not usable. Made here; nothing was sent; trying again does not help.
    ///
    /// # Troubleshooting
    /// The text names the argument and the hint says what it may be.
    InvalidInput,
    /// There are no usable credentials, or Zoom took neither the token nor a new one.
    /// Made here or by Zoom; nothing was read; trying again does not help.
    ///
    /// # Troubleshooting
    /// Look for white space around the secret, an app that is not activated, and the account id of
    /// another account. A secret that was made anew ends the former one at once.
    Credentials,
    /// The app lacks a scope, or its owner's role lacks the permission. Made by Zoom; trying again does not help.
    ///
    /// # Troubleshooting
    /// Add what [`Error::scopes`](crate::Error::scopes) names and activate the app again. An app keeps
    /// its admin scopes only while its owner's role has them.
    Scopes,
    /// The report needs a paid plan. Made by Zoom; trying again does not help.
    ///
    /// # Troubleshooting
    /// Zoom gives its chat reports from the Pro plan on.
    PaidPlan,
    /// There is no such session, file or account member. Made by Zoom; trying again does not help.
    ///
    /// # Troubleshooting
    /// Take session ids from the listing as they are, and credentials of the account that the session belongs to.
    NotFound,
    /// The dates are beyond what Zoom gives, or not to its taste. Made by Zoom; trying again does not help.
    ///
    /// # Troubleshooting
    /// Zoom answers for the last six months, and for about one month a request.
    OutOfReach,
    /// The page token is no longer valid. Made by Zoom; reading the window again from its first page helps.
    ///
    /// # Troubleshooting
    /// A page token lives for 15 minutes. Streams never end with this: they read the window of an old
    /// [`Cursor`](crate::Cursor) from its start. Only `send()` with one does; send it without the cursor.
    PageTokenExpired,
    /// Zoom refused the request for a reason that no other kind names. Trying again does not help.
    ///
    /// # Troubleshooting
    /// [`Error::status`](crate::Error::status) and [`Error::zoom_code`](crate::Error::zoom_code) say which;
    /// Zoom's support asks for [`Error::tracking_id`](crate::Error::tracking_id).
    Refused,
    /// Zoom kept answering that requests come too fast, or asked for a longer wait than
    /// [`RetryPolicy::max_wait`](crate::RetryPolicy::max_wait) allows. The requests reached Zoom; trying again later
    /// helps, after [`Error::retry_after`](crate::Error::retry_after) where it is known.
    ///
    /// # Troubleshooting
    /// The limit belongs to the account and all its apps share it: give a smaller share, or check the plan.
    RateLimited,
    /// The account's requests of the day are used up. Made by Zoom; going on after
    /// [`Error::retry_after`](crate::Error::retry_after) helps.
    ///
    /// # Troubleshooting
    /// What was read so far is whole: go on with what is missing at the instant given.
    DailyLimit,
    /// Zoom, or a gateway before it, kept failing. The requests may have reached Zoom; trying again later helps.
    ///
    /// # Troubleshooting
    /// Look at Zoom's status page.
    Server,
    /// No connection, or it broke. The request may have reached Zoom; trying again helps unless a
    /// certificate was refused.
    ///
    /// # Troubleshooting
    /// Look at name resolution, proxy and firewall. Where a proxy opens TLS, its certificate must be
    /// added to the builder or to the system.
    Transport,
    /// No answer in time. The request may have reached Zoom; trying again helps.
    ///
    /// # Troubleshooting
    /// Connecting, silence and the whole request have a timeout each; all are options of the builder.
    Timeout,
    /// A success whose body is neither the answer nor an error that Zoom documents, a few times in a
    /// row; the text says what was expected. Made by Zoom or a gateway before it; trying again may help.
    ///
    /// # Troubleshooting
    /// Often a proxy that answers with a page of its own, or a base URL that is not an API.
    UnreadableBody,
    /// A body is larger than the cap. Noticed here while reading; trying again does not help.
    ///
    /// # Troubleshooting
    /// A page of a hundred messages is far below the cap. Ask for smaller pages, or raise the cap in the builder.
    BodyTooLarge,
    /// A page led back to a page token that was seen before. Noticed here; trying again may help.
    ///
    /// # Troubleshooting
    /// Going on would never end, and stopping would lose messages quietly. Report it to Zoom with the tracking id.
    PageTokenLoop,
    /// A window was begun anew after its page token had expired, and brought nothing new. Noticed here;
    /// trying again may help.
    ///
    /// # Troubleshooting
    /// The window cannot be read within the life of a page token: raise the share of the rate limit, or
    /// poll the stream faster.
    NoProgress,
    /// Zoom answered for other dates than were asked. Noticed here; trying again does not help.
    ///
    /// # Troubleshooting
    /// Zoom narrows ranges that it finds too long. Make the windows shorter in the builder.
    EchoMismatch,
    /// A link, or where it led, is not one that may be followed: not encrypted, not one of the allowed
    /// hosts, an address in place of a name, or a circle. Noticed here, before anything was sent there;
    /// trying again does not help.
    ///
    /// # Troubleshooting
    /// Files come from Zoom's own hosts. Where they come from another one that you trust, name it in
    /// [`download_hosts`](crate::ChatReportsBuilder::download_hosts).
    UnsafeUrl,
    /// A file is not the one that was promised: its size or its SHA-256 differs. Noticed here; what
    /// was read of it must not be used. A later download may help.
    ///
    /// # Troubleshooting
    /// Often a page of a proxy in place of the file.
    FileMismatch,
    /// What a download was to be written to failed. Nothing is wrong with Zoom; the source is the
    /// [`std::io::Error`].
    ///
    /// # Troubleshooting
    /// Look for room on the disk and for permissions.
    WriteFailed,
    /// Something that was asked for is missing from the result. Noticed here; a later run may help.
    ///
    /// # Troubleshooting
    /// The windows that failed are named one by one, each with its own error.
    Incomplete,
    /// No request of a kind was answered for so long that the run was ended, 15 minutes unless
    /// [`RetryPolicy::outage`](crate::RetryPolicy::outage) says otherwise. Noticed here; what was read is
    /// whole; a later run helps.
    ///
    /// # Troubleshooting
    /// The text names the last failure. Look at Zoom's status page and at the network, then run it again.
    Outage,
}

/// Whether trying again helps. Retries, the reasons of gaps, what a later run can heal and the exit codes of
/// the program all follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Again {
    /// The same request may be answered in a moment; it was tried again already, as far as the
    /// [`RetryPolicy`](crate::RetryPolicy) allows.
    Now,
    /// A later run may be answered.
    Later,
    /// Not before something is changed: the question, the app, the account, a setting.
    Never,
}

impl ErrorKind {
    /// Every kind, for tests of code that must know them all.
    #[doc(hidden)]
    pub const ALL: &'static [Self] = &[
        Self::InvalidInput,
        Self::Credentials,
        Self::Scopes,
        Self::PaidPlan,
        Self::NotFound,
        Self::OutOfReach,
        Self::PageTokenExpired,
        Self::Refused,
        Self::RateLimited,
        Self::DailyLimit,
        Self::Server,
        Self::Transport,
        Self::Timeout,
        Self::UnreadableBody,
        Self::BodyTooLarge,
        Self::PageTokenLoop,
        Self::NoProgress,
        Self::EchoMismatch,
        Self::UnsafeUrl,
        Self::FileMismatch,
        Self::WriteFailed,
        Self::Incomplete,
        Self::Outage,
    ];

    /// Whether the same request, unchanged, may be answered another time; see [`Again`].
    #[must_use]
    pub fn again(self) -> Again {
        match self {
            Self::RateLimited
            | Self::Server
            | Self::Transport
            | Self::Timeout
            | Self::UnreadableBody => Again::Now,
            Self::DailyLimit
            | Self::PageTokenLoop
            | Self::NoProgress
            | Self::FileMismatch
            | Self::Incomplete
            | Self::Outage => Again::Later,
            Self::InvalidInput
            | Self::Credentials
            | Self::Scopes
            | Self::PaidPlan
            | Self::NotFound
            | Self::OutOfReach
            | Self::PageTokenExpired
            | Self::Refused
            | Self::BodyTooLarge
            | Self::EchoMismatch
            | Self::UnsafeUrl
            | Self::WriteFailed => Again::Never,
        }
    }

    /// What a person can do, where the kind alone tells.
    pub(crate) fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Credentials => {
                "check account id, client id and client secret, and that the app is activated"
            }
            Self::Scopes => "add the scopes of the report to the app and activate it again",
            Self::PaidPlan => "Zoom gives its chat reports from the Pro plan on",
            Self::NotFound => {
                "take ids from the account's own listing; what was deleted cannot be read any more"
            }
            Self::Refused => {
                "trying again does not help; Zoom's support asks for code and tracking id"
            }
            Self::OutOfReach => "Zoom answers for the last six months only",
            Self::RateLimited => {
                "try again later, with the account's plan or a smaller share of its rate"
            }
            Self::DailyLimit => "go on when the limit has been reset",
            Self::Server => "try again later",
            Self::Timeout | Self::Transport => {
                "check the network, the proxy and the URLs, and try again"
            }
            Self::UnreadableBody => "check that no proxy answers in Zoom's place, and try again",
            Self::PageTokenLoop | Self::NoProgress | Self::Incomplete => "try again later",
            Self::Outage => {
                "try again later; Zoom's status page and the network are the places to look"
            }
            Self::EchoMismatch => "make the windows shorter",
            Self::BodyTooLarge => "ask for smaller pages, or raise the cap",
            Self::PageTokenExpired => "read the window again from its first page",
            Self::UnsafeUrl => "nothing was sent there; report where the link came from",
            Self::FileMismatch => {
                "download it again later, and check that no proxy answers in Zoom's place"
            }
            Self::WriteFailed => "check the room on the disk and the permissions",
            _ => return None,
        })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidInput => "invalid input",
            Self::Credentials => "credentials",
            Self::Scopes => "missing scopes",
            Self::PaidPlan => "paid plan needed",
            Self::NotFound => "not found",
            Self::OutOfReach => "out of reach",
            Self::PageTokenExpired => "page token expired",
            Self::Refused => "refused",
            Self::RateLimited => "rate limited",
            Self::DailyLimit => "daily limit reached",
            Self::Server => "server error",
            Self::Transport => "transport error",
            Self::Timeout => "timeout",
            Self::UnreadableBody => "unreadable body",
            Self::BodyTooLarge => "body too large",
            Self::PageTokenLoop => "page token seen before",
            Self::NoProgress => "no progress",
            Self::EchoMismatch => "answered for other dates",
            Self::UnsafeUrl => "unsafe link",
            Self::FileMismatch => "not the file that was promised",
            Self::WriteFailed => "writing failed",
            Self::Incomplete => "incomplete",
            Self::Outage => "outage",
        })
    }
}
