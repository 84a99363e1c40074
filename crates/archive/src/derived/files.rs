//! The files that messages name, and their states.

use rusqlite::{Connection, params};

use super::attached::{Attached, attached};
use crate::{
    error::Result,
    facts::{
        Batch, FileFact, FileOutcome,
        items::{FILE, Item},
    },
    model::GapClass,
    sql::Sql,
    text::json,
};

/// The number of days on which Zoom must say "not there" before a file counts as gone.
const DAYS_UNTIL_GONE: i64 = 3;

/// Selects the rows of `attachments` whose files are to be requested on the day `:today`.
///
/// A file that is gone may come back, so it is requested 2, 4, 8, 16 and 32 days later, and then no more. Otherwise
/// each run would request every file that was ever deleted.
pub(crate) const TO_ASK: &str =
    "(state IN ('pending', 'failed') OR state = 'gone' AND failed_days < 8
   AND julianday(:today) - julianday(last_day) >= 1 << (failed_days - 2))";

/// Notes the files of an entry that are not noted yet.
///
/// Files without an id may share a name: as many are noted as one text names. A file that was stored
/// for another message is not fetched again.
pub(super) fn note(db: &Connection, entry: i64, raw: &str) -> Result<()> {
    let files = attached(raw);
    for (place, file) in files.iter().enumerate() {
        let is_same = |other: &&Attached| {
            file.file_id.is_none() && other.file_id.is_none() && other.name == file.name
        };
        let before = files[..place].iter().filter(is_same).count();
        let sql = "INSERT INTO attachments (entry, place, file_id, name, size, state)
             SELECT ?1, (SELECT count(*) FROM attachments WHERE entry = ?1), ?2, ?3, ?4, 'pending'
             WHERE (SELECT count(*) FROM attachments WHERE entry = ?1 AND file_id IS ?2
               AND name IS ?3) <= ?5";
        let values = params![entry, file.file_id, file.name, file.size, before];
        db.run(sql, values)?;
        if db.changes() == 1 && file.file_id.is_some() {
            let sql = "UPDATE attachments SET (state, sha256, bytes, last_run) =
                   (SELECT state, sha256, bytes, last_run FROM attachments
                    WHERE file_id = ?2 AND size IS ?3 AND state = 'stored' ORDER BY id LIMIT 1)
                 WHERE id = ?1 AND EXISTS (SELECT 1 FROM attachments
                    WHERE file_id = ?2 AND size IS ?3 AND state = 'stored')";
            let values = params![db.last_insert_rowid(), file.file_id, file.size];
            db.run(sql, values)?;
        }
    }
    Ok(())
}

/// Notes the outcome of a file, for every message that names it.
pub(super) fn item(db: &Connection, row: &Batch, item: &Item<'_>) -> Result<()> {
    let fact = (item.kind == FILE)
        .then(|| serde_json::from_slice::<FileFact>(item.raw).ok())
        .flatten();
    let Some(fact) = fact else { return Ok(()) };
    // A stored file stays stored, unless it was lost.
    let this = if fact.lost {
        "(file_id = ?1 OR ?1 IS NULL AND entry = ?2 AND place = ?3)"
    } else {
        "(file_id = ?1 OR ?1 IS NULL AND entry = ?2 AND place = ?3) AND state <> 'stored'"
    };
    match &fact.outcome {
        FileOutcome::Stored { sha256, bytes } => {
            let sha256 = crate::facts::digest::from_hex(sha256);
            let sql = format!(
                "UPDATE attachments SET state = 'stored', sha256 = ?4, bytes = ?5, class = NULL,
                   failure = NULL, attempts = attempts + 1, last_run = ?6, failed_days = 0, last_day = NULL, lost = 0
                 WHERE {this}"
            );
            let values = params![fact.file_id, fact.entry, fact.place, sha256, bytes, row.run];
            db.run(&sql, values)?;
        }
        FileOutcome::Failed { class, problem } => {
            let day = row.server_date.map(|day| day.to_string());
            // The same answer on another day counts; another answer restarts the count.
            let sql = format!(
                "UPDATE attachments SET
                   failed_days = CASE WHEN class IS NOT ?4 THEN 1
                     WHEN last_day IS ?5 THEN failed_days ELSE failed_days + 1 END,
                   class = ?4, last_day = ?5, failure = ?6, attempts = attempts + 1, last_run = ?7,
                   state = 'failed', sha256 = NULL, bytes = NULL, lost = max(lost, ?8)
                 WHERE {this}"
            );
            let values = params![
                fact.file_id,
                fact.entry,
                fact.place,
                crate::text::word(class),
                day,
                json(problem),
                row.run,
                fact.lost
            ];
            db.run(&sql, values)?;
            // A file that was stored once does not count as gone at Zoom: it stays missing.
            if *class == GapClass::Gone {
                let sql = format!(
                    "UPDATE attachments SET state = 'gone' WHERE {this} AND failed_days >= ?4 AND lost = 0"
                );
                let values = params![fact.file_id, fact.entry, fact.place, DAYS_UNTIL_GONE];
                db.run(&sql, values)?;
            }
        }
    }
    Ok(())
}
