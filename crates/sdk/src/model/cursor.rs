//! Pages of a session's entries and of the list, and the cursor after each.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    DateRange, Entry, Options, Session,
    dates::{AnsweredWindow, Interval, Window, proof::proven},
    version::Version,
};

/// How the dates of a range are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edges {
    /// Exact by UTC time: Zoom is asked for more days than the range has, in windows that share a
    /// date, and entries outside the range are dropped. The time zone of Zoom's days does not matter.
    #[default]
    Exact,
    /// The dates as given, and what Zoom returns for them, in the time zone of Zoom's
    /// days. Zoom decides what belongs to the first and the last day, so
    /// nothing can be claimed.
    AsReported,
}

/// One page of a session's entries.
///
/// It holds neither entries that came before nor entries outside the range, so a
/// page may be empty without being the last.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    entries: Vec<Entry>,
    next: Option<Cursor>,
}

impl Page {
    pub(crate) fn new(entries: Vec<Entry>, next: Option<Cursor>) -> Self {
        Self { entries, next }
    }

    /// The entries: sent, then edited, then deleted ones, in Zoom's order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes the entries out.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Where the next page is read; `None` after the last one.
    ///
    /// Store it to continue later with [`Messages::resume`](crate::messages::Messages::resume).
    #[must_use]
    pub fn next(&self) -> Option<&Cursor> {
        self.next.as_ref()
    }
}

/// One page of the list of sessions.
///
/// It does not hold sessions that came before, so a page may be empty without being the last.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionsPage {
    sessions: Vec<Session>,
    next: Option<Cursor>,
}

impl SessionsPage {
    pub(crate) fn new(sessions: Vec<Session>, next: Option<Cursor>) -> Self {
        Self { sessions, next }
    }

    /// The sessions, in Zoom's order.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Takes the sessions out.
    #[must_use]
    pub fn into_sessions(self) -> Vec<Session> {
        self.sessions
    }

    /// Where the next page is read; `None` after the last one.
    ///
    /// Store it to continue later with [`Sessions::resume`](crate::sessions::Sessions::resume).
    #[must_use]
    pub fn next(&self) -> Option<&Cursor> {
        self.next.as_ref()
    }
}

/// A place in a session or in the list of sessions: the dates of a question to Zoom, its page token,
/// and what was answered before.
///
/// It belongs to its session and its options; a request for others refuses it. Continuing from it may repeat
/// entries, but never skips one. What was missing before the place is still named at the end. A page token lives for
/// about 15 minutes; once it has expired, its window is read from the start.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Place")]
pub struct Cursor(Place);

/// A cursor as it is stored; its dates are not checked yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    version: Version<1>,
    question: Question,
    from: NaiveDate,
    to: NaiveDate,
    page_token: Option<String>,
    #[serde(default)]
    first: Option<FirstPage>,
    #[serde(default)]
    before: Option<Before>,
    /// Which reading of the list it belongs to, from 0.
    #[serde(default)]
    pass: u32,
}

impl TryFrom<Place> for Cursor {
    type Error = crate::Error;

    fn try_from(place: Place) -> Result<Self, Self::Error> {
        // Its dates must be in the years that a range may have.
        DateRange::new(place.from, place.to)?;
        if let Some(first) = place.first {
            let day = first.began.date_naive();
            DateRange::new(day, day)?;
        }
        Ok(Self(place))
    }
}

/// Identifies a question, identically in every process; dates and page size do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question(u64);

impl Question {
    /// The question for the messages of a session.
    pub(crate) fn of_messages(session_id: &str, options: &Options) -> Self {
        Self::of(&("messages", session_id, options))
    }

    /// The question for the list of sessions.
    pub(crate) fn of_sessions(parameters: &[(String, String)]) -> Self {
        Self::of(&("sessions", parameters))
    }

    fn of(question: &impl Serialize) -> Self {
        let json = serde_json::to_vec(question).expect("it has string keys");
        let digest = Sha256::digest(json);
        let number = u64::from_be_bytes(*digest.first_chunk().expect("32 bytes"));
        // JSON numbers hold 53 bits exactly.
        Self(number >> 11)
    }
}

/// What was answered before a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Before {
    /// When the last page was read.
    pub(crate) at: DateTime<Utc>,
    /// The instants that earlier runs have proven.
    pub(crate) proven: Vec<Interval>,
    /// The windows that this run has read completely.
    pub(crate) answered: Vec<AnsweredWindow>,
}

impl Before {
    pub(crate) fn nothing(at: DateTime<Utc>) -> Self {
        Self {
            at,
            proven: Vec::new(),
            answered: Vec::new(),
        }
    }

    /// The same for a run that begins now: windows of two runs prove nothing together, since the
    /// account may have moved to another time zone meanwhile.
    pub(crate) fn of_another_run(&self, at: DateTime<Utc>) -> Self {
        let proven = self.proven.iter().copied().chain(proven(&self.answered));
        Self {
            at,
            proven: Interval::union(proven),
            answered: Vec::new(),
        }
    }
}

impl Cursor {
    /// The start of a window.
    pub(crate) fn at(question: Question, window: Window) -> Self {
        Self(Place {
            version: Version,
            question,
            from: window.from,
            to: window.to,
            page_token: None,
            first: None,
            before: None,
            pass: 0,
        })
    }

    /// The place of a page of a window.
    pub(crate) fn page(
        question: Question,
        window: Window,
        token: String,
        first: Option<FirstPage>,
    ) -> Self {
        let mut cursor = Self::at(question, window);
        cursor.0.page_token = Some(token);
        cursor.0.first = first;
        cursor
    }

    /// Refuses another question, since what came before does not answer it.
    pub(crate) fn check(&self, question: Question) -> crate::Result<()> {
        if self.0.question == question {
            return Ok(());
        }
        Err(crate::Error::invalid(
            "the cursor belongs to another session, or to other options",
            "resume with the session and the options that it came from",
        ))
    }

    #[must_use]
    pub(crate) fn after(mut self, before: &Before) -> Self {
        self.0.before = Some(before.clone());
        self
    }

    #[must_use]
    pub(crate) fn in_pass(mut self, pass: u32) -> Self {
        self.0.pass = pass;
        self
    }

    pub(crate) fn window(&self) -> Window {
        Window::new(self.0.from, self.0.to)
    }

    pub(crate) fn pass(&self) -> u32 {
        self.0.pass
    }

    pub(crate) fn page_token(&self) -> Option<&str> {
        self.0.page_token.as_deref()
    }

    pub(crate) fn before(&self) -> Option<&Before> {
        self.0.before.as_ref()
    }

    pub(crate) fn resume(&self) -> Option<Resume> {
        Some(Resume {
            token: self.0.page_token.clone()?,
            first: self.0.first,
        })
    }
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor")
            .field("from", &self.0.from)
            .field("to", &self.0.to)
            .finish_non_exhaustive()
    }
}

/// A page token of an earlier reading.
#[derive(Clone, Debug)]
pub(crate) struct Resume {
    pub(crate) token: String,
    pub(crate) first: Option<FirstPage>,
}

/// A record of a window's first page, to detect later changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirstPage {
    /// When it was read.
    pub(crate) began: DateTime<Utc>,
    /// A digest of its content.
    pub(crate) held: u64,
}
