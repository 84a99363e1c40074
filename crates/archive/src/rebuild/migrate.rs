//! Converting an archive of format 1: its ledger stays byte for byte, and its heads remain valid. What it
//! kept beside the ledger becomes one row: taken over, not witnessed.

use chrono::{NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    disk::Folder,
    error::{Error, ErrorKind, Result},
    facts::{
        self, FileFact, FileOutcome, LedgerRow, Migrated, OldRun,
        digest::{Hash, Lines, hex, sha256},
        items::{FILE, LISTING},
    },
    model::ArchiveSettings,
    text::json,
};

/// Copies the facts of an archive of format 1, which is attached as `old`.
pub(super) fn copy(db: &Connection, folder: &Folder) -> Result<()> {
    db.execute_batch(
        "INSERT INTO ledger (no, body, hash) SELECT no, body, hash FROM old.ledger ORDER BY no;
         CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);",
    )?;
    let mut copy = Copy {
        db,
        folder,
        lines: Lines::default(),
    };
    let units: Vec<(String, i64)> = db
        .prepare("SELECT kind, unit FROM ledger WHERE unit IS NOT NULL ORDER BY no")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (kind, unit) in units {
        match kind.as_str() {
            "window" => copy.window(unit)?,
            "listing" => copy.listing(unit)?,
            _ => copy.files(unit)?,
        }
    }
    let (items, digest) = (copy.lines.rows, copy.lines.finish());
    let row = Migrated {
        from_format: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at: Utc::now(),
        settings: settings(db)?,
        modifications: state(db, "modifications")?
            .and_then(|word| crate::text::named(&word))
            .unwrap_or_default(),
        items,
        digest,
        runs: runs(db)?,
        pending: pending(db)?,
        not_returned: not_returned(db)?,
    };
    facts::append(db, &LedgerRow::Migrated(Box::new(row)))?;
    db.execute_batch("DROP TABLE temp.moved")?;
    Ok(())
}

struct Copy<'a> {
    db: &'a Connection,
    folder: &'a Folder,
    /// The lines of all items, in their order.
    lines: Lines,
}

