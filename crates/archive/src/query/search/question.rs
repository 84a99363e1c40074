//! A query in SQL: the index narrows, the words decide.

use rusqlite::{Connection, Row, params_from_iter, types::Value};

use super::{
    filter::{SearchFilter, conditions},
    hit::{FoundIn, SearchHit},
};
use crate::{
    archive::functions::FINDS,
    derived::{attached, index::indexed, sent_at},
    error::Result,
    facts::digest::kind_of,
    sql::{self, Sql},
    text::{Found, SearchQuery},
};

/// Whether an entry, or a version of it, names files.
const HAS_FILES: &str = "EXISTS (SELECT 1 FROM attachments a WHERE a.entry = e.id)";

/// The entry that was found, and its place.
pub(super) struct Candidate {
    pub(super) hit: SearchHit,
    pub(super) place: Place,
}

/// The place of a message.
pub(super) struct Place {
    pub(super) session: i64,
    pub(super) message: i64,
    /// None without a readable time.
    pub(super) sent_ms: Option<i64>,
}

/// Passes on what is found, in the order of sending.
pub(super) fn candidates(
    db: &Connection,
    query: &str,
    words: &SearchQuery,
    filter: &SearchFilter,
    mut each: impl FnMut(Candidate) -> Result<()>,
) -> Result<()> {
    let (sql, values) = question(db, query, words, filter)?;
    db.each(&sql, params_from_iter(values), |row| {
        let mut hit = hit(row)?;
        let item = row.get(10)?;
        (hit.found_in, hit.file_name) = match row.get(14)? {
            true => found(db, item, words, &hit.text)?,
            // Without files it can only be the text.
            false => (words.asks().then_some(FoundIn::Text), None),
        };
        let place = Place {
            session: row.get(11)?,
            message: row.get(12)?,
            sent_ms: row.get(13)?,
        };
        each(Candidate { hit, place })
    })
}

fn hit(row: &Row<'_>) -> Result<SearchHit> {
    Ok(SearchHit {
        session_id: row.get(0)?,
        kind: kind_of(row.get(1)?),
        message_id: row.get(2)?,
        sent_at: sent_at(row.get(3)?),
        sender: row.get(4)?,
        sender_name: row.get(5)?,
        text: sql::text(row, 6)?.into_owned(),
        is_version: row.get(7)?,
        deleted: row.get(8)?,
        found_in: None,
        file_name: None,
        before: Vec::new(),
        after: Vec::new(),
    })
}

/// Where the words are in an item of an entry with files.
fn found(
    db: &Connection,
    item: i64,
    words: &SearchQuery,
    text: &str,
) -> Result<(Option<FoundIn>, Option<String>)> {
    let read = |row: &Row<'_>| Ok(row.get_ref(0)?.as_str().ok().map(attached));
    let files = db.first("SELECT raw FROM items WHERE id = ?1", [item], read)?;
    let files = files.flatten().unwrap_or_default();
    let mut names: Vec<String> = files.into_iter().filter_map(|file| file.name).collect();
    Ok(match words.look(text, names.iter().map(String::as_str)) {
        Some(Found::File(file)) => (Some(FoundIn::File), Some(names.swap_remove(file))),
        _ => (words.asks().then_some(FoundIn::Text), None),
    })
}

fn question(
    db: &Connection,
    query: &str,
    words: &SearchQuery,
    filter: &SearchFilter,
) -> Result<(String, Vec<Value>)> {
    let mut values: Vec<Value> = Vec::new();
    let mut put = |value: Value| {
        values.push(value);
        format!("?{}", values.len())
    };
    let query = put(query.to_owned().into());
    // Nearly all messages have no files: their bodies are not read.
    let mut both = ["e", "v"].map(|table| {
        format!(
            "{FINDS}({table}.text, CASE WHEN {HAS_FILES} THEN (SELECT f.raw FROM items f WHERE f.id = {table}.id) END, {query})"
        )
    });
    if let Some(groups) = words.groups() {
        let matches = put(groups.into());
        let upto = put(indexed(db)?.into());
        for (condition, table) in both.iter_mut().zip(["e", "v"]) {
            *condition = format!(
                "({table}.id > {upto} OR {table}.id IN
                   (SELECT rowid FROM search WHERE search MATCH {matches})) AND {condition}"
            );
        }
    }
    let rest = conditions(filter, &mut put);
    let limit = filter.limit.map_or(-1, i64::from);
    let limit = put(limit.into());
    let columns = |table: &str, who: &str, is_version: u8| {
        format!(
            "SELECT s.id, e.kind, NULLIF(m.message_id, hex(i.key)), e.sent_ms, {who}.sender,
               {who}.sender_name, COALESCE({table}.text, ''), {is_version},
               m.deleted_entry IS NOT NULL, e.id, {table}.id, e.session, m.no, m.sent_ms, {HAS_FILES}"
        )
    };
    // A version is found by the sender of the entry, and shows the sender that it names.
    let entries = "entry_columns e JOIN sessions s ON s.no = e.session JOIN items i ON i.id = e.id
       JOIN message_columns m ON m.no = e.message JOIN people p ON p.no = e.person";
    let sql = format!(
        "{} FROM {entries} WHERE {}{rest}
         UNION ALL
         {} FROM version_columns v JOIN people w ON w.no = v.person
           JOIN {entries} WHERE e.id = v.entry AND {}{rest}
         ORDER BY 4, 10, 8, 11 LIMIT {limit}",
        columns("e", "p", 0),
        both[0],
        columns("v", "w", 1),
        both[1],
    );
    Ok((sql, values))
}
