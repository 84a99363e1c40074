//! What an answer says of edits and deletions: which days are to be read again, and whether the
//! account tells of changes of older messages at all.

use chrono::{DateTime, NaiveDate, TimeDelta};
use rusqlite::params;
use zoom_chat_reports::{
    dates::Interval,
    harvest::{WindowFacts, WindowId},
};

use super::Run;
use crate::{error::Result, store::Done};

/// How late a change may become visible, with a margin.
const LATE: TimeDelta = TimeDelta::hours(2);

impl Run<'_> {
    /// What was read by the time sent settles what was pending for these days.
    pub(super) fn read_by_time_sent(&mut self, done: &Done, facts: &WindowFacts) -> Result<()> {
        if !facts.settled {
            return Ok(());
        }
        self.writer
            .db
            .prepare_cached(
                "DELETE FROM pending WHERE session = ?1
                 AND unixepoch(day) * 1000 >= ?2 AND (unixepoch(day) + 86400) * 1000 <= ?3",
            )?
            .execute(params![
                done.session,
                facts.answered.kept.start.timestamp_millis(),
                facts.answered.kept.end.timestamp_millis()
            ])?;
        let proves = facts.answered.proves();
        if !proves.is_empty() {
            let read = self.tally.read.entry(done.session).or_default();
            let read_now = Interval {
                start: proves.start,
                end: facts.answered.kept.end,
            };
            read.push((read_now, facts.answered.as_of));
        }
        Ok(())
    }

    /// Changes of messages that were not just read: their days are to be read again.
    pub(super) fn want_parents(&mut self, done: &Done) -> Result<()> {
        let changes: Vec<(i64, Option<i64>, String)> = self
            .writer
            .db
            .prepare_cached(
                "SELECT DISTINCT sent_ms, action_timestamp, date(sent_ms / 1000, 'unixepoch')
                 FROM entries WHERE unit = ?1 AND kind > 0 AND sent_ms >= 0",
            )?
            .query_map([done.unit], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        let read = self.tally.read.get(&done.session);
        for (sent, action, day) in changes {
            let instant = DateTime::from_timestamp_millis;
            let just_read = read.into_iter().flatten().any(|(read, as_of)| {
                // What was changed shortly before may not have been visible yet.
                let was_visible = action
                    .and_then(instant)
                    .is_some_and(|action| action < *as_of - LATE);
                was_visible && instant(sent).is_some_and(|sent| read.contains(sent))
            });
            if !just_read {
                self.writer
                    .db
                    .prepare_cached(
                        "INSERT OR IGNORE INTO pending (session, day, unit) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![done.session, day, done.unit])?;
            }
        }
        Ok(())
    }

    /// Whether an answer shows that changes of older messages are found, or that they are not.
    pub(super) fn prove_flag(
        &mut self,
        id: &WindowId,
        entries: &[zoom_chat_reports::Entry],
    ) -> Result<()> {
        use super::ModificationsFlag as Flag;
        let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
        let first = midnight(id.window.from) - TimeDelta::hours(14);
        let last = midnight(id.window.to) + TimeDelta::hours(36);
        let changes = entries
            .iter()
            .filter(|entry| entry.kind() != zoom_chat_reports::EntryKind::Sent);
        for entry in changes {
            let is_proof = entry.sent_at().is_some_and(|sent| sent < first)
                && entry
                    .modified_at()
                    .is_none_or(|at| at >= first && at < last);
            let refutes = entry
                .modified_at()
                .is_some_and(|at| (at < first || at >= last) && entry.sent_at() >= Some(first));
            let flag = match (is_proof, refutes) {
                (true, _) => Flag::Proven,
                (_, true) => Flag::Ignored,
                _ => continue,
            };
            let known = crate::store::state(self.writer.db, "modifications")?;
            if Flag::parse(known.as_deref()) == Flag::Unproven {
                crate::store::set_state(self.writer.db, "modifications", flag.name())?;
            }
        }
        Ok(())
    }
}
