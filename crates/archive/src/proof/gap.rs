//! A gap: what is missing, whether a later run can fetch it, and who accepted it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zoom_chat_reports::dates::Interval;

use crate::{
    facts::{
        AcceptedGap,
        digest::{hex, sha256},
    },
    model::{GapAxis, GapClass, ZoomProblem},
};

/// Whether a gap still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapState {
    /// Missing, and not accepted.
    Open,
    /// Missing, and accepted; it stays listed.
    Accepted,
}

/// How and by whom a gap was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Acceptance {
    /// The reason.
    pub reason: String,
    /// The name of who accepted it; it is not checked.
    pub operator: String,
    /// When it was accepted, by the clock of that machine.
    pub at: DateTime<Utc>,
    /// Whether it also covers later failures of the same kind.
    pub from_now_on: bool,
}

/// Something that is missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GapReport {
    /// Its name, for `accept`: 16 hex digits, which follow from what is missing and since when. The first
    /// digits are enough if no other gap has them.
    pub id: String,
    /// The session; null for the whole account.
    pub session_id: Option<String>,
    /// The time by which it is missing.
    pub axis: GapAxis,
    /// The first instant that is missing.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
    /// Zoom's id of the missing file, if the gap is a file with an id.
    pub file_id: Option<String>,
    /// The place of the missing file in its message, if it has no id.
    pub file_place: Option<i64>,
    /// Whether a later run can fetch it.
    pub class: GapClass,
    /// Whether it still counts.
    pub state: GapState,
    /// The reason, if it is known and there is no failure.
    pub reason: Option<String>,
    /// The last failure that explains it.
    pub failure: Option<ZoomProblem>,
    /// How it was accepted.
    pub acceptance: Option<Acceptance>,
}

impl GapReport {
    /// An open gap.
    pub(crate) fn new(
        session_id: Option<&str>,
        axis: GapAxis,
        interval: Interval,
        class: GapClass,
    ) -> Self {
        Self {
            id: String::new(),
            session_id: session_id.map(str::to_owned),
            axis,
            start: interval.start,
            end: interval.end,
            file_id: None,
            file_place: None,
            class,
            state: GapState::Open,
            reason: None,
            failure: None,
            acceptance: None,
        }
    }

    /// The same gap, for another stretch.
    pub(crate) fn part(&self, interval: Interval) -> Self {
        Self {
            start: interval.start,
            end: interval.end,
            ..self.clone()
        }
        .named()
    }

    /// Sets the name, which follows from what is missing.
    pub(crate) fn named(mut self) -> Self {
        let place = self.file_place.map(|place| place.to_string());
        let parts = [
            &crate::text::word(self.axis),
            self.session_id.as_deref().unwrap_or_default(),
            self.file_id
                .as_deref()
                .or(place.as_deref())
                .unwrap_or_default(),
            &self.start.timestamp_millis().to_string(),
        ];
        self.id = hex(&sha256(parts.join("\n").as_bytes())[..8]);
        self
    }

    /// The stretch of time that is missing.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval::new(self.start, self.end)
    }

    /// Whether it is missing and not accepted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == GapState::Open
    }

    /// Whether it makes the archive incomplete: it is open, and not a file that Zoom no longer has.
    #[must_use]
    pub fn counts(&self) -> bool {
        let is_gone_file = self.axis == GapAxis::Attachment && self.class == GapClass::Gone;
        self.is_open() && !is_gone_file
    }

    /// Whether a later run may fetch it.
    #[must_use]
    pub fn is_healable(&self) -> bool {
        self.class == GapClass::Transient
    }

    /// The form in which the ledger keeps it when it is accepted.
    pub(crate) fn to_accept(&self) -> AcceptedGap {
        AcceptedGap {
            session_id: self.session_id.clone(),
            axis: self.axis,
            file_id: self.file_id.clone(),
            place: self.file_place,
            start_ms: self.start.timestamp_millis(),
            end_ms: self.end.timestamp_millis(),
        }
    }
}

/// Gaps, and their number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps(pub(crate) Vec<GapReport>);

impl Gaps {
    pub(crate) fn count_accepted(&self) -> u64 {
        self.0.iter().filter(|gap| !gap.is_open()).count() as u64
    }

    /// The first of them, open ones before accepted ones.
    pub(crate) fn first(mut self, most: usize) -> Vec<GapReport> {
        self.0.sort_by_key(|gap| !gap.is_open());
        self.0.truncate(most);
        self.0
    }
}
