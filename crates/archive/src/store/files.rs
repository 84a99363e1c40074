//! The files that messages name: noted with the message, fetched later.

use rusqlite::{Connection, params};

use super::attached::{Attached, attached};
use crate::error::Result;

/// Notes the files of an entry that are not noted yet.
///
/// Two files without an id may have the same name: as many are noted as one text names.
pub(crate) fn note(db: &Connection, entry: i64, raw: &str) -> Result<()> {
    let files = attached(raw);
    for (place, file) in files.iter().enumerate() {
        let is_same = |other: &&Attached| {
            file.file_id.is_none() && other.file_id.is_none() && other.name == file.name
        };
        let before = files[..place].iter().filter(is_same).count();
        db.prepare_cached(
            "INSERT INTO attachments (entry, place, file_id, name, size, state)
             SELECT ?1, (SELECT count(*) FROM attachments WHERE entry = ?1), ?2, ?3, ?4, 'pending'
             WHERE (SELECT count(*) FROM attachments WHERE entry = ?1 AND file_id IS ?2
               AND name IS ?3) <= ?5",
        )?
        .execute(params![entry, file.file_id, file.name, file.size, before])?;
    }
    Ok(())
}
