//! Faults: rules that make some answers wrong.

mod book;
pub(crate) mod date;
mod encoding;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::choice;

pub(crate) use book::FaultBook;
pub use date::FaultDate;
pub use encoding::Encoding;

choice! {
    /// The operations a fault can be about.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Operation {
        /// Any of the others.
        #[default]
        Any = "any",
        /// The report of a session's messages.
        Messages = "messages",
        /// The listing of sessions.
        Sessions = "sessions",
        /// The token endpoint.
        Token = "token",
        /// The information about one file.
        File = "file",
        /// The bytes of one file.
        Download = "download",
        /// The account's settings.
        Settings = "settings",
    }
}

/// The parts of the text form, for error messages.
const PARTS: &str = "session=, page=, nth=, times=, probability=, seed=, status=, \
    header=NAME=VALUE, body=, error_page=, date=, rename_arrays, endless_pages, \
    add_header=NAME=VALUE, wide=, vanish=, encoding=, \
    delay_ms=, truncate_body=, cut_after=, expire_token, expire_page_token";

/// One rule: the requests it is about, and its effects on them.
///
/// As JSON, for `POST /_sandbox/faults`:
/// `{"operation":"messages","page":2,"nth":1,"times":1,"do":{"status":503,"headers":{"Retry-After":"1"},"body":"busy"}}`.
///
/// As text, for the command line: the operation, then conditions and effects
/// with colons between them, in any order.
///
/// | part | meaning |
/// |---|---|
/// | `session=ID` | only this session |
/// | `page=N` | only the N-th page of a window, from 1 |
/// | `nth=N` | from the N-th request on that fits so far, from 1 (the default) |
/// | `times=N` | at most N times, 1 by default; 0 means without end |
/// | `probability=P`, `seed=N` | only in this part of the cases, 0 to 1 |
/// | `status=N`, `header=NAME=VALUE`, `body=TEXT` | this answer in place of the real one (200 and empty where not said) |
/// | `error_page=CODE` | a 200 with an error body that echoes the dates asked for, in place of the real answer |
/// | `date=WHEN` | a wrong `Date` header: a shift (`-80d`, `+36h`), an RFC 3339 instant, `none`, or any text |
/// | `rename_arrays` | `messages` is called `chat_messages`, `sessions` is called `chat_sessions` |
/// | `endless_pages` | the last page carries a fresh token too, and so does every empty page after it |
/// | `add_header=NAME=VALUE` | the real answer with this header |
/// | `wide=N` | the answer holds N days more at both ends than were asked for |
/// | `vanish=N` | N messages before the page asked for are in no array any more, and listed as deleted nowhere |
/// | `encoding=FORM` | the body as `bom` (byte-order mark), `gzip`, `GZIP`, `x-gzip` or `members` (gzip of several) |
/// | `delay_ms=N` | the answer comes later |
/// | `truncate_body=N` | only the first N bytes, with a `Content-Length` that fits |
/// | `cut_after=N` | only the first N bytes, with the full `Content-Length`, then the connection breaks |
/// | `expire_token` | the access token is revoked, so that the request is answered by 401 |
/// | `expire_page_token` | the page token is revoked |
///
/// Write `:`, `,` and `%` in a value as `%3A`, `%2C` and `%25`.
///
/// ```
/// use zoom_chat_reports_sandbox::Fault;
///
/// let fault: Fault = "messages:nth=3:status=503:header=Retry-After=1".parse()?;
/// assert_eq!(fault.nth, Some(3));
/// assert_eq!(fault.action.status, Some(503));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The operation it is about.
    pub operation: Operation,
    /// Only requests about this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Only requests for this page of a window, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Counted from 1 among the requests that fit all of the above: the first
    /// one it may happen to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How many times it happens; `None` means once, 0 without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// In which part of the cases it happens, from 0 to 1; always when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Which cases `probability` picks.
    #[serde(skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// The effects.
    #[serde(rename = "do")]
    pub action: FaultAction,
}

/// The effects of a fault; several can be combined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultAction {
    /// Real milliseconds before the request is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// The HTTP status of an answer that replaces the real one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The headers of that answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body of that answer, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Keeps only this many bytes of the body, with a `Content-Length` that fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate_body: Option<usize>,
    /// Breaks the connection after this many bytes of the body; `Content-Length`
    /// promises the whole body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_after: Option<usize>,
    /// Replaces the answer by an error body with this code and the dates asked
    /// for; the status is 200 unless `status` says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_page: Option<u32>,
    /// Shows a wrong `Date` header; the answer stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<FaultDate>,
    /// Gives the main array of a report another name.
    #[serde(skip_serializing_if = "is_false")]
    pub rename_arrays: bool,
    /// Gives a page token with the last page of a window, and with the empty
    /// pages after it; never the same one.
    #[serde(skip_serializing_if = "is_false")]
    pub endless_pages: bool,
    /// Headers for the real answer; each replaces the one of the same name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add_headers: BTreeMap<String, String>,
    /// Serves this many days more at both ends of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wide: Option<u32>,
    /// Takes this many messages of the session out of the account without a
    /// trace: the last ones of the window that lie before the page asked for.
    /// On a first page there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vanish: Option<usize>,
    /// The wire form of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Revokes the access token that the request carries.
    #[serde(skip_serializing_if = "is_false")]
    pub expire_token: bool,
    /// Revokes the page token that the request carries.
    #[serde(skip_serializing_if = "is_false")]
    pub expire_page_token: bool,
}

impl Fault {
    /// Refuses what cannot be done; the error goes on after the fault's name.
    pub(crate) fn check(&self) -> Result<(), String> {
        let action = &self.action;
        if *action == FaultAction::default() {
            return Err(format!("has no effect; add one of: {PARTS}"));
        }
        if action
            .status
            .is_some_and(|status| !(200..=599).contains(&status))
        {
            return Err("has a `status` that is not from 200 to 599".to_owned());
        }
        if self
            .probability
            .is_some_and(|part| !(0.0..=1.0).contains(&part))
        {
            return Err("has a `probability` that is not from 0 to 1".to_owned());
        }
        Ok(())
    }
}

impl FaultAction {
    /// Whether the answer is replaced.
    pub(crate) fn replaces(&self) -> bool {
        self.status.is_some()
            || self.body.is_some()
            || self.error_page.is_some()
            || !self.headers.is_empty()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde calls it with a reference
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde calls it with a reference
fn is_zero(value: &u64) -> bool {
    *value == 0
}
