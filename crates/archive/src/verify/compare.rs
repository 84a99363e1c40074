//! Comparing the stored tables with those that were derived again.

use std::{cmp::Ordering, collections::BTreeMap};

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Connection, Row, types::ValueRef};

use super::{
    findings::Findings,
    report::{FindingKind, VerifyStep},
};
use crate::{
    derived::{index::INDEXED, schema::COMPARED},
    error::Result,
    sql::{Sql, bytes},
};

const MISSING: &str = "it is missing, and the facts tell of it";
const STRANGE: &str = "no fact tells of it";

/// Compares all derived tables, row by row.
pub(super) fn tables(
    db: &Connection,
    findings: &mut Findings,
    progress: &mut dyn FnMut(VerifyStep),
) -> Result<()> {
    for (done, (table, order)) in (1..).zip(COMPARED) {
        progress(VerifyStep::Tables {
            done,
            of: COMPARED.len() as u64,
        });
        compare(db, table, order, findings)?;
    }
    Ok(())
}

fn compare(db: &Connection, table: &str, order: &str, findings: &mut Findings) -> Result<()> {
    let sql = |schema: &str| format!("SELECT * FROM {schema}.{table} ORDER BY {order}");
    let (mut due, mut stored) = (db.prepare(&sql("main"))?, db.prepare(&sql("archive"))?);
    let columns: Vec<String> = due.column_names().map(str::to_owned).collect();
    let keys = order.split(", ").count();
    let (mut due, mut stored) = (due.query([])?, stored.query([])?);
    // Both stand before their first row.
    let mut order = Ordering::Equal;
    loop {
        if order != Ordering::Greater {
            due.advance()?;
        }
        if order != Ordering::Less {
            stored.advance()?;
        }
        order = match (due.get(), stored.get()) {
            (None, None) => return Ok(()),
            (Some(due), None) => {
                add(findings, table, &name(due, keys)?, MISSING);
                Ordering::Less
            }
            (None, Some(stored)) => {
                add(findings, table, &number(stored, keys)?, STRANGE);
                Ordering::Greater
            }
            (Some(due), Some(stored)) => {
                let order = by_keys(due, stored, keys)?;
                match order {
                    Ordering::Less => add(findings, table, &name(due, keys)?, MISSING),
                    Ordering::Greater => add(findings, table, &number(stored, keys)?, STRANGE),
                    Ordering::Equal => row(findings, table, &columns, keys, due, stored)?,
                }
                order
            }
        };
    }
}

/// Two rows with the same key.
fn row(
    findings: &mut Findings,
    table: &str,
    columns: &[String],
    keys: usize,
    due: &Row<'_>,
    stored: &Row<'_>,
) -> Result<()> {
    let mut changed = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        let is_progress = column == "value" && is_index_mark(due)?;
        if due.get_ref(place)? != stored.get_ref(place)? && !is_progress {
            changed.push(column.as_str());
        }
    }
    if !changed.is_empty() {
        let text = format!("not what follows from the facts: {}", changed.join(", "));
        add(findings, table, &name(due, keys)?, &text);
    }
    Ok(())
}

/// How far the index goes follows from no fact; its content is compared separately.
fn is_index_mark(row: &Row<'_>) -> Result<bool> {
    Ok(row.get_ref(0)? == ValueRef::Text(INDEXED.as_bytes()))
}

