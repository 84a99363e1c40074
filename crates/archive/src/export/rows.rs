//! The selected entries of a conversation, each in its last version, one after another.

use rusqlite::{Connection, Row};

use super::state::ExportedState;
use crate::{error::Result, query::Selection, sql::Sql};

/// An entry as the database holds it.
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) kind: i64,
    pub(super) message_id: Option<String>,
    pub(super) thread: Option<String>,
    pub(super) sent_ms: i64,
    pub(super) action_ms: Option<i64>,
    pub(super) text: Option<String>,
    pub(super) sender: Option<String>,
    pub(super) sender_member_id: Option<String>,
    pub(super) sender_name: Option<String>,
    /// Bodies that Zoom sent of it.
    pub(super) versions: u32,
    pub(super) edited: bool,
    pub(super) deleted: bool,
    pub(super) not_returned_run: Option<i64>,
    pub(super) raw: String,
}

/// Passes each selected entry of a conversation to `each`, in the order of sending.
pub(super) fn each(
    db: &Connection,
    session: i64,
    selection: &Selection,
    mut each: impl FnMut(Entry) -> Result<()>,
) -> Result<()> {
    // CROSS JOIN keeps the order of the tables: the index gives the order, and nothing is sorted.
    let sql = format!(
        "SELECT e.id, e.kind, NULLIF(m.message_id, hex(i.key)),
           COALESCE(m.thread, lower(trim(NULLIF(m.message_id, hex(i.key)), '{{}}'))), e.sent_ms,
           CASE WHEN v.id IS NULL THEN e.action_timestamp ELSE v.action_timestamp END,
           CASE WHEN v.id IS NULL THEN e.text ELSE v.text END,
           p.sender, p.sender_member_id, p.sender_name, 1 + COALESCE(v.version, 0),
           m.edits > 0, m.deleted_entry IS NOT NULL, e.not_returned_run, l.raw
         FROM entry_columns e
         CROSS JOIN items i ON i.id = e.id
         CROSS JOIN items l ON l.id = e.latest
         CROSS JOIN message_columns m ON m.no = e.message
         LEFT JOIN version_columns v ON v.id = e.latest
         CROSS JOIN people p ON p.no = COALESCE(v.person, e.person)
         WHERE e.session = ?1{}
         ORDER BY e.sent_ms, e.kind, e.id",
        selection.conditions()
    );
    db.each(&sql, [session], |row| each(read(row)?))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        kind: row.get(1)?,
        message_id: row.get(2)?,
        thread: row.get(3)?,
        sent_ms: row.get(4)?,
        action_ms: row.get(5)?,
        text: row.get(6)?,
        sender: row.get(7)?,
        sender_member_id: row.get(8)?,
        sender_name: row.get(9)?,
        versions: row.get(10)?,
        edited: row.get(11)?,
        deleted: row.get(12)?,
        not_returned_run: row.get(13)?,
        raw: row.get(14)?,
    })
}

/// How much is selected.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amount {
    pub(super) entries: u64,
    /// Bytes of the entries as Zoom sent them.
    pub(super) bytes: u64,
    /// Bytes of the attachments that they name and that are stored.
    pub(super) attachment_bytes: u64,
}

/// Counts what is selected of a conversation.
pub(super) fn amount(db: &Connection, session: i64, selection: &Selection) -> Result<Amount> {
    let conditions = selection.conditions();
    let sql = format!(
        "SELECT count(*), COALESCE(sum(octet_length(l.raw)), 0)
         FROM entry_columns e CROSS JOIN items l ON l.id = e.latest
         WHERE e.session = ?1{conditions}"
    );
    let (entries, bytes) = db.one(&sql, [session], |row| row.try_into())?;
    let sql = format!(
        "SELECT COALESCE(sum(a.bytes), 0) FROM entry_columns e
         CROSS JOIN attachments a ON a.entry = e.id AND a.state = 'stored'
         WHERE e.session = ?1{conditions}"
    );
    Ok(Amount {
        entries,
        bytes,
        attachment_bytes: db.one(&sql, [session], |row| row.get(0))?,
    })
}

/// A file as an entry names it.
pub(super) struct NamedFile<'a> {
    pub(super) session_id: &'a str,
    /// When its message was sent; -1 if that is not known.
    pub(super) sent_ms: i64,
    /// Its place among the files of its entry.
    pub(super) place: i64,
    pub(super) file_id: Option<&'a str>,
    pub(super) state: ExportedState,
}

/// Passes each file that the selected entries name, and that is not stored, to `each`, once.
pub(super) fn each_missing(
    db: &Connection,
    selection: &Selection,
    mut each: impl FnMut(&NamedFile<'_>),
) -> Result<()> {
    let sql = format!(
        "SELECT s.id, e.sent_ms, a.place, a.file_id, a.state FROM attachments a
         CROSS JOIN entry_columns e ON e.id = a.entry CROSS JOIN sessions s ON s.no = e.session
         WHERE a.state IN ('pending', 'failed', 'gone')
           AND (?1 IS NULL OR e.session IN (SELECT value FROM json_each(?1))){}
         GROUP BY COALESCE(a.file_id, a.id)",
        selection.conditions()
    );
    db.each(&sql, [selection.session_numbers()], |row| {
        let session_id: String = row.get(0)?;
        let (file_id, state): (Option<String>, String) = (row.get(3)?, row.get(4)?);
        each(&NamedFile {
            session_id: &session_id,
            sent_ms: row.get(1)?,
            place: row.get(2)?,
            file_id: file_id.as_deref(),
            state: match state.as_str() {
                "pending" => ExportedState::Pending,
                "gone" => ExportedState::Gone,
                _ => ExportedState::Failed,
            },
        });
        Ok(())
    })
}
