//! Units: what comes together becomes visible together, with its ledger row, or goes.

use std::sync::Arc;

use rusqlite::{Connection, params};
use zoom_chat_reports::{
    Axis,
    dates::{Interval, Window},
    harvest::{WindowFacts, WindowId},
};

use super::{Counts, Writer, set_state, state};
use crate::{
    digest::{Hash, Lines, hex},
    error::Result,
    ledger::{self, Answered, Batch},
};

/// Names a unit under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UnitKey {
    pub(crate) session_id: Arc<str>,
    pub(crate) window: Window,
}

impl From<&WindowId> for UnitKey {
    fn from(id: &WindowId) -> Self {
        Self {
            session_id: id.session_id.clone(),
            window: id.window,
        }
    }
}

/// A unit under way.
#[derive(Debug, Default)]
pub(crate) struct OpenUnit {
    pub(crate) id: i64,
    pub(crate) session: i64,
    pub(crate) counts: Counts,
}

/// A unit that was made visible.
pub(crate) struct Done {
    pub(crate) unit: i64,
    pub(crate) session: i64,
}

impl Writer<'_> {
    /// The unit of a window, and its session; begun when it is new.
    pub(crate) fn unit(&mut self, key: &UnitKey) -> Result<(i64, i64)> {
        if let Some(open) = self.open.get(key).filter(|open| open.id != 0) {
            return Ok((open.id, open.session));
        }
        let session = self.session(&key.session_id)?;
        let id = self.begin_unit("window")?;
        let open = OpenUnit {
            id,
            session,
            counts: Counts::default(),
        };
        self.open.insert(key.clone(), open);
        Ok((id, session))
    }

    /// Begins a unit, whose rows nobody sees yet.
    pub(crate) fn begin_unit(&mut self, kind: &str) -> Result<i64> {
        self.begin()?;
        let next: i64 = state(self.db, "next_unit")?
            .and_then(|text| text.parse().ok())
            .unwrap_or(1);
        set_state(self.db, "next_unit", &(next + 1).to_string())?;
        self.db
            .prepare_cached("INSERT INTO units (id, run, kind) VALUES (?1, ?2, ?3)")?
            .execute(params![next, self.run, kind])?;
        Ok(next)
    }

    /// Makes a window visible: its ledger row, and what follows from it, in one transaction.
    pub(crate) fn done(&mut self, key: &UnitKey, facts: &WindowFacts) -> Result<Done> {
        self.begin()?;
        let (unit, session) = self.unit(key)?;
        for (part, table) in [("entry", "entries"), ("version", "versions")] {
            // What an unfinished unit brought and this one saw as well is this one's now.
            self.db
                .prepare_cached(&format!(
                    "UPDATE {table} SET unit = ?1 WHERE unit IN (SELECT id FROM units)
                     AND id IN (SELECT row FROM claims WHERE unit = ?1 AND part = ?2)"
                ))?
                .execute(params![unit, part])?;
        }
        self.db
            .prepare_cached("DELETE FROM claims WHERE unit = ?1")?
            .execute([unit])?;
        let lines = digest_of_window(self.db, unit)?;
        let (rows, digest) = (lines.rows, lines.finish());
        let row = Answered::new(unit, self.run, facts, rows, digest);
        let mut counts = self.open.remove(key).unwrap_or_default().counts;
        if facts.options.axis == Axis::Sent && facts.settled {
            counts.not_returned = self.mark_not_returned(session, facts)?;
        }
        ledger::append(self.db, &row)?;
        self.end_unit(unit)?;
        self.counts.add(&counts);
        Ok(Done { unit, session })
    }

    /// Makes a unit of another kind visible.
    pub(crate) fn done_batch(&mut self, row: &Batch) -> Result<()> {
        ledger::append(self.db, row)?;
        self.end_unit(row.unit)
    }

    fn end_unit(&self, unit: i64) -> Result<()> {
        self.db
            .prepare_cached("DELETE FROM units WHERE id = ?1")?
            .execute([unit])?;
        Ok(())
    }

    /// Sent messages that the window should hold and did not: marked, never removed.
    fn mark_not_returned(&self, session: i64, facts: &WindowFacts) -> Result<u64> {
        let Interval { start, end } = facts.answered.proves();
        let marked = self
            .db
            .prepare_cached(
                "UPDATE entries SET not_returned_run = ?4
                 WHERE session = ?1 AND sent_ms >= ?2 AND sent_ms < ?3 AND kind = 0
                   AND last_seen_run < ?4 AND not_returned_run IS NULL
                   AND unit NOT IN (SELECT id FROM units)",
            )?
            .execute(params![
                session,
                start.timestamp_millis(),
                end.timestamp_millis(),
                self.run
            ])?;
        Ok(marked as u64)
    }

    /// A window failed: what it brought goes, unless another window under way brought it too.
    pub(crate) fn failed(&mut self, key: &UnitKey) -> Result<()> {
        let Some(open) = self.open.remove(key) else {
            return Ok(());
        };
        self.begin()?;
        for (part, table) in [("entry", "entries"), ("version", "versions")] {
            self.db
                .prepare_cached(&format!(
                    "UPDATE {table} SET unit = (SELECT min(unit) FROM claims
                        WHERE part = ?2 AND row = {table}.id)
                     WHERE unit = ?1 AND id IN (SELECT row FROM claims WHERE part = ?2 AND unit <> ?1)"
                ))?
                .execute(params![open.id, part])?;
        }
        remove_unit(self.db, open.id)
    }

    /// All that is still under way goes: the run ends.
    pub(crate) fn abandon(&mut self) -> Result<()> {
        self.begin()?;
        self.open.clear();
        remove_all_open(self.db)
    }
}

