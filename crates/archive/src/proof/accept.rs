//! Accepting gaps: by name, or from now on.

use chrono::{NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use zoom_chat_reports::dates::Interval;

use super::{
    days::midnight,
    gap::{Acceptance, GapReport, GapState},
    missing,
    state::State,
};
use crate::{
    archive::Archive,
    error::{Error, Result},
    facts::{Accepted, AcceptedGap, FromNowOn, LedgerRow},
    model::{GapAxis, GapClass},
};

/// The gaps to accept, why, and by whom. A gap must match all conditions that are given.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Accept {
    /// Only gaps with these names, or with names that begin with these.
    pub ids: Vec<String>,
    /// Only gaps of this class.
    pub class: Option<GapClass>,
    /// Only gaps of this session.
    pub session_id: Option<String>,
    /// Only gaps that end before this day, UTC.
    pub before: Option<NaiveDate>,
    /// Whether later failures of the same kind are accepted too: of the session, or of files of the class.
    /// Never covers what was not requested.
    pub from_now_on: bool,
    /// The reason.
    pub reason: String,
    /// The name of who accepts; it is not checked.
    pub operator: String,
}

impl Archive {
    /// Accepts gaps: they stay listed, and no longer make the archive incomplete. The ledger keeps who
    /// accepted what, and why.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if no open gap matches, a name matches two, or no reason is given.
    pub fn accept(&mut self, accept: &Accept) -> Result<Vec<GapReport>> {
        self.check_writable()?;
        let gaps = self.check_accept(accept)?;
        let from_now_on = accept.standing()?;
        let named: Vec<AcceptedGap> = gaps.iter().map(GapReport::to_accept).collect();
        let row = Accepted::new(
            named,
            from_now_on,
            accept.reason.trim(),
            accept.operator.trim(),
            Utc::now(),
        );
        self.decide(&LedgerRow::Accepted(Box::new(row)))?;
        self.checkpoint()?;
        let accepted = self.gaps()?.into_iter().filter(|gap| {
            let was_meant = |meant: &GapReport| meant.id == gap.id;
            !gap.is_open() && gaps.iter().any(was_meant)
        });
        Ok(accepted.collect())
    }

    /// The gaps that would be accepted; writes nothing.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn check_accept(&self, accept: &Accept) -> Result<Vec<GapReport>> {
        if accept.reason.trim().is_empty() {
            let text = "a gap is accepted only with a reason";
            return Err(Error::invalid(text, "say why with --reason"));
        }
        let from_now_on = accept.standing()?;
        let gaps = accept.chosen(self.gaps()?)?;
        if gaps.is_empty() && from_now_on.is_none() {
            return Err(Error::invalid("no open gap matches", "`gaps` lists them"));
        }
        Ok(gaps)
    }
}

impl Accept {
    fn standing(&self) -> Result<Option<FromNowOn>> {
        if !self.from_now_on {
            return Ok(None);
        }
        if !self.ids.is_empty() || self.before.is_some() {
            let text = "`from now on` cannot be limited to names or to a day";
            let hint = "give a session or a class of files alone, or omit `from now on`";
            return Err(Error::invalid(text, hint));
        }
        match (&self.session_id, self.class) {
            (Some(id), None) => Ok(Some(FromNowOn::Session(id.clone()))),
            (None, Some(class)) if class != GapClass::Transient => {
                Ok(Some(FromNowOn::Files(class)))
            }
            _ => {
                let text = "`from now on` accepts either one session or one class of files";
                let hint = "give either a session, or the class `refused` or `gone`; what a later \
                            run may fetch is not accepted in advance";
                Err(Error::invalid(text, hint))
            }
        }
    }

    /// The open gaps that match.
    fn chosen(&self, gaps: Vec<GapReport>) -> Result<Vec<GapReport>> {
        if self.ids.is_empty()
            && self.class.is_none()
            && self.session_id.is_none()
            && self.before.is_none()
        {
            return Ok(Vec::new());
        }
        let open: Vec<GapReport> = gaps.into_iter().filter(GapReport::is_open).collect();
        for id in &self.ids {
            let text = match open.iter().filter(|gap| is_name(id, gap)).count() {
                1 => continue,
                0 => format!("there is no open gap {id}"),
                count => format!("the names of {count} gaps begin with {id}"),
            };
            let hint = "`gaps` lists them; write more of the name";
            return Err(Error::invalid(text, hint));
        }
        let files_only = self.from_now_on && self.class.is_some();
        let is_meant = |gap: &GapReport| {
            (self.ids.is_empty() || self.ids.iter().any(|id| is_name(id, gap)))
                && self.class.is_none_or(|class| gap.class == class)
                && (self.session_id.is_none() || self.session_id == gap.session_id)
                && self.before.is_none_or(|day| gap.end <= midnight(day))
                && (!files_only || gap.axis == GapAxis::Attachment)
        };
        Ok(open.into_iter().filter(is_meant).collect())
    }
}

