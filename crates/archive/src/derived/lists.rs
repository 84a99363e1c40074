//! Zoom's list of sessions: the sessions that it names, since when, and how it shows them.

use chrono::DateTime;
use rusqlite::{Connection, params};
use zoom_chat_reports::types::{ChatSession, session_key};

use super::{
    fields, participants,
    rows::{session, unknown},
};
use crate::{
    error::Result,
    facts::{
        Listing,
        items::{Item, LISTING},
    },
    sql::Sql,
};

/// Notes what the run covered. Format 1 has no ledger row for a run, so its table row is made here.
pub(super) fn begin(db: &Connection, row: &Listing) -> Result<()> {
    let sql =
        "INSERT INTO runs (id, started_at, complete_from, complete_through) VALUES (?1, '', ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET complete_from = excluded.complete_from,
           complete_through = excluded.complete_through";
    let values = params![row.batch.run, row.complete_from_ms, row.complete_through_ms];
    db.run(sql, values)
}

/// Notes a session as the list shows it; returns whether no list named it before.
pub(super) fn item(db: &Connection, row: &Listing, item: &Item<'_>) -> Result<bool> {
    let (LISTING, Some(raw)) = (item.kind, item.text()) else {
        return Ok(false);
    };
    let Some(id) = session_key(raw) else {
        return Ok(false);
    };
    let typed: Option<ChatSession> = serde_json::from_str(raw).ok();
    let last_message_at = typed
        .as_ref()
        .and_then(|typed| typed.last_message_sent_time.as_deref())
        .and_then(|text| DateTime::parse_from_rfc3339(text.trim()).ok());
    let run = row.batch.run;
    let number = session(db, &id, run)?;
    let sql = "UPDATE sessions SET listed_since = ?2 WHERE no = ?1 AND listed_since IS NULL";
    db.run(sql, [number, run])?;
    let is_new = db.changes() == 1;
    let sql = "UPDATE sessions SET absent_since = NULL WHERE no = ?1";
    db.run(sql, [number])?;
    let sql = "INSERT INTO listing_columns (id, session, name, type, last_message_at)
         VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![
        item.id,
        number,
        typed.as_ref().and_then(|typed| typed.name.as_deref()),
        typed.as_ref().and_then(|typed| typed.type_.as_deref()),
        last_message_at.map(|at| at.timestamp_millis()),
    ];
    db.run(sql, values)?;
    participants::listed(db, number, typed.as_ref())?;
    unknown(db, raw, &fields::SESSION, run)?;
    Ok(is_new)
}

/// Notes which sessions are no longer listed, and which are listed again.
pub(super) fn end(db: &Connection, row: &Listing) -> Result<()> {
    for id in &row.absent {
        let sql = "UPDATE sessions SET absent_since = ?2 WHERE id = ?1 AND absent_since IS NULL";
        db.run(sql, params![id, row.batch.run])?;
    }
    for id in &row.again {
        db.run(
            "UPDATE sessions SET absent_since = NULL WHERE id = ?1",
            [id],
        )?;
    }
    Ok(())
}
