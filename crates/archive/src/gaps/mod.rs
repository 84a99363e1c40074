//! What is missing: derived from the ledger, kept by name, accepted by name.

mod list;
mod missing;
mod reconcile;

use chrono::{DateTime, Utc};
use rusqlite::params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::{Again, ErrorKind as ZoomKind};

use crate::{
    Archive,
    error::{Error, ErrorKind, Result},
    ledger::{self, Accepted},
    sync::ZoomProblem,
};

pub(crate) use list::{count, list};
pub(crate) use missing::{Missing, files_to_accept, is_accepted, missing};
pub(crate) use reconcile::{any_open, reconcile, unlisted};

use list::find;

/// What can be hoped for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapClass {
    /// A later run may bring it.
    Transient,
    /// Zoom refuses it, or its answer cannot be used: a later run, unchanged, does not bring it.
    Refused,
    /// It lies beyond what Zoom keeps: gone for ever.
    Gone,
}

impl GapClass {
    pub(crate) fn of(error: &zoom_chat_reports::Error) -> Self {
        match error.again() {
            Again::Now | Again::Later => Self::Transient,
            Again::Never if error.kind() == ZoomKind::OutOfReach => Self::Gone,
            Again::Never => Self::Refused,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Refused => "refused",
            Self::Gone => "gone",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "refused" => Self::Refused,
            "gone" => Self::Gone,
            _ => Self::Transient,
        }
    }
}

/// Whether a gap still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapState {
    /// Missing.
    Open,
    /// Missing, and accepted by name; listed for ever.
    Accepted,
}

/// By which time something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapAxis {
    /// Messages by the time they were sent.
    Sent,
    /// Edits and deletions by their own time.
    Modified,
    /// The list of sessions.
    List,
    /// A file that hangs on a message, by the time the message was sent.
    Attachment,
}

impl GapAxis {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Modified => "modified",
            Self::List => "list",
            Self::Attachment => "attachment",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "modified" => Self::Modified,
            "list" => Self::List,
            "attachment" => Self::Attachment,
            _ => Self::Sent,
        }
    }
}

/// How and by whom a gap was accepted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// By whom.
    pub operator: String,
    /// When.
    pub at: String,
}

/// Something that is missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GapReport {
    /// Its name, for `accept`.
    pub id: i64,
    /// The session; null for the list of sessions.
    pub session_id: Option<String>,
    /// By which time.
    pub axis: GapAxis,
    /// The first instant that is missing.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
    /// Zoom's id of the file that is missing, where one is and has an id.
    pub file_id: Option<String>,
    /// What can be hoped for.
    pub class: GapClass,
    /// Whether it still counts.
    pub state: GapState,
    /// The run in which it was first seen.
    pub first_run: i64,
    /// The last failure that explains it.
    pub failure: Option<ZoomProblem>,
    /// How it was accepted.
    pub acceptance: Option<Acceptance>,
}

impl Archive {
    /// All gaps: open ones and accepted ones.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn gaps(&self) -> Result<Vec<GapReport>> {
        list(&self.db, i64::MAX)
    }

    /// Accepts a gap by name: it is listed for ever, and no longer makes a run incomplete.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when there is no such open gap, or no reason is given.
    pub fn accept_gap(&mut self, id: i64, reason: &str, operator: &str) -> Result<GapReport> {
        self.check_writable()?;
        if reason.trim().is_empty() {
            return Err(
                Error::new(ErrorKind::InvalidInput, "a gap is accepted for a reason")
                    .hint_text("say why with --reason"),
            );
        }
        let tx = self.db.transaction()?;
        let gap = find(&tx, id)?
            .filter(|gap| gap.state == GapState::Open)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("there is no open gap {id}"),
                )
                .hint_text("`gaps` lists them")
            })?;
        let at = Utc::now();
        ledger::append(
            &tx,
            &Accepted {
                kind: "accepted",
                gap: id,
                session_id: gap.session_id.as_deref(),
                axis: gap.axis.name(),
                file_id: gap.file_id.as_deref(),
                start_ms: gap.start.timestamp_millis(),
                end_ms: gap.end.timestamp_millis(),
                reason,
                operator,
                at,
            },
        )?;
        tx.execute(
            "UPDATE gaps SET state = 'accepted', reason = ?2, operator = ?3, accepted_at = ?4 WHERE id = ?1",
            params![id, reason, operator, at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)],
        )?;
        let gap = find(&tx, id)?;
        tx.commit()?;
        self.checkpoint()?;
        gap.ok_or_else(|| Error::new(ErrorKind::Damaged, "the gap is gone"))
    }
}
