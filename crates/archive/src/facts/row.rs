//! The rows of the ledger: everything that was seen or decided.
//!
//! Rows of format 1 are read as they are: a later format only adds kinds of rows, and fields.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{
    Options,
    dates::{AnsweredWindow, Interval, Window as Dates},
    harvest::WindowFacts,
};

use super::{quiet::Quiet, reading::Reading};
use crate::model::{ArchiveSettings, GapAxis, GapClass, ModificationsFlag, Outcome, ZoomProblem};

/// One row.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum LedgerRow {
    /// The first row.
    Created(Created),
    /// The archive's settings were stored.
    Settings(SettingsRow),
    /// A run began.
    Run(Run),
    /// The list of sessions was read.
    Listing(Box<Listing>),
    /// A window of a session was answered.
    Window(Box<Window>),
    /// Windows of many sessions were answered alike, with nothing new.
    Quiet(Box<Quiet>),
    /// Files were stored, or could not be.
    Attachments(Batch),
    /// A window, or the list of sessions, could not be read.
    Failed(Box<Failed>),
    /// A person accepted that something is missing.
    Accepted(Box<Accepted>),
    /// A run ended.
    Ended(Ended),
    /// An archive of an earlier format was taken over.
    Migrated(Box<Migrated>),
}

/// A unit as a ledger row names it: the number of its items, and their digest.
pub(crate) struct Unit<'a> {
    pub(crate) id: i64,
    pub(crate) rows: u64,
    pub(crate) digest: &'a str,
}

impl LedgerRow {
    /// The unit whose items the row makes visible.
    pub(crate) fn unit(&self) -> Option<Unit<'_>> {
        let (id, rows, digest) = match self {
            Self::Window(row) => (row.unit, row.rows, &row.digest),
            Self::Listing(row) => (row.batch.unit, row.batch.rows, &row.batch.digest),
            Self::Attachments(row) => (row.unit, row.rows, &row.digest),
            _ => return None,
        };
        Some(Unit { id, rows, digest })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    pub(crate) format: i32,
    pub(crate) account_id: String,
    pub(crate) sandbox: bool,
    pub(crate) program: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SettingsRow {
    pub(crate) settings: ArchiveSettings,
    pub(crate) at: DateTime<Utc>,
    /// The person who decided it, if it was a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operator: Option<String>,
}

impl SettingsRow {
    pub(crate) fn new(settings: &ArchiveSettings, operator: Option<&str>) -> Self {
        Self {
            settings: settings.clone(),
            at: Utc::now(),
            operator: operator.map(|name| name.trim().to_owned()),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) run: i64,
    /// By this machine's clock.
    pub(crate) started_at: DateTime<Utc>,
    /// By the server's clock.
    pub(crate) server_date: NaiveDate,
    pub(crate) program: String,
    /// The lowest number of a unit of this run.
    pub(crate) first_unit: i64,
    /// The settings of this run alone, if it did not use the archive's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) once: Option<ArchiveSettings>,
}

/// The common part of rows that name a unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) unit: i64,
    pub(crate) run: i64,
    pub(crate) server_date: Option<NaiveDate>,
    pub(crate) rows: u64,
    pub(crate) digest: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Listing {
    #[serde(flatten)]
    pub(crate) batch: Batch,
    /// The start and the end of what the run read of all sessions that the list names, except for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) complete_from_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) complete_through_ms: Option<i64>,
    /// Whether a part of the list could not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) partial: bool,
    /// Sessions that the previous list named, and this one does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) absent: Vec<String>,
    /// Sessions that were absent, and are named again unchanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) again: Vec<String>,
    /// Stretches of the whole account that no reading of this run can prove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) doubts: Vec<Doubt>,
}

/// A stretch of the whole account that is not proven, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Doubt {
    #[serde(flatten)]
    pub(crate) interval: Interval,
    pub(crate) reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) unit: i64,
    pub(crate) run: i64,
    pub(crate) session_id: String,
    pub(crate) asked: Dates,
    pub(crate) answered: AnsweredWindow,
    pub(crate) options: Options,
    pub(crate) settled: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) confirmed: bool,
    pub(crate) pages: u32,
    pub(crate) restarts: u32,
    pub(crate) rereads: u32,
    pub(crate) sent: u64,
    pub(crate) edited: u64,
    pub(crate) deleted: u64,
    pub(crate) duplicates: u64,
    pub(crate) without_time: u64,
    pub(crate) undecodable: u64,
    pub(crate) first_sent_at: Option<DateTime<Utc>>,
    pub(crate) last_sent_at: Option<DateTime<Utc>>,
    pub(crate) tracking_id: Option<String>,
    pub(crate) rows: u64,
    pub(crate) digest: String,
    /// Entries that the window should hold and does not, by number; each is reported once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_returned: Vec<i64>,
    /// Entries that were reported missing, and came again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) returned: Vec<i64>,
    /// Sent messages that came only now, although an earlier reading should have held them, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) late: Vec<i64>,
    /// Whether it holds everything that earlier readings held, except what was deleted, and no message that
    /// they should have held.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) agrees: bool,
    /// Days to be read again, because messages of these days changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) again: Vec<NaiveDate>,
    /// Whether the answer shows that edits of older messages are found, or that they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modifications: Option<ModificationsFlag>,
}