fn by_keys(one: &Row<'_>, other: &Row<'_>, keys: usize) -> Result<Ordering> {
    for place in 0..keys {
        let order = match (one.get_ref(place)?, other.get_ref(place)?) {
            (ValueRef::Integer(one), ValueRef::Integer(other)) => one.cmp(&other),
            (ValueRef::Text(one), ValueRef::Text(other)) => one.cmp(other),
            // Tables are strict: all keys of a column have one type.
            _ => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

fn name(row: &Row<'_>, keys: usize) -> Result<String> {
    let mut name = Vec::new();
    for place in 0..keys {
        name.push(match row.get_ref(place)? {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).chars().take(100).collect(),
            _ => "?".to_owned(),
        });
    }
    Ok(name.join(" "))
}

/// As [`name`], for a row that another program added: its texts may hold anything, and are not shown.
fn number(row: &Row<'_>, keys: usize) -> Result<String> {
    match row.get_ref(0)? {
        ValueRef::Integer(number) if keys == 1 => Ok(number.to_string()),
        _ => Ok("(a row)".to_owned()),
    }
}

fn add(findings: &mut Findings, table: &str, name: &str, text: &str) {
    let (kind, what) = match table {
        "entry_columns" => (FindingKind::Entry, "entry"),
        "version_columns" => (FindingKind::Entry, "version"),
        "listing_columns" => (FindingKind::Listing, "listing"),
        "attachments" => (FindingKind::Derived, "attachment"),
        table => (FindingKind::Derived, table),
    };
    findings.add(kind, format!("{what} {name}"), text);
}

/// Compares the index for search: each term, and the items that hold it.
pub(super) fn search(
    db: &Connection,
    findings: &mut Findings,
    progress: &mut dyn FnMut(VerifyStep),
) -> Result<()> {
    let text = "the index for search is damaged";
    // A copy, since SQLite checks only an index that it may write to.
    let copied = db.execute_batch(
        "CREATE VIRTUAL TABLE stored USING fts5(
           text, content='', tokenize='trigram', detail=none, columnsize=0);
         DELETE FROM stored_data; DELETE FROM stored_idx; DELETE FROM stored_config;
         INSERT INTO stored_data SELECT * FROM archive.search_data;
         INSERT INTO stored_idx SELECT * FROM archive.search_idx;
         INSERT INTO stored_config SELECT * FROM archive.search_config;
         INSERT INTO stored (stored) VALUES ('integrity-check');",
    );
    let same_frame: rusqlite::Result<bool> = copied.and_then(|()| {
        db.query_row(
            "SELECT (SELECT block FROM stored_data WHERE id = 1) IS (SELECT block FROM search_data WHERE id = 1)
               AND NOT EXISTS (SELECT * FROM stored_config EXCEPT SELECT * FROM search_config)
               AND NOT EXISTS (SELECT * FROM search_config EXCEPT SELECT * FROM stored_config)",
            [],
            |row| row.get(0),
        )
    });
    if !matches!(same_frame, Ok(true)) || !has_all_pages(db)? {
        findings.add(FindingKind::Derived, "search", text);
        return Ok(());
    }
    db.execute_batch(
        "CREATE VIRTUAL TABLE temp.due_terms USING fts5vocab('main', 'search', 'instance');
         CREATE VIRTUAL TABLE temp.stored_terms USING fts5vocab('main', 'stored', 'instance');",
    )?;
    let mut due = db.prepare("SELECT term, doc FROM temp.due_terms")?;
    let mut stored = db.prepare("SELECT term, doc FROM temp.stored_terms")?;
    let (mut due, mut stored) = (due.query([])?, stored.query([])?);
    let mut done = 0;
    loop {
        let (one, other) = (due.next()?, stored.next()?);
        let same = match (one, other) {
            (None, None) => return Ok(()),
            (Some(one), Some(other)) => {
                one.get_ref(0)? == other.get_ref(0)? && one.get_ref(1)? == other.get_ref(1)?
            }
            _ => false,
        };
        if !same {
            let text = "the index for search does not hold what the messages say";
            findings.add(FindingKind::Derived, "search", text);
            return Ok(());
        }
        done += 1;
        if done % 100_000 == 0 {
            progress(VerifyStep::Search { done });
        }
    }
}

/// Whether the index for search knows each of its pages on which a term begins. SQLite's check looks at those that it
/// knows only, and a search never finds what is on another.
fn has_all_pages(db: &Connection) -> Result<bool> {
    // A page's number holds its segment and its place; above the lowest level there are no terms. A page begins with
    // 4 bytes, of which two say where its list of terms begins; without terms it ends there.
    const SEGMENT: i64 = 37;
    const LEVEL: i64 = 31;
    let mut pages: BTreeMap<i64, u64> = BTreeMap::new();
    let sql = "SELECT id, substr(block, 3, 2), octet_length(block) FROM stored_data WHERE id > 10";
    db.each(sql, [], |row| {
        let id: i64 = row.get(0)?;
        let is_lowest = (id >> LEVEL) & 0x3f == 0;
        let has_terms = match bytes(row, 1)? {
            [high, low] => row.get::<_, usize>(2)? > usize::from(u16::from_be_bytes([*high, *low])),
            _ => true,
        };
        if is_lowest && has_terms {
            *pages.entry(id >> SEGMENT).or_default() += 1;
        }
        Ok(())
    })?;
    let sql = "SELECT segid, count(*) FROM stored_idx GROUP BY segid";
    let known: Vec<(i64, u64)> = db.all(sql, [], |row| row.try_into())?;
    Ok(known.into_iter().eq(pages))
}

/// Checks SQLite's own structures, and that its indexes match their tables.
pub(super) fn structures(db: &Connection, findings: &mut Findings) {
    let first = db.query_row("PRAGMA archive.integrity_check(1)", [], |row| {
        row.get::<_, String>(0)
    });
    // A structure that cannot be read is damaged, too.
    if !first.is_ok_and(|text| text == "ok") {
        findings.add(
            FindingKind::Database,
            "archive.db",
            "SQLite finds its structures damaged",
        );
    }
}
