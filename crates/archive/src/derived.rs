//! The derived tables: one function from a ledger row to the rows of all other tables.
//!
//! A run derives each row as it appends it. `verify` and `rebuild` derive all rows, from the first to
//! the last, with the same function, so the results cannot differ.

mod attached;
mod columns;
mod differences;
mod entries;
mod fields;
mod files;
pub(crate) mod index;
mod lists;
mod messages;
mod participants;
mod people;
mod rows;
pub(crate) mod schema;

use std::ops::RangeInclusive;

use rusqlite::{Connection, params};
use zoom_chat_reports::{Axis, DateRange, IncludeField};

use crate::{
    error::Result,
    facts::{
        self, Created, Ended, LedgerRow, Migrated, Reading, Run, Window,
        items::{self, Item},
    },
    model::{Account, ModificationsFlag},
    sql::Sql,
    text::json,
};

pub(crate) use attached::attached;
#[cfg(feature = "export")]
pub(crate) use attached::members;
pub(crate) use columns::{sent_at, sent_ms};
pub(crate) use differences::differences;
pub(crate) use entries::find;
pub(crate) use files::TO_ASK;
pub(crate) use rows::{Counts, session, set_state, state};

/// Appends a row to the ledger, and derives what follows from it. Both belong in one transaction.
pub(crate) fn append(db: &Connection, row: &LedgerRow, counts: &mut Counts) -> Result<()> {
    facts::append(db, row)?;
    apply(db, row, counts, |_| Ok(()))
}

/// Derives what follows from a row, and counts it. `seen` receives each item of its unit first.
pub(crate) fn apply(
    db: &Connection,
    row: &LedgerRow,
    counts: &mut Counts,
    mut seen: impl FnMut(&Item<'_>) -> Result<()>,
) -> Result<()> {
    match row {
        LedgerRow::Created(row) => created(db, row)?,
        LedgerRow::Settings(row) => set(db, "settings", &json(&row.settings))?,
        LedgerRow::Run(row) => run(db, row)?,
        LedgerRow::Listing(row) => {
            lists::begin(db, row)?;
            items::of_unit(db, row.batch.unit, |item| {
                seen(item)?;
                counts.new_sessions += u64::from(lists::item(db, row, item)?);
                Ok(())
            })?;
            lists::end(db, row)?;
        }
        LedgerRow::Window(row) => {
            let session = session(db, &row.session_id, row.run)?;
            items::of_unit(db, row.unit, |item| {
                seen(item)?;
                entries::item(db, session, row.run, item, counts)
            })?;
            window(db, session, row, counts)?;
        }
        LedgerRow::Quiet(row) => {
            for sessions in row.numbers() {
                read_again(db, sessions, &row.reading())?;
            }
        }
        LedgerRow::Attachments(row) => items::of_unit(db, row.unit, |item| {
            seen(item)?;
            files::item(db, row, item)
        })?,
        LedgerRow::Ended(row) => ended(db, row)?,
        LedgerRow::Migrated(row) => migrated(db, row)?,
        // Failures and acceptances are read from the ledger itself.
        LedgerRow::Failed(_) | LedgerRow::Accepted(_) => {}
    }
    Ok(())
}

fn created(db: &Connection, row: &Created) -> Result<()> {
    let account = Account {
        id: row.account_id.clone(),
        sandbox: row.sandbox,
    };
    set(db, "account", &json(&account))
}

fn set(db: &Connection, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)";
    db.run(sql, [name, value])
}

/// Begins a run; forgets days to be read again that Zoom no longer has.
fn run(db: &Connection, row: &Run) -> Result<()> {
    let sql =
        "INSERT OR REPLACE INTO runs (id, started_at, server_date, once) VALUES (?1, ?2, ?3, ?4)";
    let values = params![
        row.run,
        instant(row.started_at),
        row.server_date.to_string(),
        row.once.is_some()
    ];
    db.run(sql, values)?;
    let first = DateRange::last_six_months(row.server_date).first();
    db.run("DELETE FROM pending WHERE day < ?1", [first.to_string()])
}

