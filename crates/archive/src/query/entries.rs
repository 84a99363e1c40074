//! Reading an archive: its sessions and entries, in order, in bounded memory.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, Row, params};
use zoom_chat_reports::{EntryKind, dates::Interval};

use super::selection::Selection;
use crate::{archive::Archive, derived::sent_at, error::Result, facts::digest::kind_of, sql::Sql};

/// The number of entries that are read at a time.
const STEP: i64 = 256;

/// Selects entries.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EntryFilter {
    /// The entries.
    pub selection: Selection,
    /// Whether each entry is followed by its later versions.
    pub versions: bool,
}

impl EntryFilter {
    /// Selects these entries, without their later versions.
    #[must_use]
    pub fn new(selection: Selection) -> Self {
        Self {
            selection,
            versions: false,
        }
    }
}

/// An entry as Zoom sent it.
#[derive(Clone)]
#[non_exhaustive]
pub struct ArchivedEntry {
    /// Its number in the archive.
    pub id: i64,
    /// The session.
    pub session_id: String,
    /// The array in which Zoom sent it.
    pub kind: EntryKind,
    /// Zoom's id of the message.
    pub message_id: Option<String>,
    /// When the message was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was edited or deleted.
    pub modified_at: Option<DateTime<Utc>>,
    /// 0 for the body that came first, 1 for its first later version, and so on.
    pub version: u32,
    /// The message's JSON text as Zoom sent it, byte for byte.
    pub raw: String,
    /// The run in which Zoom no longer returned it, if there is one.
    pub not_returned_run: Option<i64>,
}

impl std::fmt::Debug for ArchivedEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchivedEntry")
            .field("kind", &self.kind)
            .field("id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// A session as Zoom last listed it.
#[derive(Clone)]
#[non_exhaustive]
pub struct ArchivedSession {
    /// The session's id.
    pub id: String,
    /// The session's JSON text in Zoom's list, byte for byte; none if no list has named it.
    pub raw: Option<String>,
    /// The run that saw it first.
    pub first_run: i64,
    /// The last run in whose list it was.
    pub last_listed_run: Option<i64>,
    /// Entries of all kinds.
    pub entries: u64,
}

impl std::fmt::Debug for ArchivedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchivedSession")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// All sessions that Zoom ever listed, in the order in which they were found.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn sessions(&self) -> Result<Vec<ArchivedSession>> {
        let sql = "SELECT s.id, (SELECT l.raw FROM listings l WHERE l.session = s.no ORDER BY l.id DESC LIMIT 1),
               s.first_run, CASE WHEN s.listed_since IS NOT NULL THEN (SELECT max(r.id) FROM runs r
                 WHERE r.complete_through IS NOT NULL AND r.id < COALESCE(s.absent_since, r.id + 1)) END,
               (SELECT count(*) FROM entry_columns e WHERE e.session = s.no)
             FROM sessions s ORDER BY s.no";
        self.db.all(sql, [], |row| {
            Ok(ArchivedSession {
                id: row.get(0)?,
                raw: row.get(1)?,
                first_run: row.get(2)?,
                last_listed_run: row.get(3)?,
                entries: row.get(4)?,
            })
        })
    }

    /// The ids of the sessions that hold an entry of a selection; a selection of whole sessions holds them even without
    /// entries. `None` for all.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn sessions_of(&self, selection: &Selection) -> Result<Option<HashSet<String>>> {
        let conditions = selection.conditions();
        if conditions.is_empty() {
            let ids = selection.session_ids();
            return Ok(ids.map(|ids| ids.into_iter().collect()));
        }
        let sql = format!(
            "SELECT s.id FROM sessions s
             WHERE (?1 IS NULL OR s.no IN (SELECT value FROM json_each(?1)))
               AND EXISTS (SELECT 1 FROM entry_columns e WHERE e.session = s.no{conditions})"
        );
        let numbers = selection.session_numbers();
        self.db.all(&sql, [numbers], |row| row.get(0)).map(Some)
    }

    /// The server's date at the last sync; none before the first.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn last_server_date(&self) -> Result<Option<NaiveDate>> {
        let sql =
            "SELECT server_date FROM runs WHERE server_date IS NOT NULL ORDER BY id DESC LIMIT 1";
        let date: Option<String> = self.db.first(sql, [], |row| row.get(0))?;
        Ok(date.and_then(|date| date.parse().ok()))
    }

    /// The first and the last instant between which all messages of all listed sessions are here, except for
    /// the gaps; none before a sync has read the list to its end.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn coverage(&self) -> Result<Option<Interval>> {
        let standing = self.standing()?;
        let span = standing.complete_from.zip(standing.complete_through);
        Ok(span.map(|(start, end)| Interval::new(start, end)))
    }

    /// The entries, session by session, and within a session in the order of sending.
    ///
    /// Reads ahead a little; memory does not grow with their number.
    pub fn entries(&self, filter: &EntryFilter) -> Entries<'_> {
        let sessions = filter.selection.sessions.as_ref();
        Entries {
            archive: self,
            sessions: sessions.map(|sessions| sessions.iter().map(|(no, _)| *no).collect()),
            conditions: filter.selection.conditions(),
            versions: filter.versions,
            place: FIRST,
            buffer: VecDeque::new(),
        }
    }
}

