//! Messages: one row for all entries with one id.

use rusqlite::{Connection, params};
use zoom_chat_reports::{EntryKind, types::MessageKeys};

use super::people::{self, Named};
use crate::{error::Result, facts::digest::hex, sql::Sql};

/// The identity of a message in its session: Zoom's id. Without an id, each entry is a message.
pub(super) fn identity(keys: &MessageKeys, key: &[u8]) -> String {
    keys.id.clone().unwrap_or_else(|| hex(key).to_uppercase())
}

/// The number of the message with this identity.
pub(super) fn find(db: &Connection, session: i64, identity: &str) -> Result<Option<i64>> {
    let sql = "SELECT no FROM message_columns WHERE message_id = ?1 AND session = ?2";
    db.first(sql, params![identity, session], |row| row.get(0))
}

/// An entry, as known before it is stored.
pub(super) struct NewEntry<'a> {
    pub(super) id: i64,
    pub(super) kind: EntryKind,
    pub(super) sent_ms: i64,
    pub(super) person: i64,
    pub(super) has_text: bool,
    pub(super) thread: Option<&'a str>,
}

/// Adds a message of which this entry is the first.
pub(super) fn new(
    db: &Connection,
    session: i64,
    identity: &str,
    first: &NewEntry<'_>,
) -> Result<i64> {
    let is = |kind| first.kind == kind;
    let sql = "INSERT INTO message_columns (session, message_id, thread, sent_ms, person, said,
           sent_entry, edited_entry, deleted_entry, edits, versions)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)";
    let values = params![
        session,
        identity,
        not_its_own(first.thread, identity),
        Some(first.sent_ms).filter(|sent| *sent != -1),
        first.person,
        first.has_text.then_some(first.id),
        is(EntryKind::Sent).then_some(first.id),
        is(EntryKind::Edited).then_some(first.id),
        is(EntryKind::Deleted).then_some(first.id),
        is(EntryKind::Edited),
    ];
    db.run(sql, values)?;
    Ok(db.last_insert_rowid())
}

/// Adds another entry, which is stored already, to a message. Of several entries of a kind the newest counts; of edits,
/// the one that was made last.
pub(super) fn add(db: &Connection, no: i64, entry: &NewEntry<'_>) -> Result<()> {
    let place = match entry.kind {
        EntryKind::Sent => "sent_entry = max(COALESCE(sent_entry, 0), ?2)",
        EntryKind::Deleted => "deleted_entry = max(COALESCE(deleted_entry, 0), ?2)",
        EntryKind::Edited => {
            "edits = edits + 1, versions = versions + 1, edited_entry = (
               SELECT id FROM entry_columns WHERE id IN (?2, edited_entry)
               ORDER BY COALESCE(action_timestamp, -1) DESC, id DESC LIMIT 1)"
        }
    };
    let sql = format!(
        "UPDATE message_columns SET {place},
         sent_ms = NULLIF(max(COALESCE(sent_ms, -1), ?3), -1) WHERE no = ?1"
    );
    db.run(&sql, params![no, entry.id, entry.sent_ms])?;
    refresh(db, no, entry.id)
}

/// Updates the message of `entry`, which has another version.
pub(super) fn add_version(db: &Connection, no: i64, entry: i64) -> Result<()> {
    let sql = "UPDATE message_columns SET versions = versions + 1 WHERE no = ?1";
    db.run(sql, [no])?;
    refresh(db, no, entry)
}

/// Sets the thread that a message belongs to.
pub(super) fn set_thread(
    db: &Connection,
    no: i64,
    identity: &str,
    thread: Option<&str>,
) -> Result<()> {
    let sql = "UPDATE message_columns SET thread = ?2 WHERE no = ?1";
    db.run(sql, params![no, not_its_own(thread, identity)])
}

/// The thread that a message names, if it is not the thread that it begins.
fn not_its_own<'a>(thread: Option<&'a str>, identity: &str) -> Option<&'a str> {
    // As SQLite's `lower` and `trim` do, which the views use.
    let own = identity.trim_matches(['{', '}']).to_ascii_lowercase();
    thread.filter(|thread| !thread.is_empty() && *thread != own)
}

/// An entry of a message, as the message's row needs it.
struct Part {
    /// The item with its last text.
    said: Option<i64>,
    text_changed: bool,
    sender: [Option<String>; 3],
}

/// Finds the text and the sender of a message, from its sent entry, its last edit, its deletion, and the entry that came
/// last.
fn refresh(db: &Connection, no: i64, came: i64) -> Result<()> {
    let sql = "SELECT sent_entry, edited_entry, deleted_entry FROM message_columns WHERE no = ?1";
    let (sent, edited, deleted) = db.one(sql, [no], |row| row.try_into())?;
    let read = |id: Option<i64>| id.map(|id| part(db, id)).transpose();
    let (sent, edited, deleted) = (read(sent)?, read(edited)?, read(deleted)?);
    let came = part(db, came)?;
    // Zoom may show the text after the edit in the message itself, or only in the edit.
    let shows_edits = sent.as_ref().is_some_and(|sent| sent.text_changed) || edited.is_none();
    let said = match &sent {
        Some(sent) if shows_edits => sent.said,
        _ => [&edited, &sent, &deleted]
            .into_iter()
            .flatten()
            .find_map(|part| part.said),
    };
    let tellers = [sent.as_ref(), deleted.as_ref(), Some(&came)];
    let who = |field: usize| {
        let mut tellers = tellers.into_iter().flatten();
        tellers.find_map(|part| part.sender[field].as_deref())
    };
    let who = Named {
        email: who(0),
        member_id: who(1),
        name: who(2),
    };
    let sql = "UPDATE message_columns SET person = ?2, said = ?3 WHERE no = ?1";
    db.run(sql, params![no, people::number(db, who)?, said])
}

fn part(db: &Connection, entry: i64) -> Result<Part> {
    let sql = "SELECT CASE WHEN v.text IS NOT NULL THEN v.id WHEN e.text IS NOT NULL THEN e.id END,
           EXISTS (SELECT 1 FROM version_columns x WHERE x.entry = e.id AND x.class = 'content'),
           p.sender, p.sender_member_id, p.sender_name
         FROM entry_columns e JOIN people p ON p.no = e.person
         LEFT JOIN version_columns v ON v.id = e.latest WHERE e.id = ?1";
    let part = db.one(sql, [entry], |row| {
        Ok(Part {
            said: row.get(0)?,
            text_changed: row.get(1)?,
            sender: [row.get(2)?, row.get(3)?, row.get(4)?],
        })
    })?;
    Ok(part)
}