fn ended(db: &Connection, row: &Ended) -> Result<()> {
    let sql = "UPDATE runs SET ended_at = ?2, outcome = ?3 WHERE id = ?1";
    let values = params![
        row.run,
        instant(row.ended_at),
        crate::text::word(row.outcome)
    ];
    db.run(sql, values)
}

/// Derives what an answered window says beside its items.
fn window(db: &Connection, session: i64, row: &Window, counts: &mut Counts) -> Result<()> {
    if let Some(reading) = row.reading() {
        read_again(db, session..=session, &reading)?;
    }
    for day in &row.again {
        pending(db, session, &day.to_string())?;
    }
    // If deletions were not asked for, a deletion may explain any message that is gone.
    let asks_for_deletions = row.options.include.contains(&IncludeField::DeletedMessages);
    for entry in &row.not_returned {
        mark(db, *entry, Some(row.run))?;
        counts.not_returned += 1;
        if asks_for_deletions {
            differences::note(db, *entry, "vanished", row.run)?;
        }
    }
    for entry in &row.returned {
        mark(db, *entry, None)?;
        differences::note(db, *entry, "returned", row.run)?;
    }
    for entry in &row.late {
        differences::note(db, *entry, "late", row.run)?;
        counts.late += 1;
    }
    if let Some(flag) = row.modifications {
        modifications(db, flag)?;
    }
    Ok(())
}

/// Removes the days of these sessions that were to be read again, and now were.
fn read_again(db: &Connection, sessions: RangeInclusive<i64>, reading: &Reading<'_>) -> Result<()> {
    if reading.axis == Axis::Sent {
        let sql = "DELETE FROM pending WHERE session BETWEEN ?1 AND ?2
             AND unixepoch(day) * 1000 >= ?3 AND (unixepoch(day) + 86400) * 1000 <= ?4";
        let values = params![
            sessions.start(),
            sessions.end(),
            reading.answered.kept.start.timestamp_millis(),
            reading.answered.kept.end.timestamp_millis()
        ];
        db.run(sql, values)?;
    }
    Ok(())
}

fn pending(db: &Connection, session: i64, day: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO pending (session, day) VALUES (?1, ?2)";
    db.run(sql, params![session, day])
}

fn mark(db: &Connection, entry: i64, run: Option<i64>) -> Result<()> {
    let sql = "UPDATE entry_columns SET not_returned_run = ?2 WHERE id = ?1";
    db.run(sql, params![entry, run])
}

/// Keeps what was shown first.
fn modifications(db: &Connection, flag: ModificationsFlag) -> Result<()> {
    if flag != ModificationsFlag::Unproven && modifications_flag(db)? == ModificationsFlag::Unproven
    {
        set_state(db, "modifications", &crate::text::word(flag))?;
    }
    Ok(())
}

/// Whether edits of older messages are found, as far as answers have shown it.
pub(crate) fn modifications_flag(db: &Connection) -> Result<ModificationsFlag> {
    let word = state(db, "modifications")?;
    Ok(word
        .and_then(|word| crate::text::named(&word))
        .unwrap_or_default())
}

fn migrated(db: &Connection, row: &Migrated) -> Result<()> {
    set(db, "settings", &json(&row.settings))?;
    for run in &row.runs {
        let sql = "INSERT INTO runs (id, started_at, server_date, ended_at, outcome)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at,
               server_date = excluded.server_date, ended_at = excluded.ended_at,
               outcome = excluded.outcome";
        let values = params![
            run.run,
            run.started_at,
            run.server_date,
            run.ended_at,
            run.outcome
        ];
        db.run(sql, values)?;
    }
    for (id, day) in &row.pending {
        let session = session(db, id, 0)?;
        pending(db, session, &day.to_string())?;
    }
    for (entry, run) in &row.not_returned {
        mark(db, *entry, Some(*run))?;
    }
    modifications(db, row.modifications)
}

fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