/// Whether a name, or its beginning, matches this gap.
fn is_name(id: &str, gap: &GapReport) -> bool {
    id.len() >= 4 && gap.id.starts_with(&id.to_ascii_lowercase())
}

/// A decision that something may be missing. The ledger keeps it, even if a later run fetches what was
/// missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AcceptanceReport {
    /// The reason, who accepted it, and when.
    #[serde(flatten)]
    pub acceptance: Acceptance,
    /// The number of gaps that it named.
    pub gaps: u64,
    /// The number of its gaps that are missing now.
    pub missing_now: u64,
}

/// All acceptances ever, in order.
pub(crate) fn acceptances(state: &State, gaps: &[GapReport]) -> Vec<AcceptanceReport> {
    let report = |accepted: &Accepted| {
        let acceptance = acceptance(accepted);
        let missing = gaps
            .iter()
            .filter(|gap| gap.acceptance.as_ref() == Some(&acceptance));
        AcceptanceReport {
            gaps: accepted.by_name().count() as u64,
            missing_now: missing.count() as u64,
            acceptance,
        }
    };
    state.accepted.iter().map(report).collect()
}

impl State {
    /// Divides a gap into accepted and open parts.
    pub(super) fn divided(&self, gap: &GapReport) -> Vec<GapReport> {
        let mut open = vec![gap.interval()];
        let mut parts = Vec::new();
        for accepted in &self.accepted {
            let covered = self.covers(accepted, gap);
            if covered.is_empty() {
                continue;
            }
            let mut left = Vec::new();
            for interval in open {
                for covered in &covered {
                    let part = interval.intersection(*covered);
                    if !part.is_empty() {
                        let mut part = gap.part(part);
                        part.state = GapState::Accepted;
                        part.acceptance = Some(acceptance(accepted));
                        parts.push(part);
                    }
                }
                left.extend(interval.without(&covered));
            }
            open = left;
        }
        // The ledger keeps no parts of a millisecond.
        let open = open
            .into_iter()
            .filter(|open| open.end - open.start >= chrono::TimeDelta::milliseconds(1));
        parts.extend(open.map(|open| gap.part(open)));
        parts.sort_by_key(|part| part.start);
        parts
    }

    /// The accepted stretches of a gap's axis and session, in order and separate.
    fn covers(&self, accepted: &Accepted, gap: &GapReport) -> Vec<Interval> {
        let by_name = accepted.by_name().filter(|named| {
            named.axis == gap.axis
                && named.session_id == gap.session_id
                && named.file_id == gap.file_id
                && (named.place.is_none() || named.place == gap.file_place)
        });
        let by_name = by_name.filter_map(|named| {
            let at = chrono::DateTime::from_timestamp_millis;
            Some(Interval::new(at(named.start_ms)?, at(named.end_ms)?))
        });
        Interval::union(by_name.chain(self.standing(accepted, gap)))
    }

    /// The part of a gap that an acceptance from then on covers: what was asked for and failed.
    fn standing(&self, accepted: &Accepted, gap: &GapReport) -> Vec<Interval> {
        let is_file = gap.axis == GapAxis::Attachment;
        match &accepted.from_now_on {
            Some(FromNowOn::Files(class)) if is_file && gap.class == *class => vec![gap.interval()],
            Some(FromNowOn::Session(id)) if gap.session_id.as_ref() == Some(id) => {
                if is_file {
                    return vec![gap.interval()];
                }
                let failures = self.failures.get(&(Some(id.clone()), gap.axis));
                failures.map_or_else(Vec::new, |failures| failures.asked.clone())
            }
            _ => Vec::new(),
        }
    }

    /// Whether anything of a session was accepted on an axis: then its failures make no run incomplete.
    pub(crate) fn is_accepted(&self, session_id: Option<&str>, axis: GapAxis) -> bool {
        self.accepted.iter().any(|accepted| {
            let by_name = |named: &AcceptedGap| {
                named.session_id.as_deref() == session_id && named.axis == axis
            };
            let stands = matches!(&accepted.from_now_on, Some(FromNowOn::Session(id)) if Some(id.as_str()) == session_id);
            stands || accepted.by_name().any(by_name)
        })
    }
}

fn acceptance(accepted: &Accepted) -> Acceptance {
    Acceptance {
        reason: accepted.reason.clone(),
        operator: accepted.operator.clone(),
        at: accepted.at,
        from_now_on: accepted.from_now_on.is_some(),
    }
}

impl Archive {
    /// Everything that is missing now: open gaps and accepted ones.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn gaps(&self) -> Result<Vec<GapReport>> {
        let state = missing::read(&self.db, &self.settings)?;
        Ok(missing::gaps(&self.db, &state, &self.settings)?.0)
    }
}