/// The place before the first entry of a session.
const FIRST: (i64, i64, i64) = (i64::MIN, i64::MIN, i64::MIN);

/// The entries of an archive, one after another.
#[must_use = "iterators do nothing unless consumed"]
pub struct Entries<'a> {
    archive: &'a Archive,
    /// The sessions that are left; none before they are looked up.
    sessions: Option<VecDeque<i64>>,
    conditions: String,
    versions: bool,
    /// The last entry read of the first of them: time, kind, number.
    place: (i64, i64, i64),
    buffer: VecDeque<ArchivedEntry>,
}

impl Iterator for Entries<'_> {
    type Item = Result<ArchivedEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.buffer.is_empty() {
            if let Err(error) = self.fill() {
                self.sessions = Some(VecDeque::new());
                return Some(Err(error));
            }
            if self.sessions.as_ref().is_none_or(VecDeque::is_empty) {
                break;
            }
        }
        self.buffer.pop_front().map(Ok)
    }
}

impl Entries<'_> {
    /// Reads the next entries of the first session that is left; after its last, goes on to the next session.
    fn fill(&mut self) -> Result<()> {
        let db = &self.archive.db;
        if self.sessions.is_none() {
            let sql = "SELECT no FROM sessions ORDER BY no";
            self.sessions = Some(db.all(sql, [], |row| row.get(0))?);
        }
        let Some(sessions) = &mut self.sessions else {
            return Ok(());
        };
        let Some(session) = sessions.front().copied() else {
            return Ok(());
        };
        let sql = format!(
            "SELECT s.id, e.kind, NULLIF(m.message_id, hex(i.key)), e.sent_ms, e.action_timestamp, i.raw,
               e.not_returned_run, e.id
             FROM entry_columns e JOIN sessions s ON s.no = e.session JOIN items i ON i.id = e.id
             JOIN message_columns m ON m.no = e.message
             WHERE e.session = ?1 AND (e.sent_ms, e.kind, e.id) > (?2, ?3, ?4){}
             ORDER BY e.sent_ms, e.kind, e.id LIMIT {STEP}",
            self.conditions
        );
        let (sent_ms, kind, id) = self.place;
        let mut count = 0;
        let mut last = FIRST;
        let (buffer, versions) = (&mut self.buffer, self.versions);
        db.each(&sql, params![session, sent_ms, kind, id], |row| {
            count += 1;
            let entry = entry(row)?;
            last = (row.get(3)?, row.get(1)?, entry.id);
            buffer.push_back(entry.clone());
            if versions {
                add_versions(db, &entry, buffer)?;
            }
            Ok(())
        })?;
        self.place = last;
        if count < STEP {
            sessions.pop_front();
            self.place = FIRST;
        }
        Ok(())
    }
}

/// Adds the later versions of an entry.
fn add_versions(
    db: &Connection,
    entry: &ArchivedEntry,
    buffer: &mut VecDeque<ArchivedEntry>,
) -> Result<()> {
    let sql =
        "SELECT version, raw, action_timestamp FROM versions WHERE entry = ?1 ORDER BY version";
    db.each(sql, [entry.id], |row| {
        let action: Option<i64> = row.get(2)?;
        buffer.push_back(ArchivedEntry {
            version: row.get(0)?,
            raw: row.get(1)?,
            modified_at: action.and_then(DateTime::from_timestamp_millis),
            ..entry.clone()
        });
        Ok(())
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<ArchivedEntry> {
    let action: Option<i64> = row.get(4)?;
    Ok(ArchivedEntry {
        id: row.get(7)?,
        session_id: row.get(0)?,
        kind: kind_of(row.get(1)?),
        message_id: row.get(2)?,
        sent_at: sent_at(row.get(3)?),
        modified_at: action.and_then(DateTime::from_timestamp_millis),
        version: 0,
        raw: row.get(5)?,
        not_returned_run: row.get(6)?,
    })
}
