//! Converting an archive of format 1: its ledger stays byte for byte, and its heads remain valid. What it
//! kept beside the ledger becomes one row: taken over, not witnessed.

use chrono::{NaiveDate, Utc};
use rusqlite::{Connection, params};

use crate::{
    disk::Folder,
    error::{Error, ErrorKind, Result},
    facts::{
        self, FileFact, FileOutcome, LedgerRow, Migrated, OldRun,
        digest::{Hash, Lines, hex, sha256},
        items::{FILE, LISTING},
    },
    model::ArchiveSettings,
    sql::{Sql, bytes},
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
    let sql = "SELECT kind, unit FROM ledger WHERE unit IS NOT NULL ORDER BY no";
    let units: Vec<(String, i64)> = db.all(sql, [], |row| row.try_into())?;
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
        let raw = std::str::from_utf8(raw)
            .map_err(|_| damaged("archive.db holds an entry that is no text"))?;
        let sql = "INSERT INTO items (unit, kind, key, raw) VALUES (?1, ?2, ?3, ?4)";
        self.db.run(sql, params![unit, kind, key, raw])?;
        let id = self.db.last_insert_rowid();
        self.lines.item(id, kind, key, raw.as_bytes());
        Ok(id)
    }

    fn window(&mut self, unit: i64) -> Result<()> {
        let db = self.db;
        let sql = "SELECT id, kind, key, raw FROM old.entries WHERE unit = ?1 ORDER BY id";
        db.each(sql, [unit], |row| {
            let old: i64 = row.get(0)?;
            let new = self.item(unit, row.get(1)?, bytes(row, 2)?, bytes(row, 3)?)?;
            let sql = "INSERT INTO temp.moved (old, new) VALUES (?1, ?2)";
            db.run(sql, [old, new])
        })?;
        let sql = "SELECT e.kind, e.key, v.raw FROM old.versions v
             JOIN old.entries e ON e.id = v.entry WHERE v.unit = ?1 ORDER BY v.id";
        db.each(sql, [unit], |row| {
            let item = self.item(unit, row.get(0)?, bytes(row, 1)?, bytes(row, 2)?);
            item.map(drop)
        })
    }

    fn listing(&mut self, unit: i64) -> Result<()> {
        let db = self.db;
        let sql = "SELECT s.id, l.raw FROM old.listings l JOIN old.sessions s ON s.no = l.session
             WHERE l.unit = ?1 ORDER BY l.id";
        db.each(sql, [unit], |row| {
            let session: String = row.get(0)?;
            let key = sha256(session.as_bytes());
            self.item(unit, LISTING, &key, bytes(row, 1)?).map(drop)
        })
    }

    fn files(&mut self, unit: i64) -> Result<()> {
        let db = self.db;
        let sql = "SELECT e.key, m.new, a.place, a.file_id, a.name, a.size, a.sha256, a.bytes
             FROM old.attachments a JOIN old.entries e ON e.id = a.entry
             JOIN temp.moved m ON m.old = a.entry
             WHERE a.unit = ?1 AND a.state = 'stored' ORDER BY a.id";
        db.each(sql, [unit], |row| {
            let sha256: Hash = row.get(6)?;
            // No row witnessed its length; the file's own length is witnessed by its hash.
            let found = self.folder.attachment(&hex(&sha256)).symlink_metadata();
            let length = match found {
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
                    bytes: length,
                },
            };
            let text = json(&fact);
            let item = self.item(unit, FILE, bytes(row, 0)?, text.as_bytes());
            item.map(drop)
        })
    }
}

fn settings(db: &Connection) -> Result<ArchiveSettings> {
    let sql = "SELECT value FROM old.settings WHERE name = 'settings'";
    let text: Option<String> = db.first(sql, [], |row| row.get(0))?;
    text.and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| damaged("the archive lacks its settings"))
}

fn damaged(text: &str) -> Error {
    Error::new(ErrorKind::Damaged, text)
        .hint_text("nothing was changed; take the archive from a backup")
}

fn state(db: &Connection, name: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM old.state WHERE name = ?1";
    db.first(sql, [name], |row| row.get(0))
}

fn runs(db: &Connection) -> Result<Vec<OldRun>> {
    let sql = "SELECT id, started_at, server_date, ended_at, outcome FROM old.runs ORDER BY id";
    db.all(sql, [], |row| {
        Ok(OldRun {
            run: row.get(0)?,
            started_at: row.get(1)?,
            server_date: row.get(2)?,
            ended_at: row.get(3)?,
            outcome: row.get(4)?,
        })
    })
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
    let sql =
        "SELECT m.new, e.not_returned_run FROM old.entries e JOIN temp.moved m ON m.old = e.id
         WHERE e.not_returned_run IS NOT NULL ORDER BY m.new";
    db.all(sql, [], |row| row.try_into())
}
