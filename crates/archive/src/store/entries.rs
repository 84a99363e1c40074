//! Entries: new ones, versions of known ones, and those that came again as they were.

use rusqlite::{OptionalExtension, params};
use zoom_chat_reports::{
    Entry, EntryKind,
    types::{ChatMessage, same_content},
};

use super::{Writer, fields, files, fresh::Fresh, unit::UnitKey, unknown_names};
use crate::{
    digest::{self, Hash, kind_number},
    error::Result,
};

/// An entry that the archive knows.
struct KnownEntry {
    id: i64,
    unit: i64,
    raw_sha256: Hash,
    last_seen_run: i64,
}

/// What an entry is to the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Its key is new.
    New,
    /// Its key is known, what it says is not.
    Version,
    /// Both are known.
    Duplicate,
}

impl Writer<'_> {
    /// Stores entries under a unit; nobody sees them before the unit is done.
    pub(crate) fn entries(&mut self, unit: &UnitKey, entries: &[Entry]) -> Result<()> {
        self.begin()?;
        let (id, session) = self.unit(unit)?;
        for entry in entries {
            let fresh = Fresh::of(entry);
            let known = self.entry(id, session, &fresh)?;
            let counts = &mut self.open.entry(unit.clone()).or_default().counts;
            match (known, fresh.kind) {
                (Known::New, EntryKind::Sent) => counts.sent += 1,
                (Known::New, EntryKind::Edited) => counts.edited += 1,
                (Known::New, EntryKind::Deleted) => counts.deleted += 1,
                (Known::Duplicate, _) => counts.duplicates += 1,
                (Known::Version, _) => {}
            }
            counts.undecodable += u64::from(fresh.typed.is_none());
        }
        Ok(())
    }

    fn entry(&mut self, unit: i64, session: i64, fresh: &Fresh<'_>) -> Result<Known> {
        self.rows += 1;
        let columns = &fresh.columns;
        let inserted = self
            .db
            .prepare_cached(
                "INSERT INTO entries (session, kind, key, sent_ms, timestamp, action_timestamp,
                   message_id, thread, sender, sender_member_id, sender_name, text, raw,
                   raw_sha256, unit, last_seen_run)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (session, sent_ms, kind, key) DO NOTHING",
            )?
            .execute(params![
                session,
                kind_number(fresh.kind),
                fresh.key,
                fresh.sent_ms,
                fresh.keys.timestamp,
                fresh.keys.action_timestamp,
                fresh.keys.id,
                columns.thread,
                columns.sender,
                columns.sender_member_id,
                columns.sender_name,
                columns.text,
                fresh.raw,
                fresh.raw_sha256,
                unit,
                self.run,
            ])?;
        if inserted == 1 {
            let entry = self.db.last_insert_rowid();
            files::note(self.db, entry, fresh.raw)?;
            self.note_unknown(fresh.raw)?;
            return Ok(Known::New);
        }
        self.again(unit, session, fresh)
    }

    /// An entry whose key is known.
    fn again(&mut self, unit: i64, session: i64, fresh: &Fresh<'_>) -> Result<Known> {
        let known = self
            .db
            .prepare_cached(
                "SELECT id, unit, raw_sha256, last_seen_run FROM entries
                 WHERE session = ?1 AND sent_ms = ?2 AND kind = ?3 AND key = ?4",
            )?
            .query_row(
                params![session, fresh.sent_ms, kind_number(fresh.kind), fresh.key],
                |row| {
                    Ok(KnownEntry {
                        id: row.get(0)?,
                        unit: row.get(1)?,
                        raw_sha256: row.get(2)?,
                        last_seen_run: row.get(3)?,
                    })
                },
            )?;
        self.claim(unit, "entry", known.id, known.unit)?;
        if known.last_seen_run != self.run {
            self.db
                .prepare_cached(
                    "UPDATE entries SET last_seen_run = ?2, not_returned_run = NULL WHERE id = ?1",
                )?
                .execute(params![known.id, self.run])?;
        }
        let latest: Option<(i64, i64, Hash)> = self
            .db
            .prepare_cached(
                "SELECT id, unit, raw_sha256 FROM versions WHERE entry = ?1 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([known.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        if let Some((version, owner, _)) = latest {
            self.claim(unit, "version", version, owner)?;
        }
        let latest_sha256 = latest.map_or(known.raw_sha256, |(_, _, sha256)| sha256);
        if latest_sha256 == fresh.raw_sha256 {
            return Ok(Known::Duplicate);
        }
        let raw: String = match latest {
            Some((version, _, _)) => self
                .db
                .prepare_cached("SELECT raw FROM versions WHERE id = ?1")?
                .query_row([version], |row| row.get(0))?,
            None => self
                .db
                .prepare_cached("SELECT raw FROM entries WHERE id = ?1")?
                .query_row([known.id], |row| row.get(0))?,
        };
        // The digest compares texts. Only another order of keys or another way to escape is no version.
        let same_text = digest::content(&raw, &latest_sha256) == fresh.content;
        if same_text || same_content(&raw, fresh.raw) {
            return Ok(Known::Duplicate);
        }
        self.version(unit, known.id, &raw, fresh)?;
        Ok(Known::Version)
    }

    fn version(&mut self, unit: i64, entry: i64, before: &str, fresh: &Fresh<'_>) -> Result<()> {
        let is_content = says_otherwise(before, fresh.typed);
        let columns = &fresh.columns;
        self.db
            .prepare_cached(
                "INSERT INTO versions (entry, class, action_timestamp, sender, sender_member_id,
                   sender_name, text, raw, raw_sha256, unit)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                entry,
                if is_content { "content" } else { "metadata" },
                fresh.keys.action_timestamp,
                columns.sender,
                columns.sender_member_id,
                columns.sender_name,
                columns.text,
                fresh.raw,
                fresh.raw_sha256,
                unit,
            ])?;
        files::note(self.db, entry, fresh.raw)?;
        self.note_unknown(fresh.raw)?;
        let open = self.open.values_mut().find(|open| open.id == unit);
        if let Some(counts) = open.map(|open| &mut open.counts) {
            if is_content {
                counts.content_versions += 1;
            } else {
                counts.metadata_versions += 1;
            }
        }
        Ok(())
    }

    /// A row of another unit under way was seen by this one too: it must not go with the other.
    fn claim(&mut self, unit: i64, part: &str, row: i64, owner: i64) -> Result<()> {
        if owner != unit && self.open.values().any(|open| open.id == owner) {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO claims (unit, part, row) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![unit, part, row])?;
        }
        Ok(())
    }

    fn note_unknown(&mut self, raw: &str) -> Result<()> {
        for name in unknown_names(raw, &fields::MESSAGE) {
            self.note_field(name)?;
        }
        Ok(())
    }

    /// Remembers the name of a field that no document names.
    pub(crate) fn note_field(&mut self, name: String) -> Result<()> {
        if self.unknown_fields.contains(&name) || self.unknown_fields.len() >= 1000 {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO unknown_fields (name, first_run) VALUES (?1, ?2)",
            )?
            .execute(params![name, self.run])?;
        self.unknown_fields.push(name);
        Ok(())
    }
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
