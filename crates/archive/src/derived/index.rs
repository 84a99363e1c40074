//! The index for search: how far it goes, and adding the items that came since.

use std::borrow::Cow;

use rusqlite::{Connection, params};

use super::{attached::attached, set_state, state};
use crate::{
    error::Result,
    sql::{self, Sql},
    text::fold,
};

/// The number of rows that the index takes in one step.
const STEP: i64 = 20_000;
/// The name under which the archive notes how far the index goes.
pub(crate) const INDEXED: &str = "indexed";

/// The number of the last item that the index holds.
pub(crate) fn indexed(db: &Connection) -> Result<i64> {
    Ok(state(db, INDEXED)?
        .and_then(|text| text.parse().ok())
        .unwrap_or(0))
}

/// Adds all items up to the number `most` to the index.
pub(crate) fn index_all(db: &Connection, most: i64) -> Result<()> {
    while index_some(db, most)? {}
    Ok(())
}

/// Adds some items up to the number `most` to the index; `false` if there are no more. No unit may be
/// under way.
pub(crate) fn index_some(db: &Connection, most: i64) -> Result<bool> {
    let upto = indexed(db)?;
    let sql = "SELECT max(id) FROM (
         SELECT id FROM (SELECT id FROM entry_columns WHERE id > ?1 AND id <= ?3 ORDER BY id LIMIT ?2)
         UNION ALL
         SELECT id FROM (SELECT id FROM version_columns WHERE id > ?1 AND id <= ?3 ORDER BY id LIMIT ?2)
         ORDER BY id LIMIT ?2)";
    let last: Option<i64> = db.one(sql, [upto, STEP, most], |row| row.get(0))?;
    let Some(last) = last else { return Ok(false) };
    add(db, upto, last)?;
    set_state(db, INDEXED, &last.to_string())?;
    Ok(true)
}

/// Adds the items after `upto`, up to `last`. The row of an item depends on nothing else, so that it is the same
/// whenever it is made.
fn add(db: &Connection, upto: i64, last: i64) -> Result<()> {
    // Nearly all messages have no files: their bodies are not read. If an item names files, its entry has some.
    let sql =
        "SELECT e.id, e.text, CASE WHEN EXISTS (SELECT 1 FROM attachments a WHERE a.entry = e.id)
           THEN (SELECT i.raw FROM items i WHERE i.id = e.id) END
         FROM entry_columns e WHERE e.id > ?1 AND e.id <= ?2
         UNION ALL
         SELECT v.id, v.text, CASE WHEN EXISTS (SELECT 1 FROM attachments a WHERE a.entry = v.entry)
           THEN (SELECT i.raw FROM items i WHERE i.id = v.id) END
         FROM version_columns v WHERE v.id > ?1 AND v.id <= ?2
         ORDER BY 1";
    let mut insert = db.statement("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?;
    db.each(sql, [upto, last], |row| {
        let text = sql::text(row, 1)?;
        let text = content(&text, row.get_ref(2)?.as_str().unwrap_or_default());
        if !text.is_empty() {
            insert.execute(params![row.get::<_, i64>(0)?, text])?;
        }
        Ok(())
    })
}

/// What the index holds of an item: its text, and the names of the files that its body names, folded, each in a line.
fn content<'a>(text: &'a str, raw: &str) -> Cow<'a, str> {
    let mut content = fold(text);
    for name in attached(raw).iter().filter_map(|file| file.name.as_deref()) {
        let content = content.to_mut();
        content.push('\n');
        content.push_str(&fold(name));
    }
    content
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn an_item_is_indexed_with_its_text_and_the_names_of_its_files() {
        let raw = r#"{"message":"not read","files":[{"file_id":"a","file_name":"Übersicht.PDF"},{"file_name":"b"}]}"#;
        assert_eq!(content("Die STRASSE", raw), "die strasse\nubersicht.pdf\nb");
        assert_eq!(content("", r#"{"files":[]}"#), "");
        assert_eq!(content("", ""), "");
    }
}
