//! Entries: new ones, versions of known ones, and those that came again unchanged.

use rusqlite::{Connection, params};
use zoom_chat_reports::{
    EntryKind,
    types::{ChatMessage, MessageKeys, same_content},
};

use super::{
    columns::{Columns, sent_ms},
    fields, files, messages, participants, people,
    rows::{Counts, unknown},
};
use crate::{
    error::Result,
    facts::{
        digest::{self, kind_of, sha256},
        items::Item,
    },
    sql::Sql,
};

/// An entry that the archive knows.
pub(crate) struct StoredEntry {
    pub(crate) id: i64,
    /// The text of its last version.
    pub(crate) raw: String,
    /// Whether a run saw that Zoom no longer returns it.
    pub(crate) is_missing: bool,
}

impl StoredEntry {
    /// Whether a text has the known content, and so is no version. Links are signed again in every answer,
    /// and another order of keys or another way to escape is no change either.
    pub(crate) fn holds(&self, raw: &str) -> bool {
        if self.raw == raw {
            return true;
        }
        let content = |raw: &str| digest::content(raw, &sha256(raw.as_bytes()));
        content(&self.raw) == content(raw) || same_content(&self.raw, raw)
    }
}

/// The entry of a session with this key, if its text holds these keys.
pub(crate) fn find(
    db: &Connection,
    session: i64,
    kind: i64,
    keys: &MessageKeys,
    key: &[u8],
) -> Result<Option<StoredEntry>> {
    match messages::find(db, session, &messages::identity(keys, key))? {
        Some(message) => of_message(db, message, kind, keys, key),
        None => Ok(None),
    }
}

fn of_message(
    db: &Connection,
    message: i64,
    kind: i64,
    keys: &MessageKeys,
    key: &[u8],
) -> Result<Option<StoredEntry>> {
    let sql = "SELECT c.id, l.raw, c.not_returned_run IS NOT NULL
         FROM entry_columns c JOIN items i ON i.id = c.id JOIN items l ON l.id = c.latest
         WHERE c.message = ?1 AND c.kind = ?2 AND c.sent_ms = ?3
           AND (?2 = 0 OR c.action_timestamp IS ?4) AND i.key = ?5 ORDER BY c.id LIMIT 1";
    db.first(
        sql,
        params![message, kind, sent_ms(keys), keys.action_timestamp, key],
        |row| {
            Ok(StoredEntry {
                id: row.get(0)?,
                // Another program may have stored bytes there that are no text.
                raw: String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned(),
                is_missing: row.get(2)?,
            })
        },
    )
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
    let identity = messages::identity(&keys, item.key);
    let message = messages::find(db, session, &identity)?;
    let known = match message {
        Some(message) => of_message(db, message, item.kind, &keys, item.key)?,
        None => None,
    };
    match known {
        None => {
            new(db, session, (message, &identity), &keys, item, raw)?;
            match kind_of(item.kind) {
                EntryKind::Sent => counts.sent += 1,
                EntryKind::Edited => counts.edited += 1,
                EntryKind::Deleted => counts.deleted += 1,
            }
        }
        // Two windows that were read at the same time may both hold it.
        Some(known) if known.holds(raw) => {
            counts.duplicates += 1;
            return Ok(());
        }
        Some(known) => {
            let message = message.map(|message| (message, identity.as_str()));
            if version(db, session, (&known, message), &keys, item, raw)? {
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
    (message, identity): (Option<i64>, &str),
    keys: &MessageKeys,
    item: &Item<'_>,
    raw: &str,
) -> Result<()> {
    let typed: Option<ChatMessage> = serde_json::from_str(raw).ok();
    let columns = Columns::of(typed.as_ref(), raw);
    let (kind, sent_ms) = (kind_of(item.kind), sent_ms(keys));
    let person = people::number(db, columns.who())?;
    let thread = columns.thread.as_deref();
    let first = messages::NewEntry {
        id: item.id,
        kind,
        sent_ms,
        person,
        has_text: columns.text.is_some(),
        thread,
    };
    let number = match message {
        Some(number) => number,
        None => messages::new(db, session, identity, &first)?,
    };
    let sql = "INSERT INTO entry_columns (id, message, session, kind, sent_ms, timestamp,
           action_timestamp, person, text, raw_sha256, latest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?1)";
    let values = params![
        item.id,
        number,
        session,
        item.kind,
        sent_ms,
        keys.timestamp,
        keys.action_timestamp,
        person,
        columns.text,
        sha256(raw.as_bytes()),
    ];
    db.run(sql, values)?;
    count(db, item.kind, sent_ms)?;
    let is_external = participants::is_external(typed.as_ref(), &columns);
    participants::wrote(db, session, person, (item, sent_ms), is_external)?;
    participants::named(db, session, typed.as_ref(), sent_ms)?;
    if message.is_some() {
        // The sent message decides, whatever its edits and deletions say.
        if kind == EntryKind::Sent {
            messages::set_thread(db, number, identity, thread)?;
        }
        messages::add(db, number, &first)?;
    }
    files::note(db, item.id, raw)
}

/// Counts an entry in the month in which its message was sent, UTC; without a readable time, in no month.
fn count(db: &Connection, kind: i64, sent_ms: i64) -> Result<()> {
    let sql = "INSERT INTO months (month, sent, edited, deleted)
         VALUES (CASE WHEN ?2 = -1 THEN '' ELSE COALESCE(strftime('%Y-%m', ?2 / 1000, 'unixepoch'), '') END,
           ?1 = 0, ?1 = 1, ?1 = 2)
         ON CONFLICT (month) DO UPDATE SET sent = sent + excluded.sent,
           edited = edited + excluded.edited, deleted = deleted + excluded.deleted";
    db.run(sql, [kind, sent_ms])
}

/// Stores another body of a known entry; true if its content differs, false if only names or reactions differ.
fn version(
    db: &Connection,
    session: i64,
    (known, message): (&StoredEntry, Option<(i64, &str)>),
    keys: &MessageKeys,
    item: &Item<'_>,
    raw: &str,
) -> Result<bool> {
    let typed: Option<ChatMessage> = serde_json::from_str(raw).ok();
    let is_content = says_otherwise(&known.raw, typed.as_ref());
    let columns = Columns::of(typed.as_ref(), raw);
    let sql =
        "INSERT INTO version_columns (id, entry, version, class, action_timestamp, person, text,
           raw_sha256)
         VALUES (?1, ?2, 1 + (SELECT count(*) FROM version_columns WHERE entry = ?2),
           ?3, ?4, ?5, ?6, ?7)";
    let values = params![
        item.id,
        known.id,
        if is_content { "content" } else { "metadata" },
        keys.action_timestamp,
        people::number(db, columns.who())?,
        columns.text,
        sha256(raw.as_bytes()),
    ];
    db.run(sql, values)?;
    let sql = "UPDATE entry_columns SET latest = ?2 WHERE id = ?1";
    db.run(sql, [known.id, item.id])?;
    if let Some((message, identity)) = message {
        if kind_of(item.kind) == EntryKind::Sent {
            messages::set_thread(db, message, identity, columns.thread.as_deref())?;
        }
        messages::add_version(db, message, known.id)?;
    }
    participants::named(db, session, typed.as_ref(), sent_ms(keys))?;
    files::note(db, known.id, raw)?;
    Ok(is_content)
}

/// Whether text, files or formatting changed, not only names or reactions.
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
