//! Kinds of errors: one for each thing that a caller can do about it.

use std::fmt;

use serde::Serialize;

/// The kind of an error: one for each thing that a caller can do about it.
///
/// serde writes its name in snake case, which stays: `rate_limited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument, an option or an id is not usable. Made here; nothing was sent; trying again does not help.
    ///
    /// # Troubleshooting
    /// The text names the argument, and the hint says which values are allowed.
    InvalidInput,
    /// There are no usable credentials, or Zoom accepted neither the token nor a new one.
    /// Made here or by Zoom; nothing was read; trying again does not help.
    ///
    /// # Troubleshooting
    /// Check whether the app is activated, and whether the account id is that of another account.
    /// A regenerated secret ends the old one at once.
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
    /// Chat reports need Zoom's Pro plan or a higher one.
    PaidPlan,
    /// There is no such session, file or account member. Made by Zoom; trying again does not help.
    ///
    /// # Troubleshooting
    /// Use session ids exactly as the list has them, and credentials of the account that the session belongs to.
    NotFound,
    /// The dates are beyond what Zoom answers, or Zoom does not accept them. Made by Zoom; trying again does not help.
    ///
    /// # Troubleshooting
    /// Zoom answers for the last six months, and for about one month a request.
    OutOfReach,
    /// The page token is no longer valid. Made by Zoom; reading the window again from its first page helps.
    ///
    /// # Troubleshooting
    /// A page token lives for 15 minutes. Streams never end with this: they read the window of an old
    /// [`Cursor`](crate::Cursor) from its start. Only `send()` with a cursor does; send the request without it.
    PageTokenExpired,
    /// Zoom refused the request for a reason that no other kind names. Trying again does not help.
    ///
    /// # Troubleshooting
    /// [`Error::status`](crate::Error::status) and [`Error::zoom_code`](crate::Error::zoom_code) say which;
    /// Zoom's support asks for [`Error::tracking_id`](crate::Error::tracking_id).
    Refused,
    /// Zoom kept answering that requests come too fast, or asked for a longer wait than
    /// [`RetryPolicy::max_wait`](crate::RetryPolicy::max_wait) allows. The requests reached Zoom; trying again later
    /// helps, after [`Error::retry_after`](crate::Error::retry_after) if it is known.
    ///
    /// # Troubleshooting
    /// The limit belongs to the account, and all its apps share it: use a smaller share, or check the plan.
    RateLimited,
    /// The account's daily limit is reached. Made by Zoom; continuing after
    /// [`Error::retry_after`](crate::Error::retry_after) helps.
    ///
    /// # Troubleshooting
    /// What was read so far is valid: read what is missing after that instant.
    DailyLimit,
    /// Zoom, or a gateway before it, kept failing. The requests may have reached Zoom; trying again later helps.
    ///
    /// # Troubleshooting
    /// Check Zoom's status page.
    Server,
    /// No connection was made, or it broke. The request may have reached Zoom; trying again helps unless a
    /// certificate was refused.
    ///
    /// # Troubleshooting
    /// Check name resolution, proxy and firewall. If a proxy decrypts TLS, add its certificate to the
    /// builder or to the system.
    Transport,
    /// No answer in time. The request may have reached Zoom; trying again helps.
    ///
    /// # Troubleshooting
    /// Connecting, silence and the whole request have a timeout each; all are options of the builder.
    Timeout,
    /// Several successes in a row had a body that is neither the answer nor an error that Zoom documents;
    /// the text says what was expected. Made by Zoom or a gateway before it; trying again may help.
    ///
    /// # Troubleshooting
    /// Often a proxy answers instead of Zoom, or the base URL is not that of an API.
    UnreadableBody,
    /// A body is larger than the cap. Noticed here while reading; trying again does not help.
    ///
    /// # Troubleshooting
    /// A page of a hundred messages is far below the cap. Ask for smaller pages, or raise the cap in the builder.
    BodyTooLarge,
    /// A page led back to a page token that was seen before. Noticed here; trying again may help.
    ///
    /// # Troubleshooting
    /// Following the token would never end, and stopping would silently lose messages. Report it to Zoom with the
    /// tracking id.
    PageTokenLoop,
    /// A page token expired, the window was read again from its start, and nothing new came. Noticed here;
    /// trying again may help.
    ///
    /// # Troubleshooting
    /// The window cannot be read before its page token expires: raise the share of the rate limit, or
    /// poll the stream faster.
    NoProgress,
    /// Zoom answered for other dates than those asked for. Noticed here; trying again does not help.
    ///
    /// # Troubleshooting
    /// Zoom narrows ranges that it finds too long. Set shorter windows in the builder.
    EchoMismatch,
    /// A link or a redirect must not be followed: it is not encrypted, its host is not allowed or is an IP
    /// address, or the redirects form a circle. Noticed here, before anything was sent to it; trying again
    /// does not help.
    ///
    /// # Troubleshooting
    /// Files come from Zoom's own hosts. If yours come from another host that you trust, name it in
    /// [`download_hosts`](crate::ChatReportsBuilder::download_hosts).
    UnsafeUrl,
    /// A file is not the expected one: its size or its SHA-256 differs. Noticed here; do not use what
    /// was read of it. A later download may help.
    ///
    /// # Troubleshooting
    /// Often a proxy answers with a page instead of the file.
    FileMismatch,
    /// A downloaded file could not be written. Nothing is wrong with Zoom; the source is the
    /// [`std::io::Error`].
    ///
    /// # Troubleshooting
    /// Check the free disk space and the permissions.
    WriteFailed,
    /// Something that was asked for is missing from the result. Noticed here; a later run may help.
    ///
    /// # Troubleshooting
    /// Each window that failed is named, with its error.
    Incomplete,
    /// No request of a kind was answered for 15 minutes, or the time that
    /// [`RetryPolicy::outage`](crate::RetryPolicy::outage) sets; this ended the run. Noticed here; what was
    /// read is valid; a later run helps.
    ///
    /// # Troubleshooting
    /// The text names the last failure. Check Zoom's status page and the network, then run it again.
    Outage,
}

