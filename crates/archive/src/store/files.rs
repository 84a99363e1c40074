//! The files that messages name: noted with the message, fetched later.

use rusqlite::{Connection, params};
use zoom_chat_reports::types::{ChatMessage, Integer};

use crate::error::Result;

/// Notes the files of an entry that are not noted yet.
pub(crate) fn note(db: &Connection, entry: i64, message: Option<&ChatMessage>) -> Result<()> {
    let files = message.and_then(|message| message.files.as_ref());
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        return Ok(());
    };
    for file in files {
        db.prepare_cached(
            "INSERT INTO attachments (entry, place, file_id, name, size, state)
             SELECT ?1, (SELECT count(*) FROM attachments WHERE entry = ?1), ?2, ?3, ?4, 'pending'
             WHERE NOT EXISTS (SELECT 1 FROM attachments WHERE entry = ?1 AND file_id IS ?2
               AND name IS ?3)",
        )?
        .execute(params![
            entry,
            file.file_id.as_deref().filter(|id| !id.is_empty()),
            file.file_name,
            file.file_size.and_then(Integer::get),
        ])?;
    }
    Ok(())
}
