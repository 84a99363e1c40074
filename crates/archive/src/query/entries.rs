//! Reading an archive: its sessions and entries, in order, in bounded memory.

use std::collections::VecDeque;

use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::{Row, params};
use zoom_chat_reports::{EntryKind, dates::Interval};

use super::search::start_ms;
use crate::{archive::Archive, derived::sent_at, error::Result, facts::digest::kind_of, sql::Sql};

/// The number of entries that are read at a time.
const STEP: i64 = 256;

/// Selects entries.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EntryFilter {
    /// Only entries of this session.
    pub session_id: Option<String>,
    /// Only entries sent on this day or later, UTC. Entries without a readable time always match.
    pub from: Option<NaiveDate>,
    /// Only entries sent on this day or earlier, UTC. Entries without a readable time always match.
    pub to: Option<NaiveDate>,
    /// Whether each entry is followed by its later versions.
    pub versions: bool,
}

/// An entry as Zoom sent it.
#[derive(Clone)]
#[non_exhaustive]
pub struct ArchivedEntry {
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
        Entries {
            archive: self,
            session_id: filter.session_id.clone(),
            start: filter.from.map_or(i64::MIN, start_ms),
            end: filter
                .to
                .map_or(i64::MAX, |day| start_ms(day + Days::new(1))),
            versions: filter.versions,
            place: (i64::MIN, i64::MIN, i64::MIN, i64::MIN),
            buffer: VecDeque::new(),
            ended: false,
        }
    }
}

/// The entries of an archive, one after another.
#[must_use = "iterators do nothing unless consumed"]
pub struct Entries<'a> {
    archive: &'a Archive,
    session_id: Option<String>,
    start: i64,
    end: i64,
    versions: bool,
    /// The last entry read: session, time, kind, number.
    place: (i64, i64, i64, i64),
    buffer: VecDeque<ArchivedEntry>,
    ended: bool,
}

impl Iterator for Entries<'_> {
    type Item = Result<ArchivedEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffer.is_empty()
            && !self.ended
            && let Err(error) = self.fill()
        {
            self.ended = true;
            return Some(Err(error));
        }
        self.buffer.pop_front().map(Ok)
    }
}

impl Entries<'_> {
    fn fill(&mut self) -> Result<()> {
        let db = &self.archive.db;
        let mut select = db.prepare_cached(
            "SELECT s.id, e.kind, NULLIF(e.message_id, hex(e.key)), e.sent_ms, e.action_timestamp, e.raw,
               e.not_returned_run, e.session, e.id
             FROM entries e JOIN sessions s ON s.no = e.session
             WHERE (e.session, e.sent_ms, e.kind, e.id) > (?1, ?2, ?3, ?4)
               AND (e.sent_ms >= ?5 AND e.sent_ms < ?6 OR e.sent_ms = -1) AND (?7 IS NULL OR s.id = ?7)
             ORDER BY e.session, e.sent_ms, e.kind, e.id LIMIT ?8",
        )?;
        let (session, sent_ms, kind, id) = self.place;
        let mut rows = select.query(params![
            session,
            sent_ms,
            kind,
            id,
            self.start,
            self.end,
            self.session_id,
            STEP
        ])?;
        let mut last = None;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            let entry = entry(row)?;
            let id: i64 = row.get(8)?;
            last = Some((row.get(7)?, row.get(3)?, row.get(1)?, id));
            self.buffer.push_back(entry.clone());
            if self.versions {
                let mut select = db.prepare_cached(
                    "SELECT raw, action_timestamp FROM versions WHERE entry = ?1 ORDER BY version",
                )?;
                let versions = select.query_map([id], |row| row.try_into())?;
                for (number, version) in (1..).zip(versions) {
                    let (raw, action): (String, Option<i64>) = version?;
                    self.buffer.push_back(ArchivedEntry {
                        raw,
                        version: number,
                        modified_at: action.and_then(DateTime::from_timestamp_millis),
                        ..entry.clone()
                    });
                }
            }
        }
        drop(rows);
        self.ended = count < STEP;
        if let Some(last) = last {
            self.place = last;
        }
        Ok(())
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<ArchivedEntry> {
    let action: Option<i64> = row.get(4)?;
    Ok(ArchivedEntry {
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