impl Window {
    /// The result for its session; none if it kept changing while it was read, and proves nothing.
    pub(crate) fn reading(&self) -> Option<Reading<'_>> {
        self.settled.then_some(Reading {
            run: self.run,
            asked: self.asked,
            answered: &self.answered,
            axis: self.options.axis,
            confirmed: self.confirmed,
            agrees: self.agrees,
        })
    }

    /// Whether it says only that the session was asked and had nothing new.
    pub(crate) fn is_quiet(&self) -> bool {
        self.settled
            && self.rows == 0
            && self.not_returned.is_empty()
            && self.returned.is_empty()
            && self.again.is_empty()
            && self.modifications.is_none()
    }

    /// The row of an answered window whose items are not counted yet.
    pub(crate) fn new(unit: i64, run: i64, facts: &WindowFacts) -> Self {
        Self {
            unit,
            run,
            session_id: facts.session_id.to_string(),
            asked: facts.asked,
            answered: facts.answered.clone(),
            options: facts.options.clone(),
            settled: facts.settled,
            confirmed: facts.confirmed,
            pages: facts.pages,
            restarts: facts.restarts,
            rereads: facts.rereads,
            sent: facts.sent,
            edited: facts.edited,
            deleted: facts.deleted,
            duplicates: facts.duplicates,
            without_time: facts.unplaceable,
            undecodable: facts.undecodable,
            first_sent_at: facts.first_sent_at,
            last_sent_at: facts.last_sent_at,
            tracking_id: facts.tracking_id.clone(),
            rows: 0,
            digest: String::new(),
            not_returned: Vec::new(),
            returned: Vec::new(),
            late: Vec::new(),
            agrees: false,
            again: Vec::new(),
            modifications: None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) run: i64,
    /// None for the list of sessions.
    pub(crate) session_id: Option<String>,
    pub(crate) asked: Dates,
    pub(crate) axis: GapAxis,
    pub(crate) class: GapClass,
    pub(crate) problem: ZoomProblem,
}

/// An acceptance: of stretches and files by name, or of what fails from then on.
///
/// A row of format 1 names one gap, in the fields without a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Accepted {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) gaps: Vec<AcceptedGap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_now_on: Option<FromNowOn>,
    pub(crate) reason: String,
    pub(crate) operator: String,
    pub(crate) at: DateTime<Utc>,
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    one: Option<AcceptedGap>,
}

impl Accepted {
    pub(crate) fn new(
        gaps: Vec<AcceptedGap>,
        from_now_on: Option<FromNowOn>,
        reason: &str,
        operator: &str,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            gaps,
            from_now_on,
            reason: reason.to_owned(),
            operator: operator.to_owned(),
            at,
            one: None,
        }
    }

    /// The gaps accepted by name.
    pub(crate) fn by_name(&self) -> impl Iterator<Item = &AcceptedGap> {
        self.gaps.iter().chain(&self.one)
    }
}

/// A gap accepted by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AcceptedGap {
    pub(crate) session_id: Option<String>,
    pub(crate) axis: GapAxis,
    pub(crate) file_id: Option<String>,
    /// The place of the file in its message, if it has no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<i64>,
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
}

/// An acceptance from then on: of failed requests of one session, or of one class of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FromNowOn {
    Session(String),
    Files(GapClass),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) run: i64,
    /// By this machine's clock.
    pub(crate) ended_at: DateTime<Utc>,
    pub(crate) outcome: Outcome,
}

/// The data that format 1 kept outside its ledger: taken over, not witnessed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Migrated {
    pub(crate) from_format: i32,
    pub(crate) program: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) settings: ArchiveSettings,
    pub(crate) modifications: ModificationsFlag,
    /// The items taken over, and the digest of all of them in their order.
    pub(crate) items: u64,
    pub(crate) digest: String,
    pub(crate) runs: Vec<OldRun>,
    /// Days to be read again.
    pub(crate) pending: Vec<(String, NaiveDate)>,
    /// Entries that Zoom no longer returned, with the run that saw it.
    pub(crate) not_returned: Vec<(i64, i64)>,
}

/// A run of format 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OldRun {
    pub(crate) run: i64,
    pub(crate) started_at: String,
    pub(crate) server_date: Option<String>,
    pub(crate) ended_at: Option<String>,
    pub(crate) outcome: Option<String>,
}

/// The state of a file: the text of an item of kind `file`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileFact {
    /// The id of the file; without an id, the entry and the place in it name the file.
    pub(crate) file_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<i64>,
    /// As the message gave it.
    pub(crate) name: Option<String>,
    /// As the message gave it.
    pub(crate) size: Option<i64>,
    /// Whether it was stored before, and its file is lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) lost: bool,
    #[serde(flatten)]
    pub(crate) outcome: FileOutcome,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileOutcome {
    /// It is stored under its hash, in hex.
    Stored { sha256: String, bytes: u64 },
    /// It could not be fetched.
    Failed {
        class: GapClass,
        problem: ZoomProblem,
    },
}
