//! All entries that a perfect reader would find in the account now: the oracle of tests.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::render;
use crate::rules;
use crate::view::{Slot, View};

/// Which array of a report an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthKind {
    /// `messages`.
    Sent,
    /// `edited_messages`.
    Edited,
    /// `deleted_messages`.
    Deleted,
}

/// One element that a reader who asks for everything would find now, under the
/// account's settings. All times are epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TruthEntry {
    /// The session's id.
    pub session_id: Arc<str>,
    /// The array it stands in.
    pub kind: TruthKind,
    /// The message's id.
    pub id: String,
    /// When the message was sent; for edits and deletions too. The true instant,
    /// whatever the item says.
    pub timestamp: i64,
    /// The item's `timestamp`, as served: not the true instant where `odd_times`
    /// says so; `None` when it carries none.
    pub served_timestamp: Option<i64>,
    /// The item's `action_timestamp`, as served; `None` when it carries none.
    pub action_timestamp: Option<i64>,
    /// When the message that was edited or deleted was sent; `None` for sent ones.
    pub parent_timestamp: Option<i64>,
    /// When it was sent, edited or deleted, also when the item does not say so.
    pub happened_at: i64,
    /// How many files the message names, in each of its items.
    pub files: u32,
    /// Whether it can be asked for at all now: `timestamp` is not beyond a floor
    /// that is enforced nor after a future limit that is, and a URL can name the
    /// session (not where the id is empty, `.` or `..`).
    pub reachable: bool,
    /// Whether it can be read now: its time has come (U16), and it has not vanished.
    pub visible: bool,
    /// Whether the fault `vanish` took it out of the account.
    pub vanished: bool,
}

/// A place in the walk over all entries: session and message.
pub(crate) type Place = (usize, usize);

/// How many messages are walked over at a time.
const STEP: usize = 2000;

/// Appends the entries of some messages from `place` on, and returns the next place.
pub(crate) fn step(view: &View<'_>, place: Place, out: &mut Vec<TruthEntry>) -> Option<Place> {
    let (session, first) = place;
    let told = view.world.sessions.get(session)?;
    let (id, is_nameable): (Arc<str>, bool) = (told.id.as_str().into(), told.is_nameable);
    let now = chrono::DateTime::from_timestamp_millis(view.now).unwrap_or_default();
    let (start, end) = rules::reach(&view.settings.range, now);
    let reach = start.timestamp_millis()..end.timestamp_millis();
    let messages = view.messages(session);
    for message in messages.iter().skip(first).take(STEP) {
        for entry in view.entries(*message) {
            let kind = match entry.slot {
                Slot::Sent => TruthKind::Sent,
                Slot::Edited(_) => TruthKind::Edited,
                Slot::Deleted => TruthKind::Deleted,
            };
            out.push(TruthEntry {
                session_id: Arc::clone(&id),
                kind,
                id: render::message_id(view, session, *message),
                timestamp: message.ts,
                served_timestamp: render::timestamp(view, *message),
                action_timestamp: view.action_timestamp(*message, entry.slot),
                parent_timestamp: (kind != TruthKind::Sent).then_some(message.ts),
                happened_at: entry.at,
                files: render::file::File::of(*message).len() as u32,
                reachable: is_nameable && reach.contains(&message.ts),
                visible: entry.visible,
                vanished: view.has_vanished(*message),
            });
        }
    }
    if first + STEP < messages.len() {
        Some((session, first + STEP))
    } else {
        Some((session + 1, 0))
    }
}
