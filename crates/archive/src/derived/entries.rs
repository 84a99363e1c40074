//! Entries: new ones, versions of known ones, and those that came again as they were.

use rusqlite::{Connection, OptionalExtension, params};
use zoom_chat_reports::{
    EntryKind,
    types::{ChatMessage, MessageKeys, same_content},
};

use super::{
    Counts,
    columns::{Columns, sent_ms},
    fields, files, unknown,
};
use crate::{
    error::Result,
    facts::{
        digest::{self, kind_of, sha256},
        items::Item,
    },
};

/// An entry that the archive knows.
pub(crate) struct Known {
    pub(crate) id: i64,
    /// The text of its last version.
    pub(crate) raw: String,
    /// Whether Zoom was seen not to return it any more.
    pub(crate) is_missing: bool,
}

impl Known {
    /// Whether a text says what is known: then it is no version. Links are signed anew in every answer,
    /// and another order of keys or another way to escape is no change either.
    pub(crate) fn says(&self, raw: &str) -> bool {
        if self.raw == raw {
            return true;
        }
        let content = |raw: &str| digest::content(raw, &sha256(raw.as_bytes()));
        content(&self.raw) == content(raw) || same_content(&self.raw, raw)
    }
}

/// The entry with this key.
pub(crate) fn find(
    db: &Connection,
    session: i64,
    sent_ms: i64,
    kind: i64,
    key: &[u8],
) -> Result<Option<Known>> {
    Ok(db
        .prepare_cached(
            "SELECT c.id, i.raw, c.not_returned_run IS NOT NULL
             FROM entry_columns c JOIN items i ON i.id = c.latest
             WHERE c.session = ?1 AND c.sent_ms = ?2 AND c.kind = ?3 AND c.key = ?4",
        )?
        .query_row(params![session, sent_ms, kind, key], |row| {
            Ok(Known {
                id: row.get(0)?,
                // Another program may have put bytes there that are no text.
                raw: String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned(),
                is_missing: row.get(2)?,
            })
        })
        .optional()?)
}

/// Derives what follows from an item of a window.
pub(super) fn item(
    db: &Connection,
    session: i64,
    run: i64,
    item: &Item<'_>,
    counts: &mut Counts,
) -> Result<()> {
    let Some(raw) = item.text() else {
        return Ok(());
    };
    let keys = MessageKeys::read(raw);
    let sent_ms = sent_ms(&keys);
    match find(db, session, sent_ms, item.kind, item.key)? {
        None => {
            new(db, session, sent_ms, &keys, item, raw)?;
            match kind_of(item.kind) {
                EntryKind::Sent => counts.sent += 1,
                EntryKind::Edited => counts.edited += 1,
                EntryKind::Deleted => counts.deleted += 1,
            }
        }
        // Two windows that were read at the same time may both have brought it.
        Some(known) if known.says(raw) => {
            counts.duplicates += 1;
            return Ok(());
        }
        Some(known) => {
            if version(db, &known, &keys, item, raw)? {
                counts.content_versions += 1;
            } else {
                counts.metadata_versions += 1;
            }
        }
    }
    unknown(db, raw, &fields::MESSAGE, run)
}

fn new(
    db: &Connection,
    session: i64,
    sent_ms: i64,
    keys: &MessageKeys,
    item: &Item<'_>,
    raw: &str,
) -> Result<()> {
    let typed: Option<ChatMessage> = serde_json::from_str(raw).ok();
    let columns = Columns::of(typed.as_ref(), raw);
    db.prepare_cached(
        "INSERT INTO entry_columns (id, session, kind, key, sent_ms, timestamp, action_timestamp,
           message_id, thread, sender, sender_member_id, sender_name, text, raw_sha256, latest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?1)",
    )?
    .execute(params![
        item.id,
        session,
        item.kind,
        item.key,
        sent_ms,
        keys.timestamp,
        keys.action_timestamp,
        keys.id,
        columns.thread,
        columns.sender,
        columns.sender_member_id,
        columns.sender_name,
        columns.text,
        sha256(raw.as_bytes()),
    ])?;
    files::note(db, item.id, raw)
}

/// Stores another body of a known entry; true where its content differs, false where only names or reactions do.
fn version(
    db: &Connection,
    known: &Known,
    keys: &MessageKeys,
    item: &Item<'_>,
    raw: &str,
) -> Result<bool> {
    let typed: Option<ChatMessage> = serde_json::from_str(raw).ok();
    let is_content = says_otherwise(&known.raw, typed.as_ref());
    let columns = Columns::of(typed.as_ref(), raw);
    db.prepare_cached(
        "INSERT INTO version_columns (id, entry, version, class, action_timestamp, sender,
           sender_member_id, sender_name, text, raw_sha256)
         VALUES (?1, ?2, 1 + (SELECT count(*) FROM version_columns WHERE entry = ?2),
           ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        item.id,
        known.id,
        if is_content { "content" } else { "metadata" },
        keys.action_timestamp,
        columns.sender,
        columns.sender_member_id,
        columns.sender_name,
        columns.text,
        sha256(raw.as_bytes()),
    ])?;
    db.prepare_cached("UPDATE entry_columns SET latest = ?2 WHERE id = ?1")?
        .execute([known.id, item.id])?;
    files::note(db, known.id, raw)?;
    Ok(is_content)
}

/// Whether text, files or formatting changed, and not only names or reactions.
fn says_otherwise(before: &str, after: Option<&ChatMessage>) -> bool {
    let Ok(before) = serde_json::from_str::<ChatMessage>(before) else {
        return true;
    };
    let Some(after) = after else {
        return true;
    };
    let files = |message: &ChatMessage| -> Vec<_> {
        let files = message.files.iter().flatten();
        files
            .map(|file| {
                let size = file
                    .file_size
                    .and_then(zoom_chat_reports::types::Integer::get);
                (file.file_id.clone(), file.file_name.clone(), size)
            })
            .collect()
    };
    let format = |message: &ChatMessage| serde_json::to_string(&message.rich_text).ok();
    let bot = |message: &ChatMessage| serde_json::to_string(&message.bot_message).ok();
    before.message != after.message
        || files(&before) != files(after)
        || format(&before) != format(after)
        || bot(&before) != bot(after)
}
