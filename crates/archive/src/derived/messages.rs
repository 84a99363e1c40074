//! Messages: what entries with one id say together, a row each.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, params};
use zoom_chat_reports::{EntryKind, types::MessageKeys};

use super::{columns::Columns, people};
use crate::{error::Result, facts::digest::hex};

/// By what entries of a session belong to one message: Zoom's id; without one, each stands alone.
pub(super) fn identity(keys: &MessageKeys, key: &[u8]) -> String {
    keys.id.clone().unwrap_or_else(|| hex(key).to_uppercase())
}

/// The number of the message with this identity.
pub(super) fn find(db: &Connection, session: i64, identity: &str) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT no FROM message_columns WHERE message_id = ?1 AND session = ?2")?
        .query_row(params![identity, session], |row| row.get(0))
        .optional()?)
}

/// An entry, as far as it is known before it is stored.
pub(super) struct First<'a> {
    pub(super) id: i64,
    pub(super) kind: EntryKind,
    pub(super) sent_ms: i64,
    pub(super) person: i64,
    pub(super) has_text: bool,
    pub(super) thread: Option<&'a str>,
}

/// A message of which nothing was known before this entry.
pub(super) fn new(db: &Connection, session: i64, identity: &str, first: &First<'_>) -> Result<i64> {
    let is = |kind| first.kind == kind;
    db.prepare_cached(
        "INSERT INTO message_columns (session, message_id, thread, sent_ms, person, said,
           sent_entry, deleted_entry, edits, versions)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
    )?
    .execute(params![
        session,
        identity,
        not_its_own(first.thread, identity),
        Some(first.sent_ms).filter(|sent| *sent != -1),
        first.person,
        first.has_text.then_some(first.id),
        is(EntryKind::Sent).then_some(first.id),
        is(EntryKind::Deleted).then_some(first.id),
        is(EntryKind::Edited),
    ])?;
    Ok(db.last_insert_rowid())
}

/// Sets the thread that a message belongs to.
pub(super) fn set_thread(
    db: &Connection,
    no: i64,
    identity: &str,
    thread: Option<&str>,
) -> Result<()> {
    db.prepare_cached("UPDATE message_columns SET thread = ?2 WHERE no = ?1")?
        .execute(params![no, not_its_own(thread, identity)])?;
    Ok(())
}

/// The thread that a message says it belongs to, where that is not the one that it begins.
fn not_its_own<'a>(thread: Option<&'a str>, identity: &str) -> Option<&'a str> {
    // As SQLite's `lower` and `trim` make it, which the views use.
    let own = identity.trim_matches(['{', '}']).to_ascii_lowercase();
    thread.filter(|thread| *thread != own)
}

/// An entry of it, as the message's row needs it.
struct Part {
    id: i64,
    kind: i64,
    sent_ms: i64,
    /// Whose text is its last one.
    said: Option<i64>,
    text_changed: bool,
    versions: i64,
    sender: [Option<String>; 3],
}

/// Works a message's row out from its entries, after one more came or one has another version.
pub(super) fn refresh(db: &Connection, no: i64) -> Result<()> {
    let mut select = db.prepare_cached(
        "SELECT e.id, e.kind, e.sent_ms,
           CASE WHEN v.text IS NOT NULL THEN v.id WHEN e.text IS NOT NULL THEN e.id END,
           EXISTS (SELECT 1 FROM version_columns x WHERE x.entry = e.id AND x.class = 'content'),
           (SELECT count(*) FROM version_columns x WHERE x.entry = e.id),
           p.sender, p.sender_member_id, p.sender_name
         FROM entry_columns e JOIN people p ON p.no = e.person
         LEFT JOIN version_columns v ON v.id = e.latest
         WHERE e.message = ?1 ORDER BY COALESCE(e.action_timestamp, -1), e.id",
    )?;
    let parts = select.query_map([no], |row| {
        Ok(Part {
            id: row.get(0)?,
            kind: row.get(1)?,
            sent_ms: row.get(2)?,
            said: row.get(3)?,
            text_changed: row.get(4)?,
            versions: row.get(5)?,
            sender: [row.get(6)?, row.get(7)?, row.get(8)?],
        })
    })?;
    let parts: Vec<Part> = parts.collect::<std::result::Result<_, _>>()?;
    let last = |kind| {
        let of_kind = parts.iter().filter(|part| part.kind == kind);
        of_kind.max_by_key(|part| part.id)
    };
    let (sent, deleted) = (last(0), last(2));
    // Edits in the order of their own time.
    let edits = || parts.iter().filter(|part| part.kind == 1);
    let edited = edits().next_back();
    // Zoom may show the text after the edit in the message itself, or in the edit alone.
    let shows_edits = sent.is_some_and(|sent| sent.text_changed) || edited.is_none();
    let said = match sent {
        Some(sent) if shows_edits => sent.said,
        _ => [edited, sent, deleted]
            .into_iter()
            .flatten()
            .find_map(|part| part.said),
    };
    let any = parts.iter().max_by_key(|part| part.id);
    let tellers = [sent, deleted, any];
    let who = |field: usize| {
        let tellers = tellers.iter().flatten();
        tellers
            .filter_map(|part| part.sender[field].as_deref())
            .next()
            .map(Cow::Borrowed)
    };
    let person = people::number(
        db,
        &Columns {
            sender: who(0),
            sender_member_id: who(1),
            sender_name: who(2),
            ..Columns::default()
        },
    )?;
    let edits = i64::try_from(edits().count()).unwrap_or(i64::MAX);
    let sent_ms = parts.iter().map(|part| part.sent_ms).max();
    db.prepare_cached(
        "UPDATE message_columns SET sent_ms = ?2, person = ?3, said = ?4, sent_entry = ?5,
           deleted_entry = ?6, edits = ?7, versions = ?8 WHERE no = ?1",
    )?
    .execute(params![
        no,
        sent_ms.filter(|sent| *sent != -1),
        person,
        said,
        sent.map(|part| part.id),
        deleted.map(|part| part.id),
        edits,
        edits + parts.iter().map(|part| part.versions).sum::<i64>(),
    ])?;
    Ok(())
}