/// The digest of a window's unit: of all rows that it first brought, sorted by key and hash.
pub(crate) fn digest_of_window(db: &Connection, unit: i64) -> Result<Lines> {
    let mut select = db.prepare_cached(
        "SELECT key, raw_sha256 FROM entries WHERE unit = ?1
         UNION ALL
         SELECT entries.key, versions.raw_sha256 FROM versions
           JOIN entries ON entries.id = versions.entry WHERE versions.unit = ?1
         ORDER BY 1, 2",
    )?;
    let mut rows = select.query([unit])?;
    let mut lines = Lines::default();
    while let Some(row) = rows.next()? {
        let (key, hash): (Hash, Hash) = (row.get(0)?, row.get(1)?);
        lines.add(&hex(&key), &hash);
    }
    Ok(lines)
}

/// Removes the rows of all units that have no ledger row.
pub(crate) fn remove_all_open(db: &Connection) -> Result<()> {
    let units: Vec<i64> = db
        .prepare("SELECT id FROM units")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for unit in units {
        remove_unit(db, unit)?;
    }
    Ok(())
}

fn remove_unit(db: &Connection, unit: i64) -> Result<()> {
    for sql in [
        // Versions of the entries that go were brought by other units under way, which go too:
        // a unit that is done has taken over what it saw.
        "DELETE FROM versions WHERE unit = ?1 OR entry IN (SELECT id FROM entries WHERE unit = ?1)",
        "DELETE FROM attachments WHERE entry IN (SELECT id FROM entries WHERE unit = ?1)",
        "DELETE FROM entries WHERE unit = ?1",
        "DELETE FROM listings WHERE unit = ?1",
        "UPDATE attachments SET state = 'pending', unit = NULL, sha256 = NULL, bytes = NULL
           WHERE unit = ?1",
        "DELETE FROM claims WHERE unit = ?1",
        "DELETE FROM units WHERE id = ?1",
    ] {
        db.prepare_cached(sql)?.execute([unit])?;
    }
    Ok(())
}