/// Whether trying again helps. Retries, the reasons of gaps, what a later run can heal and the exit codes of
/// the program follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Again {
    /// The same request may be answered in a moment; it was already tried again, as far as the
    /// [`RetryPolicy`](crate::RetryPolicy) allows.
    Now,
    /// A later run may be answered.
    Later,
    /// Not until something is changed: the question, the app, the account, a setting.
    Never,
}

impl ErrorKind {
    /// All kinds, for tests of code that must handle each.
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

    /// What a person can do, if the kind alone tells.
    pub(crate) fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Credentials => {
                "check account id, client id and client secret, and that the app is activated"
            }
            Self::Scopes => "add the report scopes to the app, and activate it again",
            Self::PaidPlan => "chat reports need Zoom's Pro plan or a higher one",
            Self::NotFound => {
                "use an id from the list of sessions; a deleted session can no longer be read"
            }
            Self::Refused => "ask Zoom's support, and give the code and the tracking id",
            Self::OutOfReach => "Zoom answers for the last six months only",
            Self::RateLimited => {
                "try again later; set the account's plan, or use a smaller share of its rate"
            }
            Self::DailyLimit => "run it again when the limit has been reset",
            Self::Server => "try again later",
            Self::Timeout | Self::Transport => {
                "check the network, the proxy and the URLs, and try again"
            }
            Self::UnreadableBody => "check whether a proxy answers instead of Zoom, and try again",
            Self::PageTokenLoop | Self::NoProgress | Self::Incomplete => "try again later",
            Self::Outage => "try again later; check Zoom's status page and the network",
            Self::EchoMismatch => "set fewer days per window",
            Self::BodyTooLarge => "ask for smaller pages, or raise the cap",
            Self::PageTokenExpired => "read the window again from its first page",
            Self::UnsafeUrl => "nothing was sent to this link; check where it came from",
            Self::FileMismatch => {
                "download it again later, and check whether a proxy answers instead of Zoom"
            }
            Self::WriteFailed => "check the free disk space and the permissions",
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
            Self::FileMismatch => "not the expected file",
            Self::WriteFailed => "writing failed",
            Self::Incomplete => "incomplete",
            Self::Outage => "outage",
        })
    }
}
