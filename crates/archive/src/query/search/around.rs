//! The messages around one that was found.

use rusqlite::{Connection, Row, params};

use super::{hit::SearchNeighbour, question::Place};
use crate::{
    derived::sent_at,
    error::Result,
    sql::{self, Sql},
};

/// The largest number of messages before or after one that was found: they are in memory together.
pub(super) const MOST: u32 = 1000;

/// Up to `count` messages of the same session before a message, and as many after it, in the order of sending.
pub(super) fn around(
    db: &Connection,
    place: &Place,
    count: u32,
) -> Result<(Vec<SearchNeighbour>, Vec<SearchNeighbour>)> {
    let Some(sent_ms) = place.sent_ms.filter(|_| count > 0) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let side = |comes: &str, order: &str| -> Result<Vec<SearchNeighbour>> {
        let sql = format!(
            "SELECT NULLIF(m.message_id, (SELECT hex(i.key) FROM items i
                 WHERE i.id = COALESCE(m.sent_entry, m.edited_entry, m.deleted_entry))),
               m.sent_ms, p.sender, p.sender_name,
               COALESCE((SELECT v.text FROM version_columns v WHERE v.id = m.said),
                 (SELECT e.text FROM entry_columns e WHERE e.id = m.said), ''),
               m.deleted_entry IS NOT NULL
             FROM message_columns m JOIN people p ON p.no = m.person
             WHERE m.session = ?1 AND (m.sent_ms, m.no) {comes} (?2, ?3)
             ORDER BY m.sent_ms {order}, m.no {order} LIMIT ?4"
        );
        let values = params![place.session, sent_ms, place.message, count];
        let mut side = Vec::new();
        db.each(&sql, values, |row| {
            side.push(neighbour(row)?);
            Ok(())
        })?;
        Ok(side)
    };
    let mut before = side("<", "DESC")?;
    before.reverse();
    Ok((before, side(">", "ASC")?))
}

fn neighbour(row: &Row<'_>) -> Result<SearchNeighbour> {
    Ok(SearchNeighbour {
        message_id: row.get(0)?,
        sent_at: sent_at(row.get(1)?),
        sender: row.get(2)?,
        sender_name: row.get(3)?,
        text: sql::text(row, 4)?.into_owned(),
        deleted: row.get(5)?,
    })
}
