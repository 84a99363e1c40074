//! Edits and deletions in an answer: which days must be read again, and whether the account reports
//! changes of older messages at all.

use std::{collections::BTreeSet, ops::RangeInclusive};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use zoom_chat_reports::{
    Entry, EntryKind,
    dates::{Interval, earliest_midnight, latest_midnight},
    harvest::WindowId,
};

use crate::model::ModificationsFlag;

/// The longest time until a change becomes visible, with a margin.
const LATE: TimeDelta = TimeDelta::hours(2);

/// The days of changed messages that were not just read. `changes` holds when messages were sent and when
/// they were changed. `read` holds what this run has read by the time sent, and when. Zoom has the days of
/// `within`.
pub(super) fn days_to_read_again(
    changes: &[(i64, Option<i64>)],
    read: &[(Interval, DateTime<Utc>)],
    within: &RangeInclusive<NaiveDate>,
) -> Vec<NaiveDate> {
    let instant = DateTime::from_timestamp_millis;
    let not_just_read = changes.iter().filter_map(|(sent, action)| {
        let sent = instant(*sent)?;
        let just_read = read.iter().any(|(read, as_of)| {
            // A change made shortly before may not have been visible yet.
            let was_visible = action
                .and_then(instant)
                .is_some_and(|action| action < *as_of - LATE);
            was_visible && read.contains(sent)
        });
        (!just_read).then(|| sent.date_naive())
    });
    let days: BTreeSet<NaiveDate> = not_just_read.filter(|day| within.contains(day)).collect();
    days.into_iter().collect()
}

/// Whether an answer shows that changes of older messages are found, or that they are not found.
pub(super) fn shows(id: &WindowId, entries: &[Entry]) -> Option<ModificationsFlag> {
    let first = earliest_midnight(id.window.from);
    let last = latest_midnight(id.window.to) + Days::new(1);
    let is_outside = |at: DateTime<Utc>| at < first || at >= last;
    let mut changes = entries
        .iter()
        .filter(|entry| entry.kind() != EntryKind::Sent);
    changes.find_map(|entry| {
        let was_older = entry.sent_at().is_some_and(|sent| sent < first);
        match entry.modified_at() {
            Some(at) if is_outside(at) => {
                (entry.sent_at() >= Some(first)).then_some(ModificationsFlag::Ignored)
            }
            _ => was_older.then_some(ModificationsFlag::Proven),
        }
    })
}