impl Copy<'_> {
    fn item(&mut self, unit: i64, kind: i64, key: &[u8], raw: &[u8]) -> Result<i64> {
        let raw = std::str::from_utf8(raw).map_err(|_| {
            Error::new(
                ErrorKind::Damaged,
                "archive.db holds an entry that is no text",
            )
            .hint_text("nothing was changed; take the archive from a backup")
        })?;
        self.db
            .prepare_cached("INSERT INTO items (unit, kind, key, raw) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![unit, kind, key, raw])?;
        let id = self.db.last_insert_rowid();
        self.lines.item(id, kind, key, raw.as_bytes());
        Ok(id)
    }

    fn window(&mut self, unit: i64) -> Result<()> {
        let db = self.db;
        let mut entries = db.prepare_cached(
            "SELECT id, kind, key, raw FROM old.entries WHERE unit = ?1 ORDER BY id",
        )?;
        let mut rows = entries.query([unit])?;
        while let Some(row) = rows.next()? {
            let (old, kind): (i64, i64) = (row.get(0)?, row.get(1)?);
            let new = self.item(
                unit,
                kind,
                row.get_ref(2)?.as_bytes().unwrap_or_default(),
                row.get_ref(3)?.as_bytes().unwrap_or_default(),
            )?;
            db.prepare_cached("INSERT INTO temp.moved (old, new) VALUES (?1, ?2)")?
                .execute([old, new])?;
        }
        let mut versions = db.prepare_cached(
            "SELECT e.kind, e.key, v.raw FROM old.versions v JOIN old.entries e ON e.id = v.entry
             WHERE v.unit = ?1 ORDER BY v.id",
        )?;
        let mut rows = versions.query([unit])?;
        while let Some(row) = rows.next()? {
            self.item(
                unit,
                row.get(0)?,
                row.get_ref(1)?.as_bytes().unwrap_or_default(),
                row.get_ref(2)?.as_bytes().unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    fn listing(&mut self, unit: i64) -> Result<()> {
        let db = self.db;
        let mut listings = db.prepare_cached(
            "SELECT s.id, l.raw FROM old.listings l JOIN old.sessions s ON s.no = l.session
             WHERE l.unit = ?1 ORDER BY l.id",
        )?;
        let mut rows = listings.query([unit])?;
        while let Some(row) = rows.next()? {
            let session: String = row.get(0)?;
            let raw = row.get_ref(1)?.as_bytes().unwrap_or_default();
            self.item(unit, LISTING, &sha256(session.as_bytes()), raw)?;
        }
        Ok(())
    }

    fn files(&mut self, unit: i64) -> Result<()> {
        let db = self.db;
        let mut files = db.prepare_cached(
            "SELECT e.key, m.new, a.place, a.file_id, a.name, a.size, a.sha256, a.bytes
             FROM old.attachments a JOIN old.entries e ON e.id = a.entry
             JOIN temp.moved m ON m.old = a.entry
             WHERE a.unit = ?1 AND a.state = 'stored' ORDER BY a.id",
        )?;
        let mut rows = files.query([unit])?;
        while let Some(row) = rows.next()? {
            let sha256: Hash = row.get(6)?;
            // No row witnessed its length; the file's own length is witnessed by its hash.
            let length = self.folder.attachment(&hex(&sha256)).symlink_metadata();
            let bytes = match length {
                Ok(file) if file.is_file() => file.len(),
                _ => row.get(7)?,
            };
            let fact = FileFact {
                file_id: row.get(3)?,
                entry: row.get(1)?,
                place: row.get(2)?,
                name: row.get(4)?,
                size: row.get(5)?,
                lost: false,
                outcome: FileOutcome::Stored {
                    sha256: hex(&sha256),
                    bytes,
                },
            };
            let key = row.get_ref(0)?.as_bytes().unwrap_or_default();
            self.item(unit, FILE, key, json(&fact).as_bytes())?;
        }
        Ok(())
    }
}

fn settings(db: &Connection) -> Result<ArchiveSettings> {
    let text: Option<String> = db
        .query_row(
            "SELECT value FROM old.settings WHERE name = 'settings'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    text.and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| {
            Error::new(ErrorKind::Damaged, "the archive lacks its settings")
                .hint_text("nothing was changed; take the archive from a backup")
        })
}

fn state(db: &Connection, name: &str) -> Result<Option<String>> {
    Ok(db
        .query_row(
            "SELECT value FROM old.state WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .optional()?)
}

fn runs(db: &Connection) -> Result<Vec<OldRun>> {
    let mut select = db.prepare(
        "SELECT id, started_at, server_date, ended_at, outcome FROM old.runs ORDER BY id",
    )?;
    let runs = select.query_map([], |row| {
        Ok(OldRun {
            run: row.get(0)?,
            started_at: row.get(1)?,
            server_date: row.get(2)?,
            ended_at: row.get(3)?,
            outcome: row.get(4)?,
        })
    })?;
    Ok(runs.collect::<Result<_, _>>()?)
}

fn pending(db: &Connection) -> Result<Vec<(String, NaiveDate)>> {
    let mut select = db.prepare(
        "SELECT s.id, p.day FROM old.pending p JOIN old.sessions s ON s.no = p.session
         ORDER BY s.no, p.day",
    )?;
    let days = select.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut pending = Vec::new();
    for day in days {
        let (session, day) = day?;
        pending.extend(day.parse().ok().map(|day| (session, day)));
    }
    Ok(pending)
}

fn not_returned(db: &Connection) -> Result<Vec<(i64, i64)>> {
    let mut select = db.prepare(
        "SELECT m.new, e.not_returned_run FROM old.entries e JOIN temp.moved m ON m.old = e.id
         WHERE e.not_returned_run IS NOT NULL ORDER BY m.new",
    )?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
