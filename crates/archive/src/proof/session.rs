//! The proof of one session, and what remains to be asked.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zoom_chat_reports::{
    Axis,
    dates::{Interval, Proof, SETTLED_AFTER},
};

use crate::facts::Reading;

/// A window that begins at Zoom's floor begins at most this long after what was asked for.
const HEAD_DAYS: u64 = 12;

/// A message sent this long before a reading is in it, however late it became visible.
pub(crate) const SURELY_VISIBLE: TimeDelta = TimeDelta::days(7);

/// The proven instants of one session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SessionProof {
    #[serde(with = "intervals")]
    sent: Proof<i64>,
    #[serde(with = "intervals")]
    modified: Proof<i64>,
    /// When the oldest of its sent windows was read; all earlier changes of their messages are known.
    upto: Option<DateTime<Utc>>,
    /// The instants whose messages no second reading needs to confirm.
    #[serde(with = "intervals")]
    confirmed: Proof<i64>,
    /// The instants that were read again in vain, and the last day of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tried: Vec<(Interval, NaiveDate)>,
    /// The run that read the first of these windows.
    first_run: Option<i64>,
    /// The first instant asked for and the first proven, if Zoom's floor lies between them.
    head: Option<Interval>,
    /// The run that found the floor.
    head_run: i64,
}

impl SessionProof {
    /// The instants whose sent messages are all here.
    pub(crate) fn sent(&self) -> Vec<Interval> {
        self.sent.intervals()
    }

    /// The instants whose changes are all here.
    pub(crate) fn modified(&self) -> Vec<Interval> {
        let asked = self.modified.intervals();
        Interval::union(asked.into_iter().chain(self.upto.map(all_up_to)))
    }

    /// The instants that only one reading proves.
    pub(crate) fn unconfirmed(&self, within: Interval) -> Vec<Interval> {
        let confirmed = self.confirmed.intervals();
        let sent = self.sent().into_iter();
        sent.flat_map(|proven| proven.intersection(within).without(&confirmed))
            .collect()
    }

    /// The last day on which something of these instants was read again in vain.
    pub(crate) fn tried_on(&self, instants: Interval) -> Option<NaiveDate> {
        let tried = self.tried.iter();
        let tried = tried.filter(|(tried, _)| !tried.intersection(instants).is_empty());
        tried.map(|(_, day)| *day).max()
    }

    /// Notes that these instants, of which one reading is known, could not be read again, or not alike.
    pub(super) fn note_failed_reread(&mut self, instants: Interval, day: NaiveDate) {
        let again = Interval::union(self.sent().iter().map(|sent| sent.intersection(instants)));
        self.keep_tried(&again);
        self.tried
            .extend(again.into_iter().map(|again| (again, day)));
    }

    /// Forgets what was read in vain, except what is outside these instants.
    fn keep_tried(&mut self, others: &[Interval]) {
        let tried = std::mem::take(&mut self.tried).into_iter();
        let left = tried.flat_map(|(tried, day)| {
            let left = tried.without(others).into_iter();
            left.map(move |left| (left, day))
        });
        self.tried = left.collect();
    }

    /// The instant from which changes must be asked for.
    pub(crate) fn modified_from(&self) -> Option<DateTime<Utc>> {
        Some(self.upto? - SETTLED_AFTER)
    }

    /// The first instant whose changes are not known.
    pub(crate) fn modified_open_from(&self) -> Option<DateTime<Utc>> {
        let from = self.modified_from()?;
        let known = self.modified();
        Some(
            known
                .iter()
                .find(|known| known.start <= from && from <= known.end)
                .map_or(from, |known| known.end),
        )
    }

    /// The instants that need not be asked for: those proven, and those before them that Zoom did not provably
    /// answer and will not answer from now on.
    pub(super) fn asked(&self) -> Vec<Interval> {
        let mut asked = self.sent();
        for interval in &mut asked {
            let at_floor = |head: &Interval| interval.start <= head.end && head.end <= interval.end;
            if let Some(head) = self.head.filter(at_floor) {
                interval.start = interval.start.min(head.start);
            }
        }
        asked
    }

    /// The instants that a reading confirms: all of them if it was one page; otherwise those that an earlier reading
    /// holds too, if both agree.
    fn confirm(&mut self, reading: &Reading<'_>) {
        let answered = reading.answered;
        let until = answered.as_of - SURELY_VISIBLE;
        let all = Interval::new(answered.kept.start, answered.kept.end.min(until));
        if all.is_empty() {
            return;
        }
        let again = Interval::union(self.sent().iter().map(|sent| sent.intersection(all)));
        if self.first_run != Some(reading.run) {
            self.note_failed_reread(all, answered.as_of.date_naive());
        }
        let confirmed = match (reading.confirmed, reading.agrees) {
            (true, _) => vec![all],
            (false, true) => again,
            (false, false) => Vec::new(),
        };
        for kept in confirmed.into_iter().filter(|kept| !kept.is_empty()) {
            let mut answered = answered.clone();
            answered.kept = kept;
            self.confirmed.add(reading.run, answered);
        }
        if !self.tried.is_empty() {
            let confirmed = self.confirmed.intervals();
            self.keep_tried(&confirmed);
        }
    }

    fn note_head(&mut self, reading: &Reading<'_>) {
        let head = Interval {
            start: reading.answered.kept.start,
            end: reading.answered.proves().start,
        };
        let is_first_window = reading.asked.from <= head.start.date_naive() + Days::new(HEAD_DAYS);
        let is_earlier = self.head.is_none_or(|known| head.end <= known.end);
        if is_first_window && head.start < head.end && is_earlier {
            self.head = Some(head);
            self.head_run = reading.run;
        }
    }

    /// If a head ends later than the account's floor, its session was refused for another reason, and is asked
    /// for again.
    pub(super) fn check_head(&mut self, run: i64, complete_from: DateTime<Utc>) {
        let is_later = self.head.is_some_and(|head| head.end > complete_from);
        if self.head_run == run && is_later {
            self.head = None;
        }
    }

    /// Whether all its windows of messages were read by this run.
    pub(crate) fn is_read_by(&self, run: i64) -> bool {
        self.first_run == Some(run)
    }

    /// Adds an answered window; only one that answers the question may be.
    pub(super) fn add(&mut self, reading: &Reading<'_>) {
        let proof = match reading.axis {
            Axis::Sent => {
                let as_of = reading.answered.as_of;
                self.upto = Some(self.upto.map_or(as_of, |upto| upto.min(as_of)));
                self.first_run.get_or_insert(reading.run);
                self.note_head(reading);
                self.confirm(reading);
                &mut self.sent
            }
            Axis::Modified => &mut self.modified,
        };
        proof.add(reading.run, reading.answered.clone());
    }
}

/// Keeps a proof as the intervals that it proves: its run has ended.
mod intervals {
    use super::{Deserialize, Deserializer, Interval, Proof, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(proof: &Proof<i64>, to: S) -> Result<S::Ok, S::Error> {
        proof.intervals().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Proof<i64>, D::Error> {
        let mut proof = Proof::default();
        for interval in Vec::<Interval>::deserialize(from)? {
            proof.insert(interval);
        }
        Ok(proof)
    }
}

/// The proof of changes by windows read by the time sent: all changes made before the reading are known.
fn all_up_to(upto: DateTime<Utc>) -> Interval {
    Interval {
        start: DateTime::UNIX_EPOCH + TimeDelta::days(1),
        end: upto - SETTLED_AFTER,
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
